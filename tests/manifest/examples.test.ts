// The manifests that this repository ships are valid, and live they are the template alone.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { flatten } from "../../src/model/fields.ts";
import { applicationSchema } from "../../src/model/manifest-application.ts";
import { composeSchema } from "../../src/model/manifest-compose.ts";
import { databaseSchema } from "../../src/model/manifest-database.ts";
import { load, readFolder, resultText, serviceOf, stackOf, variables } from "./support.ts";

const root = join(import.meta.dirname, "../../stacks");

it("a live reconcile has the template and no stack", () => {
  const desired = load(readFolder(root, () => false));
  expect(resultText(desired)).toBe("stacks: none\nbroken: none\nnames unknown: no\n");
  expect(
    desired.templates.map(({ name, names }) => [name, names.minLength, names.maxLength]),
  ).toEqual([["ai-stack", 3, 20]]);
});

/** What the platform's stacks need beside what the examples do. */
const platformVariables = {
  ...variables,
  STACK_CAPSTAN_IMAGE: "ghcr.io/acme/capstan:1",
};

it("all examples and the platform's stacks are valid together with the template", () => {
  const desired = load(
    readFolder(root, (path) => path === ".capstanignore"),
    { variables: platformVariables },
  );
  expect(resultText(desired)).toBe(
    "stacks: alice, bob, capstan, every-field, log-ingest, observability, shop\nbroken: none\nnames unknown: no\n",
  );
  const alice = serviceOf(stackOf(desired, "alice"), "app/opencode");
  expect(alice.spec).toMatchObject({
    image: "ghcr.io/acme/opencode:1.2.3",
    env: { LOG_INGEST_URL: "http://logs.example.com/ingest", STACK_NAME: "alice" },
    domains: [
      { host: "alice.ai.example.com", path: "/", port: 4096, https: true, certificate: "none" },
      { host: "alice.ai.example.com", path: "/terminal", port: 7681, stripPath: true },
    ],
    mounts: [{ type: "volume", volume: "alice-work", target: "/work" }],
  });
  const bob = serviceOf(stackOf(desired, "bob"), "app/opencode");
  expect(bob.spec.env).toEqual({ STACK_NAME: "bob", EDITOR: "vim" });
});

it("the template works without LOG_INGEST_URL", () => {
  const texts = readFolder(root, (path) => path === ".capstanignore");
  const few = { STACK_IMAGE: "x", STACK_DOMAIN_SUFFIX: "ai.example.com" };
  const alice = load(texts, { variables: few }).stacks.find(({ name }) => name === "alice");
  expect(alice?.services[0]?.spec.env.LOG_INGEST_URL).toBe("");
});

it("the example of every field sets every field to something else than its default", () => {
  const texts = readFolder(root, (path) => path === ".capstanignore");
  const stack = stackOf(load(texts, { variables: platformVariables }), "every-field");
  const web = serviceOf(stack, "app/web");
  const worker = serviceOf(stack, "app/worker");
  const built = ["app/built", "app/followed", "app/watched"].map((key) => serviceOf(stack, key));
  // What one of them sets, the others do not allow.
  const paths = [web, worker, ...built].flatMap((one) => [...flatten(one).keys()]);
  const roots = new Set(paths.map((path) => path.split(".")[0]));
  const notOfTheSpec = [
    ...["description", "dependsOn", "ignore", "imagePolicy", "rollout", "server", "adopt"],
    "allowDataLoss",
  ];
  expect(web.after).toEqual(["app/worker", "job/web"]);
  expect(web.adopts).toBe("Web Server");
  expect([web.server, web.allowDataLoss, worker.allowDataLoss]).toEqual(["edge", true, false]);
  expect([...roots, ...notOfTheSpec].sort()).toEqual(Object.keys(applicationSchema.shape).sort());
  const plain = worker.rollout;
  expect(Object.keys(web.rollout)).toHaveLength(
    Object.keys(applicationSchema.shape.rollout.unwrap().shape).filter((name) => name !== "before")
      .length,
  );
  // What runs before it is a service of its own.
  const job = serviceOf(stack, "job/web");
  expect(job.job).toEqual({ before: "app/web", timeoutMs: 120_000 });
  expect(job.after).toEqual(["app/worker"]);
  expect(job.spec).toMatchObject({ command: "/bin/sh", args: ["-c", "./migrate --wait"] });
  for (const [field, value] of Object.entries(web.rollout)) {
    expect(value, `rollout.${field}`).not.toEqual(plain[field as keyof typeof plain]);
  }
  const parts = new Set(paths.map((path) => path.split(".").slice(0, 2).join(".")));
  const { git, build } = applicationSchema.shape;
  const notStored = ["git.follow", "git.watchPaths"];
  expect([...parts, ...notStored]).toEqual(
    expect.arrayContaining([
      ...Object.keys(git.unwrap().shape).map((name) => `git.${name}`),
      ...Object.keys(build.unwrap().shape).map((name) => `build.${name}`),
    ]),
  );
  expect(built.map(({ follows }) => follows)).toEqual([false, true, true]);
  expect(built.map(({ watchPaths }) => watchPaths?.length)).toEqual([undefined, undefined, 2]);
  expect([web.imagePolicy, worker.imagePolicy]).toEqual([
    { follow: "semver", range: "~2.1", propose: "commit" },
    { follow: "digest" },
  ]);
  expect(web.rollout.after).toEqual({ workflow: "build.yaml", repository: "acme/web" });
});

