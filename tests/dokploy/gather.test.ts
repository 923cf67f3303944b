// Calls of one moment in one request: each caller gets its own answer, and what may not be in a batch never is.
import { expect, test } from "vitest";
import { inScope } from "../../src/lib/scope.ts";
import type { Platform } from "../../src/ports.ts";
import type { Signal } from "../../src/ports-telemetry.ts";
import { app, apps, item, platformOn, recording, refusalItem, serve } from "./support.ts";
import type { Asked, Reply } from "./support.ts";

const stored = recording("application.one-rolled-back-but-done").response as Record<
  string,
  unknown
>;

interface Batch {
  readonly names: readonly string[];
  readonly inputs: readonly Readonly<Record<string, unknown>>[];
}

/** Null for a single request. */
function batchOf({ procedure, body }: Asked): Batch | null {
  if (!procedure.startsWith("trpc/")) return null;
  const names = procedure.slice("trpc/".length).split(",");
  const items = body as Readonly<Record<string, { json: Record<string, unknown> }>>;
  return { names, inputs: names.map((_, index) => items[index]?.json ?? {}) };
}

const project = (name: string): unknown => ({
  project: { projectId: `id of ${name}`, createdAt: "2026-01-01T00:00:00.000Z" },
  environment: { environmentId: `environment of ${name}` },
});

/** Answers creations of projects, in batches or alone. */
function projects(asked: Asked): Reply {
  const batch = batchOf(asked);
  if (batch === null) return { json: project((asked.body as { name: string }).name) };
  return { json: batch.inputs.map(({ name }) => item(project(String(name)))) };
}

const create = (platform: Platform, name: string, variables = {}) =>
  platform.createProject({ name, description: "", variables });

const names = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `project-${index}`);

/** How each of them ended: its id, or the code of its error. */
async function endings(calls: readonly Promise<{ readonly id: string }>[]) {
  const settled = await Promise.allSettled(calls);
  return settled.map((one) =>
    one.status === "fulfilled" ? one.value.id : (one.reason as { code?: string }).code,
  );
}

test("writes of one moment are one request, and each gets its own answer", async () => {
  const { url, asked } = await serve(projects);
  const platform = platformOn(url);
  const ended = await endings(names(20).map((name) => create(platform, name)));
  expect(ended).toEqual(names(20).map((name) => `id of ${name}`));
  expect(asked).toHaveLength(1);
});

test("one that comes alone is sent alone, at once", async () => {
  const { url, asked } = await serve(projects);
  expect((await create(platformOn(url), "alone")).id).toBe("id of alone");
  expect(asked.map(({ procedure }) => procedure)).toEqual(["project.create"]);
});

test("more than 25 are several requests, and those that come while two are under way leave together", async () => {
  const { url, asked } = await serve(projects);
  const platform = platformOn(url);
  expect(await endings(names(70).map((name) => create(platform, name)))).toHaveLength(70);
  expect(asked.map((one) => batchOf(one)?.names.length)).toEqual([25, 25, 20]);
});

test("what would be over Dokploy's limit together is sent apart, and only what is over it alone fails", async () => {
  const { url, asked } = await serve(projects);
  const platform = platformOn(url);
  const variables = (kilobytes: number) => ({ LONG: "x".repeat(kilobytes * 1_024) });
  const ended = await endings([
    create(platform, "a", variables(600)),
    create(platform, "b", variables(600)),
    create(platform, "too-large", variables(1_100)),
    create(platform, "c"),
  ]);
  expect(ended).toEqual(["id of a", "id of b", "invalid", "id of c"]);
  expect(asked.every((one) => JSON.stringify(one.body).length <= 1_024 * 1_024)).toBe(true);
});

test("domains, basic auth, redirects, deployments and deletions are never in a batch", async () => {
  const { url, asked } = await serve(() => ({ json: true }));
  const platform = platformOn(url);
  const password = { kind: "basicAuth", spec: { username: "ops", password: "x" } } as const;
  const redirect = {
    kind: "redirect",
    spec: { regex: "^/a", replacement: "/b", permanent: false },
  } as const;
  await Promise.all(
    ["a", "b"].flatMap((id) => [
      platform.createChild(app(id), password),
      platform.createChild(app(id), redirect),
      platform.deploy(app(id), { title: "t", description: "d" }, 1_000),
      platform.deleteChild(id, "domain"),
      platform.deleteService(app(id)),
      platform.deleteProject(id),
    ]),
  );
  expect(asked).toHaveLength(12);
  expect(asked.filter(({ procedure }) => procedure.startsWith("trpc/"))).toEqual([]);
});

