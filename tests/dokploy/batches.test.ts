// Batches, and what happens where they are refused.
import { expect, test } from "vitest";
import {
  answering,
  apps,
  failureOf,
  item,
  platformOn,
  recording,
  refusalItem,
  serve,
  skippingClock,
} from "./support.ts";
import type { Handler, Reply } from "./support.ts";

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `id-${index}`);
const stored = recording("application.one-rolled-back-but-done").response as Record<
  string,
  unknown
>;
const applications = answering({
  "application.one": ({ applicationId }) => ({ ...stored, applicationId }),
  "application.update": () => true,
  "project.update": () => ({}),
});

const withoutBatches =
  (status: number, inner: Handler): Handler =>
  (asked) =>
    asked.procedure.startsWith("trpc/") ? { status, text: "refused" } : inner(asked);

test("many details are few requests", async () => {
  const { url, asked } = await serve(applications);
  expect((await platformOn(url).details(apps(...ids(120)))).size).toBe(120);
  expect(asked).toHaveLength(3);
});

test.each([400, 404, 405, 414, 431, 500])(
  "where batches are refused with %s, single requests are used and remembered",
  async (status) => {
    const { url, asked } = await serve(withoutBatches(status, applications));
    const clock = skippingClock();
    const platform = platformOn(url, { clock });
    const found = await platform.details(apps("a", "b", "c"));
    expect([...found.keys()]).toEqual(["a", "b", "c"]);
    asked.length = 0;
    await platform.details(apps("a", "b"));
    expect(asked.map(({ procedure }) => procedure)).toEqual(["application.one", "application.one"]);
    await clock.sleep(11 * 60_000);
    asked.length = 0;
    await platform.details(apps("a", "b"));
    expect(asked[0]?.procedure).toBe("trpc/application.one,application.one");
  },
);

test("an address that is too long is cut in two before batches are given up", async () => {
  const { url, asked } = await serve((one) =>
    one.procedure.split(",").length > 30 ? { status: 431 } : applications(one),
  );
  expect((await platformOn(url).details(apps(...ids(50)))).size).toBe(50);
  expect(asked.every(({ procedure }) => procedure.startsWith("trpc/"))).toBe(true);
  expect(asked).toHaveLength(3);
});

test("a server that fails everywhere is not said to refuse batches", async () => {
  let isDown = true;
  const { url, asked } = await serve((one) =>
    isDown ? { status: 502, text: "<html>" } : applications(one),
  );
  const platform = platformOn(url);
  expect((await failureOf(platform.details(apps("a", "b")))).code).toBe("unavailable");
  // Three tries as a batch and one look whether single requests fare better.
  expect(asked).toHaveLength(4);
  isDown = false;
  asked.length = 0;
  await platform.details(apps("a", "b"));
  expect(asked.map(({ procedure }) => procedure)).toEqual(["trpc/application.one,application.one"]);
});

test("R8 an item that fails for a moment inside a batch is asked again alone", async () => {
  const boom = refusalItem(500, "INTERNAL_SERVER_ERROR", "application.one", "boom");
  const { url, asked } = await serve((one) =>
    one.procedure.startsWith("trpc/")
      ? { status: 207, json: [item({ ...stored, applicationId: "a" }), boom] }
      : applications(one),
  );
  const found = await platformOn(url).details(apps("a", "b"));
  expect([...found.values()].map((one) => one?.serviceId)).toEqual(["a", "b"]);
  expect(asked.map(({ procedure }) => procedure)).toEqual([
    "trpc/application.one,application.one",
    "application.one",
  ]);
});

test("R5 a key that is refused is asked about once, not once more for each single request", async () => {
  const { status, response } = recording("auth-bad-key");
  const { url, asked } = await serve(() => ({ status, json: response }));
  expect((await failureOf(platformOn(url).details(apps("a", "b")))).code).toBe("unauthorised");
  expect(asked).toHaveLength(1);
});

test("one that is gone is null, as the recording of a batch says", async () => {
  const { status, response } = recording("trpc-batch");
  const { url } = await serve(() => ({ status, json: response }));
  const found = await platformOn(url).details(apps("a", "b"));
  expect([...found]).toEqual([
    ["a", null],
    ["b", null],
  ]);
});