it("the example of every field sets every field of a database, too", () => {
  const texts = readFolder(root, (path) => path === ".capstanignore");
  const stack = stackOf(load(texts, { variables: platformVariables }), "every-field");
  const orders = serviceOf(stack, "db/orders");
  // What no postgres has: another password for root, and what libsql alone knows.
  const others = ["db/people", "db/edge", "db/edge-copy"].map((key) => serviceOf(stack, key));
  const paths = [orders, ...others].flatMap((one) => [...flatten(one).keys()]);
  const roots = new Set(paths.map((path) => path.split(".")[0]));
  expect(orders.after).toEqual(["db/people"]);
  const notOfTheSpec = [
    ...["type", "server", "adopt", "dependsOn", "description", "ignore", "rollout"],
  ];
  expect(orders.adopts).toBe("Orders DB");
  const policies = ["deletionPolicy", "allowDataLoss"];
  expect([...roots, ...notOfTheSpec, ...policies].sort()).toEqual(
    Object.keys(databaseSchema.shape).sort(),
  );
  expect(orders).toMatchObject({ deletionPolicy: "delete", allowDataLoss: true });
  expect(orders.rollout).toMatchObject({ timeoutMs: 900_000, onFailure: "rollback" });
});

it("the example of every field sets every field of a compose service, too", () => {
  const texts = readFolder(root, (path) => path === ".capstanignore");
  const stack = stackOf(load(texts, { variables: platformVariables }), "every-field");
  const jobs = serviceOf(stack, "compose/jobs");
  const elsewhere = serviceOf(stack, "compose/elsewhere");
  const paths = [jobs, elsewhere].flatMap((one) => [...flatten(one).keys()]);
  const roots = new Set(paths.map((path) => path.split(".")[0]));
  const others = [
    ...["type", "content", "server", "adopt", "description", "dependsOn", "ignore", "rollout"],
  ];
  expect(jobs.adopts).toBe("Job Queue");
  const policies = ["deletionPolicy", "allowDataLoss"];
  expect([...roots, ...others, ...policies].sort()).toEqual(
    Object.keys(composeSchema.shape).sort(),
  );
  expect(jobs.after).toEqual(["db/orders"]);
  expect(jobs).toMatchObject({ deletionPolicy: "delete", allowDataLoss: true });
  // What its stack says goes for all that say nothing themselves.
  expect(jobs.server).toBe("edge");
  // A label alone would make every one of its services another; it is Capstan's, not the file's.
  expect([...flatten(jobs).keys()].filter((path) => path.includes("capstan"))).toEqual([]);
});

it("every manifest names the schema in its first line", () => {
  for (const [path, content] of Object.entries(readFolder(root, () => false))) {
    const text = Buffer.from(content as Uint8Array).toString();
    // Beside them lie settings of other programs.
    if (!path.endsWith(".yaml") || !text.includes("apiVersion: capstan/v1")) continue;
    const first = text.split("\n")[0]!;
    const [, reference] = /^# yaml-language-server: \$schema=(\S+)$/.exec(first) ?? [];
    const schema = join(root, path, "..", reference ?? "none");
    expect(JSON.parse(readFileSync(schema, "utf8"))).toHaveProperty("$schema");
  }
});
