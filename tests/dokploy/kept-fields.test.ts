// Law W5: what Git does not say, and what it says to ignore, stays as it is.
import fc from "fast-check";
import { expect, test } from "vitest";
import { flatten } from "../../src/model/fields.ts";
import { parseEnvText } from "../../src/model/env-text.ts";
import type { ServiceDetails } from "../../src/model/observed.ts";
import type { ApplicationSpec } from "../../src/model/specs.ts";
import { applicationOf, defaultSpec, specOf } from "../support/kinds.ts";
import { anySpec } from "./specs.ts";
import { fresh, observe, withoutChildren, write } from "./written.ts";

test("W5 labels and networks of others stay", () => {
  const observed = observe({
    labelsSwarm: { "traefik.enable": "true", "capstan.want": "000000000000.1" },
    networkSwarm: [{ Target: "team-net", Aliases: ["x"] }, { Target: "dokploy-network" }],
  });
  const fields = write({ ...defaultSpec, image: "a", aliases: ["shop-web"] }, observed);
  expect(fields.labelsSwarm).toEqual({
    "traefik.enable": "true",
    "capstan.want": "3f9c0aa1b2c4.1",
  });
  expect(fields.networkSwarm).toEqual([
    { Target: "dokploy-network", Aliases: ["shop-web"] },
    { Target: "team-net", Aliases: ["x"] },
  ]);
});

test("W5 only fields of the schema are sent", () => {
  const outside = Object.keys(fresh).filter((name) => !(name in write(defaultSpec)));
  expect(outside).toEqual(expect.arrayContaining(["appName", "modeSwarm", "buildType", "name"]));
});

test("W5 ignored fields are not sent", () => {
  const ignore = ["replicas", "resources.limits", "registry.password", "env", "aliases", "update"];
  const fields = write({ ...defaultSpec, image: "a" }, null, ignore);
  const names = [
    "replicas",
    "cpuLimit",
    "memoryLimit",
    "password",
    "env",
    "networkSwarm",
    "updateConfigSwarm",
  ];
  for (const name of names) expect(fields).not.toHaveProperty(name);
  expect(fields).toHaveProperty("cpuReservation");
  expect(fields).toHaveProperty("registryUrl");
});

test("W5 an ignored entry of the env keeps its observed value, in every case", () => {
  const spec = { ...defaultSpec, env: { A: "1", DEBUG: "from Git" } };
  const envOf = (observed: ServiceDetails | null) =>
    parseEnvText(String(write(spec, observed, ["env.DEBUG"]).env)).values;
  expect(envOf(observe({ env: "DEBUG=by hand\nOLD=1" }))).toEqual({ A: "1", DEBUG: "by hand" });
  expect(envOf(observe({ env: "OLD=1" }))).toEqual({ A: "1" });
  expect(envOf(null)).toEqual({ A: "1" });
});

test("W5 an ignored part of a setting keeps its observed value", () => {
  const healthcheck = {
    test: ["NONE"],
    intervalNs: 1,
    timeoutNs: null,
    startPeriodNs: null,
    retries: 2,
  };
  const observed = observe({ healthCheckSwarm: { Test: ["CMD", "a"], Interval: 9, Retries: 5 } });
  const fields = write({ ...defaultSpec, healthcheck }, observed, ["healthcheck.interval"]);
  expect(fields.healthCheckSwarm).toEqual({ Test: ["NONE"], Interval: 9, Retries: 2 });
});

test("W5 an ignored part of an update policy stays when Git has no policy at all", () => {
  const observed = observe({ updateConfigSwarm: { Parallelism: 3, Order: "stop-first" } });
  const fields = write(defaultSpec, observed, ["update.order"]);
  expect(fields.updateConfigSwarm).toEqual({
    Parallelism: 1,
    Order: "stop-first",
    FailureAction: "rollback",
  });
});

test("W11 with anything ignored, what is not ignored still reads back as the same", () => {
  const paths = [
    "replicas",
    "env",
    "env.A",
    "resources.limits.cpu",
    "healthcheck.interval",
    "restart.delay",
    "update.order",
    "placement.spread",
    "aliases",
    "registry.password",
    "command",
  ];
  fc.assert(
    fc.property(anySpec, anySpec, fc.subarray(paths), (before, after, ignore) => {
      const had = write({ ...before, ...withoutChildren });
      const spec = { ...after, ...withoutChildren };
      const read = observe({ ...had, ...write(spec, observe(had), ignore) });
      const owned = (one: ApplicationSpec) =>
        [...flatten(applicationOf(one))]
          .filter(([path]) => !ignore.some((name) => path === name || path.startsWith(`${name}.`)))
          .sort();
      expect(owned(specOf(read))).toEqual(owned(spec));
    }),
    { numRuns: 300 },
  );
});
