// One view of an application's fields: what means the same has one text, and nothing else has.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { childKinds, childRows } from "../../src/model/children.ts";
import { databaseKinds } from "../../src/model/kinds/database-rows.ts";
import type { ApplicationSpec, Configured } from "../../src/model/specs.ts";
import { applicationSecretField } from "../../src/manifest/kinds/application.ts";
import { kinds, managedKinds } from "../../src/model/kinds/table.ts";
import { applicationOf, defaultSpec } from "../support/kinds.ts";
import type { ApplicationManifest } from "../../src/model/manifest-application.ts";
import { flatten, isIgnored, isWithin, maySecret } from "../../src/model/fields.ts";
import { hashTexts, variablesInUse } from "../../src/model/hash-input.ts";
import { arbitraryCompose } from "../support/arbitrary-compose.ts";
import { arbitraryDatabase } from "../support/arbitrary-database.ts";
import { arbitrarySpec } from "../support/arbitrary-stack.ts";

describe("W11 values are compared as Dokploy means them", () => {
  const texts = (spec: Partial<ApplicationSpec>): Record<string, string> =>
    Object.fromEntries(flatten(applicationOf({ ...defaultSpec, ...spec })));

  test.each<[string, Partial<ApplicationSpec>, Partial<ApplicationSpec>]>([
    ["an empty command and none", { command: "" }, { command: null }],
    ["an order of env", { env: { A: "1", B: "2" } }, { env: { B: "2", A: "1" } }],
    ["an order of aliases", { aliases: ["a", "b"] }, { aliases: ["b", "a"] }],
    [
      "Dokploy's own update settings and none",
      {
        update: {
          parallelism: 1,
          delayNs: null,
          failureAction: "rollback",
          monitorNs: null,
          maxFailureRatio: null,
          order: "start-first",
        },
      },
      { update: null },
    ],
    [
      "empty placement and none",
      { placement: { constraints: [], spread: [], maxReplicasPerNode: null } },
      { placement: null },
    ],
    [
      "an empty registry and none",
      { registry: { url: "", username: "", password: "" } },
      { registry: null },
    ],
  ])("W11 %s are the same", (_, one, other) => {
    expect(texts(one)).toEqual(texts(other));
  });

  test("W11 different values never have one text: two specs that flatten alike are alike", () => {
    const canonical = (spec: ApplicationSpec): unknown => ({
      ...spec,
      update: texts({ update: spec.update }),
      rollback: texts({ rollback: spec.rollback }),
      placement: texts({ placement: spec.placement }),
      registry: texts({ registry: spec.registry }),
      git: texts({ git: spec.git }),
      build: texts({ build: spec.build }),
      mounts: [...spec.mounts].sort((a, b) => (a.target < b.target ? -1 : 1)),
      ports: texts({ ports: spec.ports }),
      domains: texts({ domains: spec.domains }),
      redirects: [...spec.redirects].sort((a, b) => (a.regex < b.regex ? -1 : 1)),
      basicAuth: texts({ basicAuth: spec.basicAuth }),
      schedules: [...spec.schedules].sort((a, b) => (a.name < b.name ? -1 : 1)),
      volumeBackups: [...spec.volumeBackups].sort((a, b) => (a.name < b.name ? -1 : 1)),
      env: texts({ env: spec.env }),
    });
    const roots = fc.constantFrom(...(Object.keys(defaultSpec) as (keyof ApplicationSpec)[]));
    const sorted = (spec: ApplicationSpec): string =>
      JSON.stringify([...flatten(applicationOf(spec))].sort());
    fc.assert(
      fc.property(arbitrarySpec, arbitrarySpec, roots, (one, other, root) => {
        const mixed = { ...one, [root]: other[root] };
        if (sorted(one) === sorted(mixed)) expect(canonical(mixed)).toEqual(canonical(one));
      }),
      { numRuns: 1000 },
    );
  });

  const others = fc.oneof(
    ...(["docker-compose", "stack"] as const).map((type) =>
      fc
        .tuple(arbitraryCompose(type), arbitraryCompose(type))
        .map((specs) => specs.map((spec): Configured => ({ kind: "compose", spec }))),
    ),
    ...databaseKinds.map((kind) =>
      fc
        .tuple(arbitraryDatabase(kind), arbitraryDatabase(kind))
        .map((specs) => specs.map((spec): Configured => ({ kind, spec }))),
    ),
  );

  test("W11 of compose services and databases as well, one field at a time", () => {
    const lists = new Set<string>(childKinds.map((kind) => childRows[kind].root));
    /** Lists without the order that means nothing; null where nothing is said. */
    const canonical = (root: string, value: unknown): unknown =>
      lists.has(root)
        ? (value as readonly unknown[]).map((one) => JSON.stringify(one)).sort()
        : value;
    const sorted = (one: Configured): string => JSON.stringify([...flatten(one)].sort());
    fc.assert(
      fc.property(others, fc.nat(), ([one, other], at) => {
        const [root, value] = Object.entries(other!.spec)[at % Object.keys(other!.spec).length]!;
        const mixed = { kind: one!.kind, spec: { ...one!.spec, [root]: value } } as Configured;
        if (sorted(one!) !== sorted(mixed)) return;
        const was = (one!.spec as unknown as Record<string, unknown>)[root];
        expect(canonical(root, value)).toEqual(canonical(root, was));
      }),
      { numRuns: 1000 },
    );
  });

  test("W11 a permanent redirect and one whose replacement ends in that word are two", () => {
    const text = (replacement: string, permanent: boolean): string | undefined =>
      texts({ redirects: [{ regex: "a", replacement, permanent }] })["redirects.a"];
    const all = ["x", "x permanent", "x temporary", "x permanent temporary"].flatMap((one) => [
      text(one, true),
      text(one, false),
    ]);
    expect(new Set(all).size).toBe(all.length);
    expect(text("x", true)).toBe("x permanent");
    expect(text("x", false)).toBe("x");
  });
});