test("an item that is refused fails alone", async () => {
  const { url } = await serve((asked) => ({
    status: 207,
    json: (batchOf(asked)?.inputs ?? []).map(({ name }) =>
      name === "b"
        ? refusalItem(400, "BAD_REQUEST", "project.create", "no")
        : item(project(String(name))),
    ),
  }));
  const platform = platformOn(url);
  const ended = await endings(["a", "b", "c"].map((name) => create(platform, name)));
  expect(ended).toEqual(["id of a", "invalid", "id of c"]);
});

test("of an item whose answer has another shape nobody knows whether it happened", async () => {
  const { url, asked } = await serve((one) => ({
    json: (batchOf(one)?.inputs ?? []).map(({ name }) =>
      item(name === "b" ? { strange: true } : project(String(name))),
    ),
  }));
  const platform = platformOn(url);
  const ended = await endings(["a", "b", "c"].map((name) => create(platform, name)));
  expect(ended).toEqual(["id of a", "uncertain", "id of c"]);
  expect(asked).toHaveLength(1);
});

test.each<readonly [string, Reply]>([
  ["is cut off before it begins", { cut: "before" }],
  ["is cut off in the middle", { cut: "middle", json: [item(project("a")), item(project("b"))] }],
  ["has fewer items than were asked for", { json: [item(project("a"))] }],
  ["has fewer items, all refused", { status: 400, json: [refusalItem(400, "X", "x", "no")] }],
  ["is no batch", { json: project("a") }],
  ["is empty", { status: 200 }],
  ["is an HTML page", { status: 200, text: "<html>welcome</html>" }],
  ["is an error of the server", { status: 500, json: { message: "no" } }],
  ["is an error of a proxy", { status: 502, text: "<html>Bad Gateway</html>" }],
])("W3 an answer that %s leaves every item in doubt, and none is sent again", async (_, reply) => {
  const { url, asked } = await serve(() => reply);
  const platform = platformOn(url);
  const ended = await endings(["a", "b"].map((name) => create(platform, name)));
  expect(ended).toEqual(["uncertain", "uncertain"]);
  expect(asked).toHaveLength(1);
});

test.each([400, 404, 405, 413, 414, 415, 431, 501])(
  "where batches of writes are refused with %s, each is sent alone, once, and that is remembered",
  async (status) => {
    const { url, asked } = await serve((one) =>
      batchOf(one) === null ? projects(one) : { status, json: { message: "refused" } },
    );
    const platform = platformOn(url);
    const alone = () => asked.filter((one) => batchOf(one) === null).length;
    const first = await endings(["a", "b", "c"].map((name) => create(platform, name)));
    expect(first).toEqual(["id of a", "id of b", "id of c"]);
    expect(alone()).toBe(3);
    asked.length = 0;
    await endings(["d", "e"].map((name) => create(platform, name)));
    expect([asked.length, alone()]).toEqual([2, 2]);
  },
);

test("where batches are refused and the first single write is lost, the others were not sent", async () => {
  const { url, asked } = await serve((one) =>
    batchOf(one) === null ? { cut: "before" } : { status: 404, json: { message: "refused" } },
  );
  const platform = platformOn(url);
  const ended = await endings(["a", "b", "c"].map((name) => create(platform, name)));
  expect(ended).toEqual(["uncertain", "unavailable", "unavailable"]);
  expect(asked).toHaveLength(2);
});

test("W12 writes that have gathered and were not sent are cancelled when it stops", async () => {
  const { url, asked } = await serve(projects);
  const platform = platformOn(url);
  const calls = names(30).map((name) => create(platform, name));
  await platform.stop();
  expect(new Set(await endings(calls))).toEqual(new Set(["cancelled"]));
  expect(asked).toEqual([]);
});

test("details that several ask for in one moment are one request", async () => {
  const { url, asked } = await serve(({ query }) => {
    const inputs = JSON.parse(query.get("input") ?? "{}") as Record<
      string,
      { json: { applicationId: string } }
    >;
    return { json: Object.values(inputs).map(({ json }) => item({ ...stored, ...json })) };
  });
  const platform = platformOn(url);
  const ids = names(20);
  const found = await Promise.all(ids.map((id) => platform.details(apps(id))));
  expect(found.map((one) => [...one.keys()])).toEqual(ids.map((id) => [id]));
  expect(asked).toHaveLength(1);
});

test("the request of several stacks is told as nobody's, the one of a single stack as its own", async () => {
  const told: Extract<Signal, { kind: "dokploy-request" }>[] = [];
  const { url } = await serve(projects);
  const platform = platformOn(url, {
    tell: (signal) => {
      if (signal.kind === "dokploy-request") told.push(signal);
    },
  });
  const of = (stack: string, name: string) =>
    inScope({ stack, service: null }, () => create(platform, name));
  await Promise.all([of("shop", "a"), of("blog", "b")]);
  await Promise.all([of("shop", "c"), of("shop", "d")]);
  expect(told.map(({ stack, calls }) => [stack, calls])).toEqual([
    [null, 2],
    ["shop", 2],
  ]);
});
