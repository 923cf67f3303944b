// Policies end to end (P9, O5): what they refuse stays on the server as it is, whoever asks, and nothing is pruned for it.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PolicyFile } from "../../src/manifest/policy/find-policies.ts";
import { createScenario, simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: Scenario;
let policyFile: PolicyFile | null = null;
beforeEach(async () => {
  policyFile = null;
  scenario = await createScenario({ engine: { policyFile: async () => policyFile } });
});
afterEach(() => scenario.close());

const policy = (allow: string, match = 'paths: ["users/**"]', name = "portal"): string =>
  `apiVersion: capstan/v1\nkind: Policy\nmetadata: { name: ${name} }\nspec: { match: { ${match} }, allow: { ${allow} } }\n`;
const mounting = (name: string, source: string): string =>
  simpleStack(name, { extra: `      mounts: [ { type: bind, source: ${source}, target: /x } ]` });
const projects = (): readonly string[] =>
  [...scenario.simulator.state.projects.values()].map(({ name }) => name).sort();

async function outcomes(): Promise<Readonly<Record<string, string>>> {
  const { stacks } = await scenario.apply();
  return Object.fromEntries(
    stacks.map(({ name, outcome }) => [
      name,
      "message" in outcome ? `${outcome.kind}: ${outcome.message ?? ""}` : outcome.kind,
    ]),
  );
}

test("P9 a stack that a policy refuses is not made, and one that was there stays as it is", async () => {
  await scenario.push({
    "users/alice.yaml": simpleStack("alice"),
    "shop.yaml": simpleStack("shop"),
  });
  expect(await outcomes()).toEqual({ alice: "converged", shop: "converged" });
  scenario.writes();
  await scenario.push({
    "policies/portal.yaml": policy("hosts: ['*.example.com']"),
    "users/alice.yaml": mounting("alice", "/etc"),
    "users/eve.yaml": mounting("eve", "/"),
  });
  const after = await outcomes();
  expect(after.alice).toMatch(
    /^terminal: stacks\/users\/alice\.yaml:\d+:\d+ `applications\.web\.mounts\[0\]\.source` mounts \/etc of the host, and the policy portal allows no bind mounts \(stacks\/policies\/portal\.yaml:4:\d+\)/,
  );
  expect(after.eve).toMatch(/^terminal: stacks\/users\/eve\.yaml/);
  expect(after.shop).toBe("converged");
  expect(scenario.writes()).toEqual([]);
  expect(projects()).toEqual(["alice", "shop"]);
  // The same without a pass that may prune, and once it is put right.
  await scenario.push({
    "users/alice.yaml": simpleStack("alice", { image: "ghcr.io/acme/web:2" }),
    "users/eve.yaml": null,
  });
  expect(await outcomes()).toEqual({ alice: "converged", shop: "converged" });
});

test("P9 policies at the root of the repository count as well, and a commit of them alone is seen", async () => {
  await scenario.push({ "users/alice.yaml": simpleStack("alice") });
  await outcomes();
  scenario.writes();
  await scenario.repository.push({ "policies/rules.yaml": policy("images: [ghcr.io/other/*]") });
  expect((await outcomes()).alice).toContain(
    "the policy portal allows only the images ghcr.io/other/* (policies/rules.yaml:4:",
  );
  expect(scenario.writes()).toEqual([]);
  await scenario.repository.push({ "policies/rules.yaml": null });
  expect(await outcomes()).toEqual({ alice: "converged" });
});

test("O5 a policy that cannot be read, and a link in the place of the folder, change and prune nothing", async () => {
  await scenario.push({
    "users/alice.yaml": simpleStack("alice"),
    "shop.yaml": simpleStack("shop"),
  });
  await outcomes();
  scenario.writes();
  const changed = { "users/alice.yaml": simpleStack("alice", { image: "ghcr.io/acme/web:2" }) };
  await scenario.push({ ...changed, "policies/portal.yaml": policy("imges: []") });
  const one = await outcomes();
  expect(one.alice).toContain(
    "cannot be judged: the policy portal (stacks/policies/portal.yaml:3:19)",
  );
  expect(one.shop).toBe("converged");
  await scenario.repository.push({
    "stacks/policies/portal.yaml": null,
    "stacks/policies": { symlink: "../elsewhere" },
    "stacks/shop.yaml": null,
  });
  expect((await outcomes()).alice).toContain(
    "cannot be judged: what is in stacks/policies cannot be read",
  );
  expect(scenario.writes()).toEqual([]);
  expect(projects()).toEqual(["alice", "shop"]);
});

test("P9 redeploy changes nothing of a stack that is refused", async () => {
  await scenario.push({ "users/alice.yaml": simpleStack("alice") });
  await outcomes();
  await scenario.push({ "policies/portal.yaml": policy("images: []") });
  await scenario.restart();
  const engine = scenario.engine();
  await engine.lead();
  engine.start();
  const refused = (): boolean =>
    engine.stacks().some(({ name, outcome }) => name === "alice" && outcome.kind === "terminal");
  await until("it is refused", refused);
  scenario.writes();
  expect(() => engine.redeploy("alice", null, "zoe")).toThrow(
    /^alice cannot be deployed: stacks\/users\/alice\.yaml:7:14 .* the policy portal allows no images/,
  );
  engine.reconcile("alice", "a test");
  await until("it ran again", () => {
    const status = engine.stacks().find(({ name }) => name === "alice");
    return refused() && (status?.lastRunMs ?? 0) > 0;
  });
  expect(
    scenario.writes().filter((one) => /deploy|update/i.test(one) && !one.startsWith("tag.")),
  ).toEqual([]);
});

test("P9 POLICY_FILE counts like any other, a change of it without a commit, and none can be read: all stay", async () => {
  await scenario.push({ "shop.yaml": simpleStack("shop") });
  await scenario.restart();
  const engine = scenario.engine();
  await engine.lead();
  engine.start();
  const outcomeOf = (): string => {
    const outcome = engine.stacks().find(({ name }) => name === "shop")?.outcome;
    return outcome === undefined
      ? ""
      : "message" in outcome
        ? (outcome.message ?? "")
        : outcome.kind;
  };
  await until("it is converged", () => outcomeOf() === "converged");
  const path = "/etc/capstan/policy.yaml";
  policyFile = { path, content: Buffer.from(policy("images: []", "")) };
  await engine.catchUp("a test");
  await until("it is refused", () =>
    outcomeOf().includes("allows no images (/etc/capstan/policy.yaml:4:"),
  );
  policyFile = { path, reason: "it cannot be opened (ENOENT)" };
  await engine.catchUp("a test");
  await until("it is held", () =>
    outcomeOf().includes("cannot be judged: what is in /etc/capstan/policy.yaml"),
  );
  policyFile = null;
  await engine.catchUp("a test");
  await until("it is free again", () => outcomeOf() === "converged");
});

test("P9 other rules than before are told, all policies of a commit that go among them", async () => {
  await scenario.push({
    "users/alice.yaml": simpleStack("alice"),
    "policies/portal.yaml": policy("adopt: false"),
  });
  await scenario.restart();
  const engine = scenario.engine();
  await engine.lead();
  engine.start();
  const told: string[] = [];
  engine.onEvent(({ kind, message, stack }) => {
    if (kind === "note") told.push(`${stack ?? ""}: ${message}`);
  });
  await until("it was read", () => engine.stacks().length === 1);
  expect(told).toEqual([]);
  await scenario.push({ "policies/portal.yaml": policy("adopt: false, images: []") });
  await until("it is told", () =>
    told.some((one) =>
      one.includes("the policy portal (stacks/policies/portal.yaml) is changed since"),
    ),
  );
  await scenario.push({ "policies/portal.yaml": null });
  await until("it is told", () =>
    told.some((one) => one.includes("alice: no policy judges it any more")),
  );
  expect(
    told.some((one) =>
      one.includes("the policy portal (stacks/policies/portal.yaml) is removed since"),
    ),
  ).toBe(true);
});
