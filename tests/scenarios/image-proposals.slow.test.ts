// Newer tags of images, proposed in Git by a controller as in production: a pull request or a commit, once.
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFakeRegistry } from "../support/fake-registry.ts";
import type { FakeRegistry } from "../support/fake-registry.ts";
import { openForgeBench } from "../support/forge-bench.ts";
import type { ForgeBench } from "../support/forge-bench.ts";
import { until } from "../support/until.ts";

let registry: FakeRegistry;
let bench: ForgeBench;
beforeEach(async () => {
  registry = await createFakeRegistry();
  for (const tag of ["1.4.2", "latest", "2.0.0"]) registry.push("acme/shop", tag, tag);
});
afterEach(async () => {
  await bench.close();
  await registry.close();
});

const stack = (name: string, policy: string): string =>
  [
    "# Kept by people.",
    "apiVersion: capstan/v1",
    "kind: Stack",
    `metadata: { name: ${name} }`,
    "spec:",
    "  applications:",
    "    web:",
    `      image: "${registry.host}/acme/shop:1.4.2" # the shop`,
    `      imagePolicy: { follow: semver, range: ~1.4${policy} }`,
    "      rollout: { stableFor: 0s, timeout: 60s }",
    "",
  ].join("\n");

async function open(policy = "", names = ["one", "two"]): Promise<void> {
  bench = await openForgeBench({
    files: Object.fromEntries(names.map((name) => [`stacks/${name}.yaml`, stack(name, policy)])),
    environment: { FOLLOW_INTERVAL: "1s" },
  });
  for (const name of names) await bench.ready(name);
}

const pulls = () => bench.gitea.pulls;
/** A file of a branch; what ends lines at its end is left out. */
const fileOf = async (branch: string, name: string): Promise<string> =>
  (await bench.repository.git("show", `${branch}:stacks/${name}.yaml`)).trimEnd();
const titles = async (): Promise<readonly string[]> =>
  (await bench.repository.git("log", "--format=%s", "main")).trim().split("\n");
const newer = (text: string): string => text.replace("1.4.2", "1.4.3").trimEnd();

/** Waits until the registry listed its tags so many more times, each time after which all is decided. */
async function looks(count: number): Promise<void> {
  const listed = (): number =>
    registry.requests.filter(({ path }) => path.includes("/tags/list?n=")).length;
  const before = listed();
  await until("the tags are listed", () => listed() >= before + count);
}

test("a newer version is proposed once for all services, with the plan in it, and never again when it is closed", async () => {
  await open();
  await looks(2);
  expect(pulls()).toHaveLength(0);
  registry.push("acme/shop", "1.4.3", "1.4.3");
  await until("it is proposed", () => pulls()[0]?.body !== "" && pulls().length === 1);
  const [pull] = pulls();
  expect(pull).toMatchObject({
    title: `Update ${registry.host}/acme/shop to 1.4.3`,
    state: "open",
  });
  expect(pull?.body).toContain("| one | web |");
  expect(pull?.body).toContain("| two | web |");
  expect(pull?.body).toMatch(/2 .*(?:change|update)/);
  for (const name of ["one", "two"]) {
    expect(await fileOf(pull?.head ?? "", name)).toBe(newer(stack(name, "")));
  }
  await looks(3);
  await bench.restart();
  await looks(3);
  expect(pulls()).toHaveLength(1);
  // Somebody does not want it.
  pulls()[0]!.state = "closed";
  await looks(3);
  await bench.restart();
  await looks(3);
  expect(pulls()).toHaveLength(1);
  registry.push("acme/shop", "1.4.10", "1.4.10");
  await until("the newer one is proposed", () => pulls().length === 2);
  expect(pulls()[1]?.title).toContain("to 1.4.10");
  // A newer one takes its place.
  registry.push("acme/shop", "1.4.11", "1.4.11");
  await until("it is replaced", () => pulls().length === 3 && pulls()[1]?.state === "closed");
  expect(pulls()[1]?.body).toContain("takes its place");
  registry.remove("acme/shop", "1.4.10");
  registry.remove("acme/shop", "1.4.11");
  registry.remove("acme/shop", "1.4.3");
  await until("it is closed", () => pulls()[2]?.state === "closed");
  expect(pulls()).toHaveLength(3);
});

test("an outage of the registry closes nothing and proposes nothing", async () => {
  await open();
  registry.push("acme/shop", "1.4.3", "1.4.3");
  await until("it is proposed", () => pulls().length === 1);
  registry.trouble = { kind: "html" };
  await looks(3);
  registry.trouble = null;
  await looks(2);
  expect(pulls().map(({ state }) => state)).toEqual(["open"]);
});

test("with propose: commit a newer version is one commit for all, is rolled out, and not repeated when it is reverted", async () => {
  await open(", propose: commit");
  registry.push("acme/shop", "1.4.3", "1.4.3");
  const images = (): readonly (string | null)[] =>
    [...bench.simulator.state.applications.values()].map(({ dockerImage }) => dockerImage);
  await until("it is rolled out", () =>
    images().every((image) => image === `${registry.host}/acme/shop:1.4.3`),
  );
  const log = await titles();
  expect(log[0]).toContain("to 1.4.3");
  expect(await fileOf("main", "one")).toBe(newer(stack("one", ", propose: commit")));
  const count = log.length;
  await bench.repository.push({ "stacks/one.yaml": stack("one", ", propose: commit") });
  await looks(3);
  await bench.restart();
  await looks(3);
  expect((await titles()).length).toBe(count + 1);
  expect(pulls()).toHaveLength(0);
});
