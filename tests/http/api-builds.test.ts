// What the API tells of the runs that build images: of all, and with their stack.
import { afterEach, expect, test } from "vitest";
import type { BuildStatus } from "../../src/engine/builds/builds.ts";
import { createFakeEngine, status, type FakeEngine } from "../cli/support.ts";
import { buildRun } from "../support/build-run.ts";
import { bearer, createApiWorld, tokens, viewerToken, type ApiWorld } from "./api-support.ts";

const worlds: ApiWorld[] = [];
afterEach(() => {
  for (const world of worlds.splice(0)) world.close();
});

function build(repository: string, count: number, more: Partial<BuildStatus> = {}): BuildStatus {
  const runs = Array.from({ length: count }, (_, index) => buildRun(count - index, "success"));
  return { repository, workflow: "build.yaml", stacks: ["shop"], runs, error: null, ...more };
}

function engineWith(...all: readonly BuildStatus[]): FakeEngine {
  const engine = createFakeEngine();
  engine.setStacks([status("shop", { kind: "converged" }), status("blog", { kind: "converged" })]);
  const builds = async (stack?: string): Promise<readonly BuildStatus[]> =>
    all.filter(({ stacks }) => stack === undefined || stacks.includes(stack));
  return Object.assign(engine, { builds });
}

async function get(engine: FakeEngine, path: string, headers = bearer(viewerToken)) {
  const world = createApiWorld({ engine, tokens });
  worlds.push(world);
  return world.request("GET", `/api/v1${path}`, { headers });
}

test("a viewer sees each workflow with its newest runs", async () => {
  const runs = [
    buildRun(8, "running", { headSha: `3f9c2ab${"0".repeat(33)}` }),
    buildRun(7, "waiting", { startedAtMs: null, branch: null }),
  ];
  const answer = await get(engineWith(build("acme/shop", 0, { runs })), "/builds");
  expect(answer.status).toBe(200);
  expect(answer.json).toEqual({
    builds: [
      {
        repository: "acme/shop",
        workflow: "build.yaml",
        stacks: ["shop"],
        error: null,
        runs: [
          {
            number: 8,
            workflow: "build.yaml",
            status: "running",
            title: "Change 8",
            sha: "3f9c2ab",
            branch: "main",
            url: "https://git.example.com/acme/shop/actions/runs/8",
            started: "1970-01-01T00:00:08.000Z",
          },
          expect.objectContaining({ number: 7, status: "waiting", branch: null, started: null }),
        ],
      },
    ],
    total: 1,
  });
});

test("what cannot be asked for is told with why", async () => {
  const error = "git.example.com cannot be reached";
  const { json } = await get(engineWith(build("acme/shop", 0, { error })), "/builds");
  expect(json.builds).toMatchObject([{ error, runs: [] }]);
});

test("P6 nobody without a token sees them", async () => {
  expect((await get(engineWith(), "/builds", {})).status).toBe(401);
});

test("P7 there are 20 runs of 100 workflows at most, and 5 of each with a stack", async () => {
  const many = Array.from({ length: 120 }, (_, index) => build(`acme/shop${index}`, 30));
  const { json } = await get(engineWith(...many), "/builds");
  expect(json.builds).toHaveLength(100);
  expect(json.total).toBe(120);
  expect(json.builds[0].runs).toHaveLength(20);
  const detail = await get(engineWith(build("acme/shop", 30)), "/stacks/shop");
  expect(detail.json.builds[0].runs.map(({ number }: { number: number }) => number)).toEqual([
    30, 29, 28, 27, 26,
  ]);
});

test("a stack is told with the builds of its own images alone", async () => {
  const engine = engineWith(
    build("acme/blog", 1, { stacks: ["blog"] }),
    build("acme/shop", 1, { workflow: null, stacks: ["blog", "shop"] }),
  );
  const { json } = await get(engine, "/stacks/shop");
  expect(json.builds).toMatchObject([
    { repository: "acme/shop", workflow: null, stacks: ["blog", "shop"] },
  ]);
  expect((await get(engine, "/stacks/none")).status).toBe(404);
});
