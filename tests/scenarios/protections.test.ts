// A page that Git protects before and after a change is protected during it: what protects is added
// first, and what it replaces goes last.
import { afterEach, beforeEach, expect, test } from "vitest";
import { createScenario, simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createScenario({ secrets: { old: "old password", new: "new password" } });
});
afterEach(() => scenario.close());

const auth = (username: string, secret: string): string =>
  `      basicAuth: [ { username: ${username}, password: "$(secrets.${secret})" } ]`;
const domains = (...list: readonly string[]): string => `      domains: [ ${list.join(", ")} ]`;

async function writes(manifest: string): Promise<readonly string[]> {
  await scenario.push({ "shop.yaml": manifest });
  scenario.writes();
  const result = await scenario.apply();
  expect(result.stacks.map(({ outcome }) => outcome.kind)).toEqual(["converged"]);
  return scenario.writes();
}

const shop = (...lines: readonly string[]): string =>
  simpleStack("shop", { host: null, extra: lines.join("\n") });
const one = "{ host: one.example.com, port: 80 }";
const two = "{ host: two.example.com, port: 80 }";

test("a new user name of basic auth comes before the old one goes", async () => {
  await writes(shop(domains(one), auth("alice", "old")));
  expect(await writes(shop(domains(one), auth("bob", "new")))).toEqual([
    "security.create",
    "security.delete",
    "application.update",
  ]);
});

test("a domain with a certificate comes before the one that it replaces goes", async () => {
  await writes(shop(domains(one)));
  expect(await writes(shop(domains(two)))).toEqual([
    "domain.create",
    "domain.delete",
    "application.update",
  ]);
});

test("a new page is protected before it is reachable", async () => {
  const made = await writes(shop(domains(one), auth("alice", "old")));
  expect(made.indexOf("security.create")).toBeGreaterThan(-1);
  expect(made.indexOf("security.create")).toBeLessThan(made.indexOf("domain.create"));
});

test("a page that goes with its protection is not open in between", async () => {
  await writes(shop(domains(one, two), auth("alice", "old")));
  expect(await writes(shop(domains(one)))).toEqual([
    "domain.delete",
    "security.delete",
    "application.update",
  ]);
});

test("while a protection cannot be added, the old one stays", async () => {
  await writes(shop(domains(one), auth("alice", "old")));
  const { simulator } = scenario;
  simulator.faults.add({ procedure: "security.create", kind: "status500", times: "always" });
  await scenario.push({ "shop.yaml": shop(domains(one), auth("bob", "new")) });
  scenario.engine().start();
  await until("it was tried", () =>
    simulator.log.writes().some(({ procedures }) => procedures.includes("security.create")),
  );
  await scenario.engine().stop();
  expect([...simulator.state.security.values()].map(({ username }) => username)).toEqual(["alice"]);
});