test("R3 a detail that fails otherwise is an error, never an absence", async () => {
  const broken = refusalItem(404, "NOT_FOUND", "application.one", 'No procedure found on path "x"');
  const { url } = await serve(() => ({ status: 404, json: [broken, broken] }));
  expect((await failureOf(platformOn(url).details(apps("a", "b")))).code).toBe("unsupported");
  const { url: html } = await serve(() => ({ status: 404, text: "<html>not here</html>" }));
  expect((await failureOf(platformOn(html).details(apps("a")))).code).toBe("unavailable");
  const { url: lost } = await serve(() => ({ status: 404, text: "404 page not found\n" }));
  expect((await failureOf(platformOn(lost).details(apps("a")))).code).toBe("unavailable");
  const { url: bare } = await serve(() => ({
    status: 404,
    json: recording("unknown-procedure").response,
  }));
  expect((await failureOf(platformOn(bare).details(apps("a")))).code).toBe("unsupported");
});

const marks = [
  { kind: "project", id: "p", description: "one" },
  { kind: "application", id: "a", description: "two" },
] as const;

test("markers of projects and applications are one request", async () => {
  const { url, asked } = await serve(applications);
  await platformOn(url).writeDescriptions(marks);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.method).toBe("POST");
  expect(asked[0]?.procedure).toBe("trpc/project.update,application.update");
  expect(asked[0]?.body).toEqual({
    0: { json: { projectId: "p", description: "one" } },
    1: { json: { applicationId: "a", description: "two" } },
  });
});

test("markers are written one by one where batches are refused, and those of composes always", async () => {
  const { url, asked } = await serve(withoutBatches(405, applications));
  await platformOn(url).writeDescriptions([
    ...marks,
    { kind: "compose", id: "c", description: "three" },
  ]);
  expect(asked.slice(1).map(({ procedure }) => procedure)).toEqual([
    "project.update",
    "application.update",
    "compose.update",
  ]);
});

test("each item of a batch of markers counts: the recording with one that is missing", async () => {
  const { status, response } = recording("trpc-batch-mutation-mixed");
  const { url } = await serve(() => ({ status, json: response }));
  const three = ["a5", "a6", "nope"].map(
    (id) => ({ kind: "application", id, description: "q" }) as const,
  );
  const error = await failureOf(platformOn(url).writeDescriptions(three));
  expect(error.code).toBe("not-found");
  expect(error.message).toContain("1 of 3");
});

test.each<Reply>([{ cut: "before" }, { status: 502, text: "<html>Bad Gateway</html>" }])(
  "a batch of markers whose answer was lost is uncertain: %j",
  async (reply) => {
    const { url, asked } = await serve(() => reply);
    expect((await failureOf(platformOn(url).writeDescriptions(marks))).code).toBe("uncertain");
    expect(asked).toHaveLength(1);
  },
);

test("what libsql's update would reset goes back as it was, with a new description", async () => {
  const kept = { dockerImage: "acme/libsql:1", enableNamespaces: true };
  const { url, asked } = await serve(() => ({ json: { ...kept, name: "l" } }));
  await platformOn(url).writeDescriptions([{ kind: "libsql", id: "l", description: "d" }]);
  expect(asked.map(({ procedure }) => procedure)).toEqual(["libsql.one", "libsql.update"]);
  expect(asked[1]!.body).toEqual({ libsqlId: "l", description: "d", ...kept });
});

test("one application that cannot be read is told, and the others are there", async () => {
  const good = item({ ...stored, applicationId: "a" });
  const { url } = await serve(() => ({ status: 207, json: [good, item({ nonsense: true })] }));
  const platform = platformOn(url);
  expect((await failureOf(platform.details(apps("a", "b")))).code).toBe("unavailable");
  const unreadable: string[] = [];
  const found = await platform.details(apps("a", "b"), (id) => unreadable.push(id));
  expect([[...found.keys()], unreadable]).toEqual([["a"], ["b"]]);
});

test("where of several none can be read, no single one is told", async () => {
  const { url } = await serve(() => ({ json: [item({ x: 1 }), item({ x: 2 })] }));
  const unreadable: string[] = [];
  const asked = platformOn(url).details(apps("a", "b"), (id) => unreadable.push(id));
  expect((await failureOf(asked)).code).toBe("unavailable");
  expect(unreadable).toEqual([]);
});
