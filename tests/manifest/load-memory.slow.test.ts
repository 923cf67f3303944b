// A load that remembers an earlier one must give what a load from scratch gives, whatever was edited between.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLoadMemory } from "../../src/manifest/load-memory.ts";
import { loadManifests } from "../../src/manifest/load.ts";
import type { LoadInput } from "../../src/manifest/load.ts";
import { hasher, variables } from "./support.ts";

type World = {
  readonly files: ReadonlyMap<string, string>;
  readonly secrets: ReadonlyMap<string, string>;
};

const reservedNames = ["billing"];

function input({ files, secrets }: World): LoadInput {
  const encoder = new TextEncoder();
  return {
    tree: {
      files: [...files].map(([path, text]) => ({ path, content: encoder.encode(text) })),
      unreadable: [],
    },
    root: "",
    variables,
    secret: (name) => secrets.get(name) ?? null,
    reservedNames,
    hasher,
  };
}

const names = ["ant", "bee", "cat", "dog"] as const;
const stack = (name: string, spec: string): string =>
  `apiVersion: capstan/v1\nkind: Stack\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
const template = (name: string, spec: string): string =>
  `apiVersion: capstan/v1\nkind: StackTemplate\nmetadata: { name: ${name} }\nspec: ${spec}\n`;

const specs = [
  "{ applications: { web: { image: nginx } } }",
  "{ applications: { web: { image: nginx, env: { A: $(secrets.one) } } } }",
  "{ applications: { web: { image: nginx, env: { A: $(secrets.two), B: x } } } }",
  "{ applications: { web: { image: nginx, mounts: [{ type: file, source: ./conf, target: /c }] } } }",
  "{ applications: { web: { image: nginx, domains: [{ host: a.example.com, port: 80 }] } } }",
  "{ template: t, parameters: { image: nginx } }",
  "{ template: u }",
  "{ template: t, environments: { staging: { applications: { web: { replicas: 2 } } } } }",
  "{ applications: { web: { image: nginx } }, environments: { staging: { applications: { web: { image: other } } } } }",
  "{ applications: { web: { image: UPPER } } }",
  "{ dependsOn: [ant], applications: { web: { image: nginx } } }",
  "{ applications: [broken",
  "{ unknown: 1 }",
];
const bodies = [
  "{ parameters: { image: { type: string, default: busybox } }, stack: { applications: { web: { image: $(parameters.image) } } } }",
  "{ parameters: { image: { type: string, default: $(secrets.one) } }, stack: { applications: { web: { image: nginx, env: { X: $(parameters.image) } } } } }",
  "{ stack: { applications: { web: { image: nginx, mounts: [{ type: file, source: ./conf, target: /t }] } } } }",
  "{ names: { maxLength: 2 }, stack: { applications: { web: { image: nginx } } } }",
  "{ stack: 1 }",
];

type Edit = (world: World) => World;

function put(path: string, text: string | null): Edit {
  return ({ files, secrets }) => {
    const next = new Map(files);
    if (text === null) next.delete(path);
    else next.set(path, text);
    return { files: next, secrets };
  };
}

const manifestPath = fc.constantFrom("a.yaml", "b.yaml", "in/a.yaml", "in/c.yml");
const oneDocument = fc.oneof(
  fc.tuple(fc.constantFrom(...names), fc.constantFrom(...specs)).map(([n, s]) => stack(n, s)),
  fc.tuple(fc.constantFrom("t", "u"), fc.constantFrom(...bodies)).map(([n, b]) => template(n, b)),
);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc
    .tuple(manifestPath, fc.array(oneDocument, { minLength: 1, maxLength: 3 }))
    .map(([path, documents]) => put(path, documents.join("---\n"))),
  manifestPath.map((path) => put(path, null)),
  fc
    .tuple(fc.constantFrom("conf", "in/conf"), fc.option(fc.constantFrom("one", "two", "\0")))
    .map(([path, text]) => put(path, text)),
  fc
    .tuple(
      fc.constantFrom(".capstanignore", "in/.capstanignore"),
      fc.constantFrom("", "a.yaml", "c.yml", "in/", "\0"),
    )
    .map(([path, text]) => put(path, text)),
  fc
    .tuple(fc.constantFrom("one", "two"), fc.option(fc.constantFrom("secret-a", "secret-b")))
    .map(([name, value]): Edit => ({ files, secrets }) => {
      const next = new Map(secrets);
      if (value === null) next.delete(name);
      else next.set(name, value);
      return { files, secrets: next };
    }),
);

const empty: World = { files: new Map(), secrets: new Map() };

/** A world in which everything loads, so that most edits change something that was valid. */
const valid: World = {
  files: new Map([
    ["a.yaml", `${stack("ant", specs[1]!)}---\n${stack("bee", specs[3]!)}`],
    ["b.yaml", template("t", bodies[0]!)],
    ["in/a.yaml", stack("cat", specs[5]!)],
    ["in/c.yml", `${template("u", bodies[2]!)}---\n${stack("dog", specs[6]!)}`],
    ["conf", "one"],
    ["in/conf", "one"],
  ]),
  secrets: new Map([
    ["one", "secret-a"],
    ["two", "secret-a"],
  ]),
};

describe("a load that remembers", () => {
  it("gives what a load from scratch gives, after any edits", () => {
    let reused = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(empty, valid),
        fc.array(fc.array(edit, { minLength: 1, maxLength: 3 }), { maxLength: 8 }),
        fc.boolean(),
        (start, steps, looksAside) => {
          const memory = createLoadMemory();
          let world = start;
          for (const edits of [[], ...steps]) {
            const before = world;
            world = edits.reduce((now, change) => change(now), world);
            const fresh = loadManifests(input(world));
            expect(loadManifests({ ...input(world), memory })).toEqual(fresh);
            memory.sweep();
            // Looking at another revision leaves no trace.
            if (!looksAside) continue;
            const aside = loadManifests({ ...input(before), memory: memory.readOnly });
            expect(aside).toEqual(loadManifests(input(before)));
          }
          reused += memory.counts.built;
        },
      ),
      { numRuns: 500 },
    );
    expect(reused).toBeGreaterThan(0);
  }, 120_000);

  it("reads and builds only what changed", () => {
    const memory = createLoadMemory();
    const load = (world: World): readonly [parsed: number, built: number] => {
      const { parsed, built } = memory.counts;
      const desired = loadManifests({ ...input(world), memory });
      memory.sweep();
      expect(desired.problems).toEqual([]);
      return [memory.counts.parsed - parsed, memory.counts.built - built];
    };
    expect(load(valid)).toEqual([4, 4]);
    expect(load(valid)).toEqual([0, 0]);
    const one = put("in/a.yaml", stack("cat", specs[0]!))(valid);
    expect(load(one)).toEqual([1, 1]);
    const withFile = put("in/conf", "two")(one);
    expect(load(withFile)).toEqual([0, 1]);
    const withTemplate = put("b.yaml", template("t", bodies[3]!))(withFile);
    // Nobody uses `t` any more.
    expect(load(withTemplate)).toEqual([1, 0]);
    const secrets = new Map([...withTemplate.secrets, ["one", "secret-b"] as const]);
    expect(load({ ...withTemplate, secrets })).toEqual([0, 1]);
    // What was forgotten is read again.
    const without = put("a.yaml", null)({ ...withTemplate, secrets });
    expect(load(without)).toEqual([0, 0]);
    expect(load({ ...withTemplate, secrets })).toEqual([1, 2]);
  });

  it("uses nothing of a load with other settings", () => {
    const memory = createLoadMemory();
    loadManifests({ ...input(valid), memory });
    memory.sweep();
    const other = { ...input(valid), variables: { ...variables }, reservedNames: ["ant"] };
    expect(loadManifests({ ...other, memory: memory.readOnly })).toEqual(loadManifests(other));
    expect(loadManifests({ ...other, memory })).toEqual(loadManifests(other));
    expect(memory.counts.parsed).toBe(12);
  });
});
