// What must hold for any stacks and any policies: one more never allows more, and no order decides.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Desired } from "../../../src/manifest/load.ts";
import { load } from "../support.ts";
import { composeStack, stackOf } from "./support.ts";

type Texts = Readonly<Record<string, string>>;

const some = (values: readonly string[]) => fc.option(fc.subarray([...values]), { nil: undefined });
const allow = fc.record(
  {
    images: some(["ghcr.io/acme/*", "nginx", "**"]),
    registries: some(["ghcr.io", "docker.io"]),
    repositories: some(["github.com/acme/*"]),
    hosts: some(["*.example.com", "a.example.com"]),
    projects: some(["a*", "b*"]),
    names: some(["a", "b*"]),
    bindMounts: some(["/srv/**", "/"]),
    hostAccess: some(["privileged"]),
    ports: some(["80", "8000-9000"]),
    secrets: some(["x", "*"]),
    kinds: some(["application", "compose"]),
    owners: some(["*"]),
    manifests: some(["Stack"]),
    hostPorts: fc.boolean(),
    adopt: fc.boolean(),
    unreadCompose: fc.boolean(),
    replicas: fc.record({ perStack: fc.nat(5), total: fc.nat(9) }, { requiredKeys: [] }),
    memory: fc.record(
      { perStack: fc.constantFrom("64Mi", "1Gi"), total: fc.constantFrom("128Mi", "4Gi") },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);
const match = fc.record(
  {
    paths: fc.subarray(["users/**", "platform/*", "**/a.yaml"], { minLength: 1 }),
    labels: fc.constantFrom({ team: "x" }, { team: "*" }),
  },
  { requiredKeys: [] },
);
/** Some with a mistake: these hold what they match. */
const policies = fc
  .array(fc.record({ match, allow, broken: fc.integer({ min: 0, max: 9 }) }), { maxLength: 4 })
  .map((list) =>
    list.map(({ match: of, allow: what, broken }, index) =>
      JSON.stringify({
        ...{ apiVersion: "capstan/v1", kind: "Policy", metadata: { name: `p${index}` } },
        spec: { match: of, allow: what, ...(broken === 0 ? { odd: 1 } : {}) },
      }),
    ),
  );

const fields = fc.subarray([
  "replicas: 3",
  "mounts: [ { type: bind, source: /srv/x, target: /x } ]",
  "ports: [ { published: 8080, target: 80, mode: host } ]",
  "env: { K: $(secrets.y) }",
  "resources: { limits: { memory: 100Mi } }",
]);
const composed = fc.constantFrom(
  'services: { a: { image: "nginx:1", privileged: true } }',
  'services: { a: { image: "ghcr.io/acme/a:1", mem_limit: 32m, volumes: ["/etc:/x"] } }',
);
/** No two ask for what one alone may have: a claim that is refused harms nobody else, which is another rule. */
const stacks = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom("a", "b", "c", "d"),
    folder: fc.constantFrom("users", "platform", "."),
    team: fc.constantFrom("x", "y"),
    body: fc.oneof(
      fields.map((lines) => stackOf(["command: ./run", ...lines].join("\n"))),
      composed.map((text) => composeStack(text)),
    ),
    adopt: fc.boolean(),
  }),
  { selector: ({ name }) => name, maxLength: 4 },
);
type Listed = typeof stacks extends fc.Arbitrary<infer T> ? Readonly<T> : never;
const textsOf = (list: Listed): Texts =>
  Object.fromEntries(
    list.map(({ name, folder, team, body, adopt }, index) => [
      `${folder === "." ? "" : `${folder}/`}${name}.yaml`,
      body
        .replace("{ name: alice }", `{ name: ${name}, labels: { team: ${team} } }`)
        .replace("spec:", `spec:\n  adopt: ${adopt}`)
        .replaceAll("8080", String(8080 + index)),
    ]),
  );
const withPolicies = (texts: Texts, list: readonly string[]): Texts => ({
  ...texts,
  ...Object.fromEntries(list.map((text, index) => [`policies/${index}.yaml`, text])),
});
const allowed = (desired: Desired): readonly string[] => desired.stacks.map(({ name }) => name);
const said = (desired: Desired): readonly string[] =>
  desired.problems
    .map(({ message, stack }) => `${stack} ${message.replaceAll(/policies\/\d/g, "policies/N")}`)
    .sort();

test("P9 one policy more never allows what was refused before", () => {
  fc.assert(
    fc.property(stacks, policies, (list, rules) => {
      const texts = textsOf(list);
      let before = new Set(allowed(load(texts)));
      expect(before.size).toBe(list.length);
      for (let count = 1; count <= rules.length; count += 1) {
        const now = new Set(allowed(load(withPolicies(texts, rules.slice(0, count)))));
        expect([...now].filter((name) => !before.has(name))).toEqual([]);
        before = now;
      }
    }),
    { numRuns: 100 },
  );
});

test("P9 W2 what is said of a stack depends on no order of files or policies", () => {
  fc.assert(
    fc.property(stacks, policies, fc.infiniteStream(fc.nat()), (list, rules, random) => {
      const shuffled = <T>(items: readonly T[]): readonly T[] =>
        items
          .map((item) => [random.next().value as number, item] as const)
          .sort(([a], [b]) => a - b)
          .map(([, item]) => item);
      const one = load(withPolicies(textsOf(list), rules));
      const texts = withPolicies(textsOf(shuffled(list)), shuffled(rules));
      const other = load(Object.fromEntries(shuffled(Object.entries(texts))));
      expect(allowed(other)).toEqual(allowed(one));
      expect([...other.brokenStacks]).toEqual([...one.brokenStacks]);
      // Which port a stack got depends on its place in the list.
      expect(said(other).map((line) => line.replaceAll(/80\d\d/g, "PORT"))).toEqual(
        said(one).map((line) => line.replaceAll(/80\d\d/g, "PORT")),
      );
    }),
    { numRuns: 80 },
  );
});

test("P9 a stack that several policies match needs the leave of each", () => {
  const rules = (images: string, name: string): string =>
    `apiVersion: capstan/v1\nkind: Policy\nmetadata: { name: ${name} }\nspec: { allow: { images: [${images}] } }\n`;
  const texts = { "a.yaml": stackOf("replicas: 1") };
  const both = load(
    withPolicies(texts, [rules("ghcr.io/acme/*", "one"), rules("ghcr.io/**", "two")]),
  );
  expect(allowed(both)).toEqual(["alice"]);
  const one = load(withPolicies(texts, [rules("ghcr.io/acme/*", "one"), rules("nginx", "two")]));
  expect(allowed(one)).toEqual([]);
  expect(one.problems.map(({ policy }) => policy?.name)).toEqual(["two"]);
});
