// Whose stacks are whose, where one controller has several Dokploys.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DokployView } from "../../src/model/dokploys.ts";
import { load, problemText } from "./support.ts";
import type { Texts } from "./support.ts";

const names = ["", "production", "staging"];

function viewOf(own: string, more: Partial<DokployView> = {}): DokployView {
  return { own, names, fallback: "", rules: [], ...more };
}

function stack(name: string, more: { readonly spec?: string; readonly labels?: string } = {}) {
  const { spec = "", labels = "" } = more;
  return `apiVersion: capstan/v1
kind: Stack
metadata:
  name: ${name}
  labels: {${labels}}
spec:
  ${spec}
  applications: { web: { image: nginx, domains: [{ host: ${name}.example.com, port: 80 }] } }
`;
}

/** By Dokploy: the stacks that it gets; and what is told anywhere, once. */
function spread(texts: Texts, more: Partial<DokployView> = {}) {
  const loads = names.map((own) => [own, load(texts, { dokploys: viewOf(own, more) })] as const);
  return {
    stacks: Object.fromEntries(
      loads.map(([own, { stacks }]) => [own, stacks.map(({ name }) => name)]),
    ),
    broken: loads.map(([, { brokenStacks }]) => [...brokenStacks]),
    problems: [...new Set(loads.flatMap(([, { problems }]) => problems.map(problemText)))],
  };
}

describe("a stack", () => {
  it("runs on the Dokploy that it names, else on the one of all others", () => {
    const found = spread({
      "a.yaml": stack("a", { spec: "dokploy: production" }),
      "b.yaml": stack("b", { spec: "dokploy: staging" }),
      "c.yaml": stack("c"),
    });
    expect(found.problems).toEqual([]);
    expect(found.stacks).toEqual({ production: ["a"], staging: ["b"], "": ["c"] });
  });

  it("is sent by its folder and its labels, the first rule first", () => {
    const rules = [
      { folder: "prod", labels: {}, dokploy: "production" },
      { folder: null, labels: { tier: "test" }, dokploy: "staging" },
    ];
    const found = spread(
      {
        "prod/a.yaml": stack("a", { labels: "tier: test" }),
        "b.yaml": stack("b", { labels: "tier: test" }),
        "production/c.yaml": stack("c"),
        "prod/d.yaml": stack("d", { spec: "dokploy: production" }),
      },
      { rules },
    );
    expect(found.problems).toEqual([]);
    expect(found.stacks).toEqual({ production: ["a", "d"], staging: ["b"], "": ["c"] });
  });

  it("may not say another Dokploy than its folder's: it stays as it is on every one", () => {
    const rules = [{ folder: "users", labels: {}, dokploy: "staging" }];
    const text = stack("a", { spec: "dokploy: production" });
    const found = spread({ "users/a.yaml": text }, { rules });
    expect(found.stacks).toEqual({ production: [], staging: [], "": [] });
    expect(found.broken).toEqual([["a"], ["a"], ["a"]]);
    expect(found.problems).toEqual([
      "users/a.yaml:7:12 [a] `dokploy` is production, and DOKPLOY_SERVERS_FILE sends this stack to the Dokploy staging (leave `dokploy` out, or change the map)",
    ]);
  });

  it("with a name that no Dokploy has stays as it is on every one", () => {
    const found = spread({ "a.yaml": stack("a", { spec: "dokploy: prodction" }) });
    expect(found.broken).toEqual([["a"], ["a"], ["a"]]);
    expect(found.problems).toEqual([
      "a.yaml:7:12 [a] there is no Dokploy called `prodction` (did you mean `production`?)",
    ]);
  });

  it("may not leave it to a parameter or a secret", () => {
    const found = spread({ "a.yaml": stack("a", { spec: "dokploy: $(env.STACK_IMAGE)" }) });
    expect(found.problems.join("\n")).toContain("must be a name, without references");
    expect(found.broken).toEqual([["a"], ["a"], ["a"]]);
  });

  it("has to say one where none is the default", () => {
    const found = spread({ "a.yaml": stack("a") }, { fallback: null });
    expect(found.problems).toEqual([
      "a.yaml:4:9 [a] says no `dokploy`, and no server is the default one (known are production, staging; or set `default` in DOKPLOY_SERVERS_FILE)",
    ]);
  });

  it("named where there is one server only is a mistake", () => {
    const view = { own: "", names: [""], fallback: "", rules: [] };
    const { problems } = load(
      { "a.yaml": stack("a", { spec: "dokploy: production" }) },
      { dokploys: view },
    );
    expect(problems.map(problemText)).toEqual([
      "a.yaml:7:12 [a] there is no Dokploy called `production` (DOKPLOY_SERVERS_FILE names none)",
    ]);
  });

  it("has name, project and hosts to itself on its own Dokploy only", () => {
    const found = spread({
      "a.yaml": stack("shop", { spec: "dokploy: production" }),
      "b.yaml": stack("shop", { spec: "dokploy: staging" }),
    });
    expect(found.problems).toEqual([]);
    expect(found.stacks).toEqual({ production: ["shop"], staging: ["shop"], "": [] });
    const twice = spread({
      "a.yaml": stack("shop", { spec: "dokploy: production" }),
      "b.yaml": stack("shop", { spec: "dokploy: production" }),
    });
    expect(twice.problems.join("\n")).toContain("the stack shop is also defined at b.yaml:4");
  });

  it("waits for stacks of its own Dokploy only", () => {
    const found = spread({
      "a.yaml": stack("a", { spec: "dokploy: production" }),
      "b.yaml": stack("b", { spec: "{ dokploy: staging, dependsOn: [a] }" }).replace(
        /\n {2}applications.*/,
        "",
      ),
    });
    expect(found.problems.join("\n")).toContain(
      "a is on the Dokploy production: only stacks of the same one are waited for",
    );
  });
});

