// Law O5 for policies: what cannot be read is never taken for a policy that allows more. The stacks that it may be about
// stay as they are, and nothing is pruned for it.
import { expect, test } from "vitest";
import { load } from "../support.ts";
import { forUsers, lines, policy, stackOf } from "./support.ts";

const alice = stackOf("replicas: 1");
const shop = stackOf("replicas: 1", "", "shop");
const stacks = { "users/alice.yaml": alice, "platform/shop.yaml": shop };

const good = (desired: ReturnType<typeof load>): readonly string[] =>
  desired.stacks.map(({ name }) => name);

test("O5 a policy with a mistake holds the stacks that it matches, and no others", () => {
  const desired = load({ ...stacks, "policies/p.yaml": forUsers("image: [x]") });
  expect(good(desired)).toEqual(["shop"]);
  expect([...desired.brokenStacks]).toEqual(["alice"]);
  expect(lines(desired)).toEqual([
    "policies/p.yaml:4:50 `allow.image` is unknown (did you mean `images`?)",
    "users/alice.yaml:3:19 [alice] cannot be judged: the policy portal (policies/p.yaml:3:19) cannot be read as a policy (correct policies/p.yaml: until then the stack stays as it is)",
  ]);
});

test.each([
  ["what it matches cannot be read", policy("match: { path: [users/**] }, allow: {}")],
  ["its match is empty", policy("match: { paths: [] }")],
  ["its match has no value", policy("match: { paths: }")],
  ["it has no name", policy("allow: {}").replace("name: portal", "labels: {}")],
  ["a list has no value", policy("allow: { images: }")],
  ["it is no YAML", "kind: Policy\nspec: ["],
  [
    "its kind is unknown",
    policy("allow: {}")
      .replace("kind: Policy", "kind: Rule")
      .replace("spec", "rules")
      .replace("capstan/v1", "v2"),
  ],
  ["it is of another version", policy("allow: {}").replace("capstan/v1", "capstan/v2")],
  ["it is a list", "- a\n"],
  ["it reads a secret", policy("allow: { images: [$(secrets.x)] }")],
  ["it reads a variable of the machine", policy("allow: { images: [$(env.HOME)] }")],
  ["a port is none", policy("allow: { ports: [ssh] }")],
  ["an amount is none", policy("allow: { memory: { total: much } }")],
  ["it holds a NUL", "kind: Policy\n\0"],
])("O5 a policy that cannot be read holds every stack: %s", (_why, text) => {
  const desired = load({ ...stacks, "policies/p.yaml": text });
  expect(good(desired)).toEqual([]);
  expect([...desired.brokenStacks]).toEqual(expect.arrayContaining(["alice", "shop"]));
  expect(desired.problems.some(({ place }) => place.file === "policies/p.yaml")).toBe(true);
});

test.each([
  ["a symbolic link", "policies/p.yaml"],
  ["a symbolic link in place of the folder", "policies"],
  ["a folder that cannot be listed", "policies/more"],
  ["a file below the folder of the stacks", "stacks/policies/p.yml"],
])("O5 %s where policies are holds every stack", (_what, path) => {
  const files = Object.entries({ "stacks/a.yaml": alice }).map(([file, text]) => ({
    path: file,
    content: new TextEncoder().encode(text),
  }));
  const unreadable = [{ path, reason: "it is a symbolic link, and these are not followed" }];
  const desired = load({}, { root: "stacks", tree: { files, unreadable } });
  expect(good(desired)).toEqual([]);
  expect([...desired.brokenStacks]).toEqual(["alice"]);
  expect(desired.problems.map(({ place, message }) => `${place.file} ${message}`)).toContain(
    `${path} cannot be read: it is a symbolic link, and these are not followed`,
  );
});

test("O5 a file beside policies that cannot be read and is none holds nothing", () => {
  const content = new TextEncoder().encode(alice);
  const tree = {
    files: [{ path: "a.yaml", content }],
    unreadable: [
      { path: "policies/picture.png", reason: "it is larger than 1 MiB", plainFile: true as const },
    ],
  };
  expect(good(load({}, { tree }))).toEqual(["alice"]);
});