describe("what is kept twice", () => {
  const port = { published: 1, target: 1, protocol: "tcp", mode: "ingress" } as const;
  test("differs from what is there once, in any order", () => {
    const text = (...targets: number[]): string | undefined =>
      flatten(
        applicationOf({ ...defaultSpec, ports: targets.map((target) => ({ ...port, target })) }),
      ).get("ports.1/tcp");
    expect(text(1)).toBe("1 ingress");
    expect(text(1, 1)).not.toBe(text(1));
    expect(text(1, 2)).toBe(text(2, 1));
  });
});

describe("paths", () => {
  test.each([
    [["env"], "env.A", true],
    [["env.A"], "env.A", true],
    [["env.A"], "env.AB", false],
    [["environment"], "env.A", false],
    [["mounts./data"], "mounts./data", true],
    [[], "env.A", false],
  ])("%j ignores %s: %s", (ignore, path, expected) => {
    expect(isIgnored(ignore, path)).toBe(expected);
    expect(isWithin(new Set(ignore), path)).toBe(expected);
  });
});

describe("project variables", () => {
  const env = { A: "${{project.X}}", B: "${{project.Y}} ${{project.X}}", C: "$(project.Z)" };
  test("are in use where an entry that Git owns refers to them", () => {
    expect(variablesInUse(env, [])).toEqual(["X", "Y"]);
    expect(variablesInUse(env, ["env.B"])).toEqual(["X"]);
    expect(variablesInUse(env, ["env"])).toEqual([]);
  });

  test("have their values in the hash; an inherited name such as constructor is no value", () => {
    const texts = (variables: Record<string, string>, ignore: readonly string[] = []): string =>
      hashTexts(
        {
          service: applicationOf({ ...defaultSpec, env: { A: "${{project.constructor}}" } }),
          ignore,
          secrets: new Set(),
          variables,
          secretVariables: new Set(),
        },
        (text) => text,
      ).run;
    expect(texts({ constructor: "1" })).not.toBe(texts({ constructor: "2" }));
    expect(texts({})).toBe('["env.A","${{project.constructor}}"]');
    expect(texts({ constructor: "1" }, ["env"])).toBe(texts({}, ["env"]));
  });
});

test("P5 whatever a manifest may take a secret into is masked, and so is what no row names", () => {
  const manifest = {
    domains: [{ host: "a.example.com", path: "/" }],
    redirects: [{ regex: "^a" }],
    basicAuth: [{ username: "ann" }],
  } as unknown as ApplicationManifest;
  const paths: readonly (readonly (string | number)[])[] = [
    ...kinds.application.fields.map(({ path }) => path.split(".")),
    ["env", "KEY"],
    ["domains", 0, "internalPath"],
    ["domains", 0, "middlewares"],
    ["redirects", 0, "replacement"],
    ["basicAuth", 0, "password"],
  ];
  const fields = paths.flatMap((path) => applicationSecretField(manifest, path) ?? []);
  expect(fields.length).toBeGreaterThan(8);
  for (const field of fields) {
    expect(maySecret("application", field, "port=1 internalPath=/x"), field).toBe(true);
  }
  for (const field of ["variables.KEY", "source", "somethingNew", "somethingNew.inside"]) {
    expect(maySecret("application", field, "text"), field).toBe(true);
  }
  expect(maySecret("application", "image", "nginx:1")).toBe(false);
  expect(maySecret("application", "mounts./data", "volume shop-data")).toBe(false);
  expect(maySecret("application", "mounts./data", "file a secret")).toBe(true);
});

test.each(managedKinds)("every field of a %s is one row, below a path of its own", (kind) => {
  const { fields } = kinds[kind];
  const paths = fields.map(({ path }) => path);
  expect(new Set(paths).size).toBe(paths.length);
  for (const { path, type } of fields) {
    const inside = paths.filter((other) => other.startsWith(`${path}.`));
    expect([path, type, inside]).toEqual([path, type, []]);
  }
});