describe("policies", () => {
  const policy = `apiVersion: capstan/v1
kind: Policy
metadata: { name: users }
spec: { match: { paths: ["users/**"] }, allow: { dokploys: [staging] } }
`;

  it("say on which Dokploys stacks may run", () => {
    const texts = {
      "policies/users.yaml": policy,
      "users/a.yaml": stack("a", { spec: "dokploy: production" }),
      "users/b.yaml": stack("b", { spec: "dokploy: staging" }),
      "users/c.yaml": stack("c"),
    };
    const found = spread(texts);
    expect(found.stacks).toEqual({ production: [], staging: ["b"], "": [] });
    expect(found.problems).toEqual([
      "users/c.yaml:4:9 [c] `dokploy` runs on the Dokploy default, and the policy users allows only the Dokploys staging (policies/users.yaml:4:60) (who may change policies/users.yaml can allow it under `allow.dokploys`)",
      "users/a.yaml:7:12 [a] `dokploy` runs on the Dokploy production, and the policy users allows only the Dokploys staging (policies/users.yaml:4:60) (who may change policies/users.yaml can allow it under `allow.dokploys`)",
    ]);
  });
});

describe("any repository", () => {
  const one = fc.record({
    name: fc.constantFrom("a", "b", "c", "d"),
    folder: fc.constantFrom("", "prod/", "users/"),
    says: fc.constantFrom(null, ...names.slice(1), "nowhere"),
  });
  const rules = fc.subarray([
    { folder: "prod", labels: {}, dokploy: "production" },
    { folder: "users", labels: {}, dokploy: "staging" },
  ]);

  it("gives each stack to one Dokploy at most, or holds its name on all of them", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(one, { selector: ({ name }) => name }),
        rules,
        fc.constantFrom(null, ...names),
        (stacks, map, fallback) => {
          const texts = Object.fromEntries(
            stacks.map(({ name, folder, says }) => [
              `${folder}${name}.yaml`,
              stack(name, says === null ? {} : { spec: `dokploy: ${says}` }),
            ]),
          );
          const found = spread(texts, { rules: map, fallback });
          for (const { name } of stacks) {
            const on = Object.values(found.stacks).filter((all) => all.includes(name)).length;
            const held = found.broken.filter((all) => all.includes(name)).length;
            expect([on, held]).toEqual(held === 0 ? [1, 0] : [0, names.length]);
          }
        },
      ),
    );
  });
});
