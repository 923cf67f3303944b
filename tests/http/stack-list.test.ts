import { expect, test } from "vitest";
import { ownerLabel } from "../../src/model/owner.ts";
import { createFakeEngine, status, type FakeEngine } from "../cli/support.ts";
import { createApiWorld } from "./api-support.ts";

function engineWithFour(): FakeEngine {
  const engine = createFakeEngine();
  const at = (sinceMs: number, ready: boolean, message = "") =>
    ({
      conditions: [
        {
          type: "Ready",
          status: ready ? "True" : "False",
          reason: "Because",
          message,
          revision: "abc",
          sinceMs,
        },
      ],
    }) as const;
  engine.setStacks([
    status("alice", { kind: "converged" }, at(4_000, true)),
    status(
      "blog",
      { kind: "terminal", message: "image not found" },
      at(2_000, false, "image not found"),
    ),
    status("shop", { kind: "progressing", message: "1 of 2" }, at(3_000, false)),
    status("zoe", { kind: "converged" }, { ...at(1_000, true), urls: ["https://zoe.example.com"] }),
  ]);
  const desired = (name: string, labels: Record<string, string>, template: string | null) => ({
    name,
    project: name,
    labels,
    template,
  });
  Object.assign(engine, {
    desired: () => [
      desired("shop", { team: "sales" }, null),
      desired("zoe", { team: "labs", [ownerLabel]: "oidc:7" }, "ai-stack"),
    ],
  });
  return engine;
}

async function names(query: string): Promise<readonly string[]> {
  const world = createApiWorld({ engine: engineWithFour() });
  const { json } = await world.request("GET", `/api/v1/stacks${query}`);
  world.close();
  return json.stacks?.map(({ name }: { name: string }) => name) ?? [json.detail];
}

test.each([
  ["", ["alice", "blog", "shop", "zoe"]],
  ["?sort=attention", ["blog", "shop", "alice", "zoe"]],
  ["?sort=changed", ["alice", "shop", "blog", "zoe"]],
  ["?state=ready", ["alice", "zoe"]],
  ["?state=failing,rolling-out", ["blog", "shop"]],
  ["?state=failing&state=ready", ["alice", "blog", "zoe"]],
  ["?label=team", ["shop", "zoe"]],
  ["?label=team=sales", ["shop"]],
  ["?label=team&label=capstan.portal/owner=oidc:7", ["zoe"]],
  ["?label=__proto__", []],
  ["?q=AI-STACK", ["zoe"]],
  ["?q=not%20found", ["blog"]],
  ["?q=zoe.example", ["zoe"]],
  ["?q=&limit=2&sort=attention", ["blog", "shop"]],
  ["?limit=2&sort=attention&after=shop", ["alice", "zoe"]],
  ["?after=c", ["shop", "zoe"]],
])("GET /stacks%s", async (query, wanted) => {
  expect(await names(query)).toEqual(wanted);
});

test.each([
  ["?state=fine", "state"],
  ["?sort=size", "sort"],
  ["?label==x", "label"],
  ["?q=a&q=b", "q is given twice"],
  ["?sort=changed&after=nobody", "after names no stack"],
  ["?stat=ready", "stat"],
])("GET /stacks%s is refused, and the mistake is named", async (query, named) => {
  expect((await names(query))[0]).toContain(named);
});

test("a summary has its state in words, since when, and what Git says of it", async () => {
  const world = createApiWorld({ engine: engineWithFour() });
  const { json } = await world.request("GET", "/api/v1/stacks?q=zoe");
  expect(json).toMatchObject({ total: 1, next: null });
  expect(json.stacks[0]).toMatchObject({
    state: "ready",
    stateText: "Ready",
    since: "1970-01-01T00:00:01.000Z",
    labels: { team: "labs", [ownerLabel]: "oidc:7" },
    template: "ai-stack",
    owner: "oidc:7",
    commit: { sha: expect.any(String), title: "", url: null, at: null },
  });
  world.close();
});

test("the overview counts what needs a person: a stack with its mistakes is one thing", async () => {
  const engine = engineWithFour();
  const place = { file: "stacks/blog.yaml", line: 7, column: 5 };
  const mistake = { place, message: "`image` is required", hint: null, stack: "blog" };
  const orphan = { appName: "x", image: "nginx:1", stack: null, command: "docker service rm x" };
  const state = engine.state();
  Object.assign(engine, {
    state: () => ({
      ...state,
      problems: [mistake, { ...mistake, message: "another" }, { ...mistake, stack: null }],
      orphans: [orphan],
    }),
  });
  const world = createApiWorld({ engine });
  const { json } = await world.request("GET", "/api/v1/overview");
  // The blog, the file that belongs to no stack, and the service that was left.
  expect(json).toMatchObject({ problems: 3, orphans: 1, attention: 3 });
  const { json: list } = await world.request("GET", "/api/v1/stacks");
  expect(list.stacks.filter((one: { needsPerson: boolean }) => one.needsPerson)).toMatchObject([
    { name: "blog" },
  ]);
  world.close();
});
