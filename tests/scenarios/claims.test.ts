// Two manifests that want the same thing: neither gets it, each is told of the other, and the rest of
// the repository goes on.
import { afterEach, expect, test } from "vitest";
import { createScenario, simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";

let scenario: Scenario;
afterEach(() => scenario.close());

const port = "      ports: [ { published: 2222, target: 22 } ]";
const volume = "      mounts: [ { type: volume, source: media, target: /m, external: true } ]";
const alias = "      aliases: [ front ]";
const withProject = (name: string): string =>
  simpleStack(name).replace("spec:", "spec:\n  project: common");

const claims: Readonly<Record<string, readonly [string, string]>> = {
  "a domain": [
    simpleStack("one", { host: "same.example.com" }),
    simpleStack("two", { host: "same.example.com" }),
  ],
  "a published port": [simpleStack("one", { extra: port }), simpleStack("two", { extra: port })],
  "an alias": [simpleStack("one", { extra: alias }), simpleStack("two", { extra: alias })],
  "a project": [withProject("one"), withProject("two")],
};

for (const [what, [one, two]] of Object.entries(claims)) {
  test(`O2 two manifests that claim ${what} both fail, each naming the other's file and line`, async () => {
    scenario = await createScenario();
    await scenario.push({ "one.yaml": one, "two.yaml": two, "other.yaml": simpleStack("other") });
    const result = await scenario.apply();
    const told = result.problems.map(({ place, message }) => `${place.file} ${message}`);
    expect(
      told.some((text) => /^stacks\/one\.yaml .*two\.yaml:\d+/.test(text)),
      told.join("\n"),
    ).toBe(true);
    expect(
      told.some((text) => /^stacks\/two\.yaml .*one\.yaml:\d+/.test(text)),
      told.join("\n"),
    ).toBe(true);
    const names = [...scenario.simulator.state.projects.values()].map(({ name }) => name);
    expect(names).toEqual(["other"]);
  });
}

test("O2 two manifests of one name both fail, and the running one is left as it is", async () => {
  scenario = await createScenario();
  await scenario.push({ "one.yaml": simpleStack("one"), "other.yaml": simpleStack("other") });
  expect((await scenario.apply()).ok).toBe(true);
  scenario.writes();
  await scenario.push({ "copy.yaml": simpleStack("one", { image: "ghcr.io/acme/web:9" }) });
  const result = await scenario.apply();
  expect(result.problems.length).toBeGreaterThanOrEqual(2);
  expect(scenario.writes()).toEqual([]);
  expect(scenario.simulator.state.projects.size).toBe(2);
});

test("O2 a volume that is shared by name is said to be shared by being external", async () => {
  scenario = await createScenario();
  const own = "      mounts: [ { type: volume, source: data, target: /data } ]";
  await scenario.push({
    "one.yaml": simpleStack("one", { extra: own }),
    "two.yaml": simpleStack("two", { extra: own }),
    "three.yaml": simpleStack("three", { extra: volume }),
    "four.yaml": simpleStack("four", { extra: volume }),
  });
  expect((await scenario.apply()).ok).toBe(true);
  const volumes = [...scenario.simulator.state.mounts.values()].map(({ volumeName }) => volumeName);
  expect(volumes.sort()).toEqual(["media", "media", "one-data", "two-data"]);
});
