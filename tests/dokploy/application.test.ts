// Law W11: the fields of an application read back as they were written, and mean what Dokploy means.
import fc from "fast-check";
import { expect, test } from "vitest";
import { configurationFields } from "../../src/dokploy/kinds/table.ts";
import { flatten } from "../../src/model/fields.ts";
import { applicationOf, defaultSpec } from "../support/kinds.ts";
import { anySpec, desiredOf } from "./specs.ts";
import { recording } from "./support.ts";
import { observe, want, withoutChildren, write } from "./written.ts";
import { workloadOf } from "../support/workload.ts";

test("W11 what is written reads back as the same, for every application", () => {
  fc.assert(
    fc.property(anySpec, (any) => {
      const spec = { ...any, ...withoutChildren };
      const read = observe(write(spec));
      expect([...flatten(read)].sort()).toEqual([...flatten(applicationOf(spec))].sort());
      expect(read.foreignFields.size).toBe(0);
    }),
    { numRuns: 500 },
  );
});

test("W11 writing over any other application leaves nothing of it", () => {
  fc.assert(
    fc.property(anySpec, anySpec, (before, after) => {
      const had = write({ ...before, ...withoutChildren });
      const spec = { ...after, ...withoutChildren };
      const read = observe({ ...had, ...write(spec, observe(had)) });
      expect([...flatten(read)].sort()).toEqual([...flatten(applicationOf(spec))].sort());
    }),
    { numRuns: 300 },
  );
});

test("one request carries everything, as in the recording", () => {
  const recorded = recording("application.update-everything-with-marker-label-alias")
    .body as Record<string, unknown>;
  const spec = {
    ...defaultSpec,
    image: "localhost:5000/tiny:1",
    env: { A: "1" },
    aliases: ["bob-opencode"],
  };
  const configuration = {
    desired: desiredOf(spec),
    observed: null,
    description: String(recorded.description),
    want,
  };
  const fields = configurationFields(String(recorded.applicationId), configuration, {});
  expect(fields).toMatchObject(recorded);
  expect(Object.keys(fields).sort()).toMatchInlineSnapshot(`
    [
      "applicationId",
      "args",
      "autoDeploy",
      "command",
      "cpuLimit",
      "cpuReservation",
      "description",
      "dockerImage",
      "endpointSpecSwarm",
      "env",
      "healthCheckSwarm",
      "labelsSwarm",
      "memoryLimit",
      "memoryReservation",
      "networkSwarm",
      "password",
      "placementSwarm",
      "registryUrl",
      "replicas",
      "restartPolicySwarm",
      "rollbackConfigSwarm",
      "sourceType",
      "stopGracePeriodSwarm",
      "ulimitsSwarm",
      "updateConfigSwarm",
      "username",
    ]
  `);
});

test("the recorded application reads as what was written", () => {
  const read = observe(
    recording("application.one-rolled-back-but-done").response as Record<string, unknown>,
  );
  expect(Object.fromEntries(flatten(read))).toEqual({
    image: "localhost:5000/tiny:1",
    command: "sh",
    args: '["-c","exit 7"]',
    aliases: '["bob-opencode"]',
    "env.A": "1",
  });
  expect(read.labels).toEqual({});
  expect(read.sideSettings).toEqual([]);
  expect(read.deployments.map(({ title }) => title)).toEqual([
    "capstan 2b3c4d5e6f70 [capstan:aaaabbbbcccc.1]",
    "capstan 1a2b3c4d5e6f [capstan:3f9c0aa1b2c4.1]",
  ]);
});

test.each([
  ["empty texts are none", { env: "", command: "", username: "", password: "", registryUrl: "" }],
  ["empty lists are none", { args: [], networkSwarm: [], labelsSwarm: {} }],
  [
    "empty settings are none",
    { healthCheckSwarm: {}, restartPolicySwarm: {}, updateConfigSwarm: {}, placementSwarm: {} },
  ],
  ["amounts of 0 are none", { cpuLimit: "0", memoryLimit: "", memoryReservation: "0" }],
  ["comments are none", { env: "# only this\n" }],
])("W11 %s", (_, fields) => {
  const read = observe(fields);
  expect([...flatten(read)]).toEqual([...flatten(observe({}))]);
  expect(read.foreignFields.size).toBe(0);
});

test("W11 amounts are read with parseInt, as Dokploy does", () => {
  const spec = workloadOf(observe({ memoryLimit: "512m", cpuLimit: "500000000" }));
  expect(spec.resources.limits).toEqual({ nanoCpus: 500_000_000, memoryBytes: 512 });
});

test("W11 a stored update policy without an action pauses, as docker does", () => {
  const read = observe({ updateConfigSwarm: { Parallelism: 2, Order: "start-first" } });
  expect(Object.fromEntries(flatten(read))).toMatchObject({
    "update.parallelism": "2",
    "update.failureAction": "pause",
  });
});

test("W11 the order and the quotes of an env mean nothing", () => {
  const read = observe({ env: 'B="2"\n# note\nexport A=1\n' });
  expect(read.spec.env).toEqual({ A: "1", B: "2" });
});

test.each<[string, Record<string, unknown>]>([
  ["restart", { restartPolicySwarm: { Condition: "always" } }],
  ["update", { updateConfigSwarm: { Parallelism: 1, Order: "start-first", Extra: 1 } }],
  ["placement", { placementSwarm: { Platforms: [{ Architecture: "arm64", OS: "linux" }] } }],
  ["healthcheck", { healthCheckSwarm: { Test: "CMD true" } }],
  ["aliases", { networkSwarm: [{ Target: "dokploy-network", DriverOpts: { a: "b" } }] }],
  ["resources", { memoryLimit: "much" }],
  ["env", { env: "A=1\nnot an entry" }],
])("what the schema cannot say makes %s foreign", (root, fields) => {
  expect([...observe(fields).foreignFields]).toEqual([root]);
});
