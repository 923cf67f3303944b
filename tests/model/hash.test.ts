// Hashes stand in the markers of running services: a change of any of these would redeploy the world.
// Never run this with `--update` for a hash that changed; add new fields so that old hashes stay.
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { load, oneService, readFolder, serviceOf, stackOf } from "../manifest/support.ts";
import type { LoadInput } from "../../src/manifest/load.ts";
import { createHasher } from "../../src/lib/digest.ts";

const folder = join(import.meta.dirname, "hash-golden");

it("W6 a new version of Capstan changes no hash of an old manifest (golden file)", async () => {
  const desired = load(readFolder(folder, (path) => path === "hashes.txt"));
  expect(desired.problems).toEqual([]);
  const lines = desired.stacks.flatMap(({ name, services }) =>
    services.map(({ key, hash }) => `${name} ${key} run=${hash.run} live=${hash.live}\n`),
  );
  await expect(lines.join("")).toMatchFileSnapshot(join(folder, "hashes.txt"));
});

describe("a hash", () => {
  const hash = (fields: string, options: Partial<LoadInput> = {}) =>
    serviceOf(stackOf(load({ "a.yaml": oneService(fields) }, options)), "app/web").hash;

  it("W6 is the same for a default that is written and one that is not, and for other spellings", () => {
    expect(hash("replicas: 1\nenv: {}")).toEqual(hash(""));
    expect(hash("resources: { limits: { memory: 1Gi, cpu: 500m } }")).toEqual(
      hash("resources: { limits: { memory: 1024Mi, cpu: 0.5 } }"),
    );
    expect(hash("env: { A: '1', B: '2' }")).toEqual(hash("env: { B: 2, A: 1 }"));
    expect(hash("healthcheck: { test: x, interval: 90s }")).toEqual(
      hash("healthcheck: { test: [CMD-SHELL, x], interval: 1m30s }"),
    );
  });

  it("W6 of what runs does not change with domains, redirects, basic auth, descriptions or rollouts", () => {
    const plain = hash("");
    for (const fields of [
      "domains: [{ host: a.example.com, port: 80 }]",
      "redirects: [{ regex: a, replacement: b }]",
      "basicAuth: [{ username: a, password: b }]",
    ]) {
      expect(hash(fields).run).toBe(plain.run);
      expect(hash(fields).live).not.toBe(plain.live);
    }
    for (const fields of ["description: x", "rollout: { timeout: 1m }"]) {
      expect(hash(fields)).toEqual(plain);
    }
  });

  it("W5 does not cover ignored fields", () => {
    expect(hash("ignore: [replicas, env.A]\nreplicas: 5\nenv: { A: x }")).toEqual(hash(""));
  });

  it("P5 covers secrets only with the installation's key", () => {
    const fields = "env: { A: $(secrets.x) }";
    const other = createHasher(new Uint8Array(32).fill(9));
    expect(hash(fields, { hasher: other }).run).not.toBe(hash(fields).run);
    expect(hash(fields, { secret: () => "changed" }).run).not.toBe(hash(fields).run);
    expect(hash("env: { A: x }", { hasher: other })).toEqual(hash("env: { A: x }"));
  });
});