test("O5 POLICY_FILE counts like any other, and holds every stack while it cannot be read", () => {
  const content = new TextEncoder().encode(forUsers("images: [ghcr.io/other/*]"));
  const path = "/etc/capstan/policy.yaml";
  const judged = load(stacks, { policies: { file: { path, content } } });
  expect(good(judged)).toEqual(["shop"]);
  expect(lines(judged)[0]).toContain("(/etc/capstan/policy.yaml:4:58)");
  const unread = load(stacks, { policies: { file: { path, reason: "ENOENT" } } });
  expect(good(unread)).toEqual([]);
});

test("policies stand at the root of the repository and in the folder of the stacks, and paths begin there", () => {
  const below = Object.fromEntries(
    Object.entries(stacks).map(([path, text]) => [`stacks/${path}`, text]),
  );
  for (const at of ["policies/p.yaml", "stacks/policies/p.yaml", "stacks/policies/deep/p.yml"]) {
    const desired = load({ ...below, [at]: forUsers("images: []") }, { root: "stacks" });
    expect(good(desired), at).toEqual(["shop"]);
    expect(
      desired.problems.map(({ place }) => place.file),
      at,
    ).toEqual(["stacks/users/alice.yaml"]);
  }
  for (const at of ["other/p.yaml", "stacks/policies/p.txt"]) {
    expect(
      good(load({ ...below, [at]: forUsers("images: []") }, { root: "stacks" })),
      at,
    ).toHaveLength(2);
  }
  const own = { policies: { path: "ops/rules" }, root: "stacks" };
  expect(good(load({ ...below, "ops/rules/p.yaml": forUsers("images: []") }, own))).toEqual([
    "shop",
  ]);
});

test("outside of the stacks' folder only policies are read", () => {
  const desired = load(
    { "stacks/shop.yaml": shop, "policies/alice.yaml": alice },
    { root: "stacks" },
  );
  expect(good(desired)).toEqual(["shop"]);
  expect(lines(desired)).toEqual([
    "policies/alice.yaml:3:19 is no policy, and only policies are read here (move it to the folder of the stacks, stacks/)",
  ]);
});

test("two policies of one name both hold, and are told", () => {
  const desired = load({
    ...stacks,
    "policies/a.yaml": forUsers("images: [ghcr.io/acme/*]"),
    "policies/b.yaml": forUsers("projects: [u-*]"),
  });
  expect(good(desired)).toEqual(["shop"]);
  expect(lines(desired).filter((line) => line.includes("also defined"))).toHaveLength(2);
});

test("a variable that is not set allows nothing, and is named", () => {
  const desired = load({ ...stacks, "policies/p.yaml": forUsers("images: [$(env.STACK_NONE)]") });
  expect(lines(desired)).toEqual([
    "users/alice.yaml:8:14 [alice] `applications.web.image` runs the image ghcr.io/acme/web:1, and the policy portal allows only the images $(env.STACK_NONE) (policies/p.yaml:4:58) (the environment variable STACK_NONE, which the policy names, is not set)",
  ]);
  const set = { variables: { STACK_NONE: "ghcr.io/acme/web" } };
  expect(
    good(load({ ...stacks, "policies/p.yaml": forUsers("images: [$(env.STACK_NONE)]") }, set)),
  ).toHaveLength(2);
});

test("what all matched stacks ask for together holds all of them, whichever comes last", () => {
  const users = Object.fromEntries(
    ["a", "b", "c"].map((name) => [`users/${name}.yaml`, stackOf("replicas: 2", "", name)]),
  );
  const many = load({
    ...users,
    "platform/shop.yaml": shop,
    "policies/p.yaml": forUsers("replicas: { perStack: 2, total: 5 }"),
  });
  expect(good(many)).toEqual(["shop"]);
  expect(lines(many)[0]).toBe(
    "users/a.yaml:3:19 [a] the 3 stacks of the policy portal ask for 6 containers together, and it allows 5 containers (policies/p.yaml:4:82) (ask for less, or remove one of them: until then none of them is changed; or who may change policies/p.yaml can allow it under `allow.replicas.total`)",
  );
  const few = load({ ...users, "policies/p.yaml": forUsers("replicas: { total: 6 }") });
  expect(good(few)).toEqual(["a", "b", "c"]);
});
