// What must hold for any manifest: order means nothing, places mean nothing, and nothing ever throws.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { Desired } from "../../src/manifest/load.ts";
import { load } from "./support.ts";

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/);
const text = fc.string({ maxLength: 12 }).filter((value) => !value.includes("$"));
const envMap = fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_.]{0,6}$/), text, { maxKeys: 4 });

const application = fc.record(
  {
    image: fc.constantFrom("nginx", "ghcr.io/acme/web:1"),
    replicas: fc.nat(5),
    env: envMap,
    args: fc.array(text, { maxLength: 3 }),
    domains: fc.array(
      fc.record(
        {
          host: fc.domain(),
          port: fc.integer({ min: 1, max: 65535 }),
          path: fc.constantFrom("/", "/a"),
        },
        { requiredKeys: ["host", "port"] },
      ),
      { maxLength: 2 },
    ),
    ports: fc.array(
      fc.record({
        published: fc.integer({ min: 1, max: 40 }),
        target: fc.integer({ min: 1, max: 99 }),
      }),
      { maxLength: 2 },
    ),
    mounts: fc.array(
      fc.record({ type: fc.constant("volume"), source: label, target: fc.constant("/data") }),
      { maxLength: 1 },
    ),
  },
  { requiredKeys: ["image"] },
);

const stack = fc.record({
  apiVersion: fc.constant("capstan/v1"),
  kind: fc.constant("Stack"),
  metadata: fc.record({ name: label }),
  spec: fc.record(
    {
      applications: fc.dictionary(label, application, { maxKeys: 3 }),
      variables: envMap,
      environments: fc.dictionary(label, fc.constant({}), { maxKeys: 1 }),
    },
    { requiredKeys: ["applications"] },
  ),
});

/** Everything but places, which say where something was written. */
function essence(desired: Desired): unknown {
  const plain = JSON.stringify(
    {
      stacks: desired.stacks,
      broken: [...desired.brokenStacks],
      problems: desired.problems
        .map(({ stack: name, message }) => `${name ?? ""}: ${message.replace(/ at .*$/, "")}`)
        .sort(),
      namesUnknown: desired.namesUnknown,
    },
    (key, value: unknown) =>
      key === "place"
        ? undefined
        : value instanceof Set
          ? [...(value as Set<string>)].sort()
          : value,
  );
  return JSON.parse(plain);
}

function shuffleKeys(value: Json, order: (keys: string[]) => string[]): Json {
  if (Array.isArray(value)) return value.map((one: Json) => shuffleKeys(one, order));
  if (typeof value !== "object" || value === null) return value;
  const object = value as Record<string, Json>;
  return Object.fromEntries(
    order(Object.keys(object)).map((key) => [key, shuffleKeys(object[key]!, order)]),
  );
}

const toYaml = (document: unknown): string => stringify(document, { aliasDuplicateObjects: false });

describe("for any manifests", () => {
  it("W2 the order of files, documents and keys changes nothing", () => {
    fc.assert(
      fc.property(fc.array(stack, { minLength: 1, maxLength: 5 }), fc.nat(), (stacks, seed) => {
        const oneFile = load({ "all.yaml": stacks.map(toYaml).join("---\n") });
        const reversed = [...stacks]
          .reverse()
          .map((one) => shuffleKeys(one as unknown as Json, (keys) => [...keys].reverse()));
        const split = seed % (stacks.length + 1);
        const twoFiles = load({
          "z.yaml": reversed.slice(0, split).map(toYaml).join("---\n"),
          "a.yaml": reversed.slice(split).map(toYaml).join("---\n"),
        });
        expect(essence(twoFiles)).toEqual(essence(oneFile));
      }),
      { numRuns: 150 },
    );
  });

  it("O8 renaming a file or moving it to another folder changes no stack and no hash", () => {
    fc.assert(
      fc.property(stack, label, label, (one, folder, file) => {
        const before = load({ "a.yaml": toYaml(one) });
        const after = load({ [`${folder}/${file}.yml`]: toYaml(one) });
        expect(essence(after)).toEqual(essence(before));
      }),
      { numRuns: 100 },
    );
  });

  it("a stack is either valid or broken and never both, and broken ones say why", () => {
    fc.assert(
      fc.property(fc.array(stack, { maxLength: 4 }), (stacks) => {
        const desired = load({ "all.yaml": stacks.map(toYaml).join("---\n") });
        const valid = desired.stacks.map(({ name }) => name);
        for (const { metadata } of stacks) {
          expect(valid.includes(metadata.name)).toBe(!desired.brokenStacks.has(metadata.name));
        }
        for (const name of desired.brokenStacks) {
          expect(desired.problems.some((problem) => problem.stack === name)).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("for any bytes", () => {
  const seedText = `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  variables: { A: "$(secrets.x)" }
  applications:
    web: &web
      image: "nginx"
      env: { B: "$(services.web.host)", C: "\${{project.A}}" }
      mounts: [{ type: file, source: ./x, target: /x }]
  environments: { staging: { applications: { web: { image: other } } } }
---
apiVersion: capstan/v1
kind: StackTemplate
metadata: { name: t }
spec: { parameters: { p: { type: list, default: [] } }, stack: { dependsOn: $(parameters.p) } }
---
apiVersion: capstan/v1
kind: Stack
metadata: { name: user }
spec: { template: t, parameters: { p: [shop] } }
`;

  it("loading never throws, and what is lost is never read as absence (O5)", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const desired = load({ "a.yaml": bytes });
        if (desired.problems.length > 0) {
          expect(desired.namesUnknown || desired.brokenStacks.size > 0).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("a manifest with any cut, swap or insertion loads or says what is wrong", () => {
    const piece = fc.constantFrom(
      ..."{ } [ ] : , - & * ! | > % @ ` \" ' # ? ~ \n \t null <<: *web $( $$( ) ${{ }} --- ...".split(
        " ",
      ),
    );
    fc.assert(
      fc.property(fc.nat(seedText.length), fc.nat(12), piece, (at, cut, inserted) => {
        const mutated = seedText.slice(0, at) + inserted + seedText.slice(at + cut);
        const desired = load({ "a.yaml": mutated, x: "content" });
        for (const { place } of desired.problems) {
          expect(place.line).toBeGreaterThan(0);
          expect(place.column).toBeGreaterThan(0);
        }
        // P5: whatever was broken, no message repeats the secret.
        expect(JSON.stringify(desired.problems)).not.toContain("canary-");
      }),
      { numRuns: 1000 },
    );
  });
});
