// Law R8: how requests reach the server, over real HTTP.
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { CapstanError } from "../../src/lib/errors.ts";
import type { HttpClient, HttpRequest } from "../../src/lib/http.ts";
import { httpClient } from "../../src/lib/http.ts";
import type { Child } from "../../src/model/children.ts";
import type { Platform } from "../../src/ports.ts";
import { until } from "../support/until.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { domainAt } from "../support/kinds.ts";
import {
  answering,
  app,
  apps,
  failureOf,
  platformOn,
  recording,
  serve,
  skippingClock,
} from "./support.ts";
import type { Asked, Reply } from "./support.ts";

const domain: Child = {
  kind: "domain",
  spec: domainAt("a.example.com"),
};

function settingTimeouts(
  http: HttpClient,
  change: (request: HttpRequest) => HttpRequest,
): HttpClient {
  return { send: (request) => http.send(change(request)) };
}

/** Holds every request until all that will come have come, and remembers how many there were at once. */
async function crowded(handle: (asked: Asked) => Reply) {
  let now = 0;
  const seen = { most: 0, mostInLane: 0 };
  let lane = 0;
  const server = await serve(async (asked) => {
    const inLane = /^(?:domain|security|redirects)\.|\.(?:delete|remove)$/.test(asked.procedure);
    now++;
    if (inLane) lane++;
    seen.most = Math.max(seen.most, now);
    seen.mostInLane = Math.max(seen.mostInLane, lane);
    // Several turns of the event loop: whatever else is on its way arrives meanwhile.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    now--;
    if (inLane) lane--;
    return handle(asked);
  });
  return { ...server, seen };
}

test("R8 at most four requests are under way at once", async () => {
  const { url, seen } = await crowded(() => ({ json: true }));
  const platform = platformOn(url);
  await Promise.all(
    Array.from({ length: 24 }, (_, index) =>
      platform.deploy(app(`app-${index}`), { title: "title", description: "" }, 60_000),
    ),
  );
  expect(seen.most).toBe(4);
});

test("R8 writes to domains, basic auth, redirects and deletions never overlap", async () => {
  const { url, seen } = await crowded(() => ({ json: true }));
  const platform = platformOn(url);
  const basicAuth: Child = { kind: "basicAuth", spec: { username: "u", password: "p" } };
  const redirect: Child = {
    kind: "redirect",
    spec: { regex: "^/a", replacement: "/b", permanent: false },
  };
  await Promise.all([
    ...Array.from({ length: 12 }, (_, index) => platform.createChild(app(`app-${index}`), domain)),
    platform.createChild(app("app"), basicAuth),
    platform.updateChild(app("app"), "id", redirect),
    platform.deleteChild("id", "port"),
    platform.deleteService(app("id")),
    platform.deleteEnvironment("id"),
    platform.deleteProject("id"),
    platform.deploy(app("app"), { title: "title", description: "" }, 60_000),
  ]);
  expect(seen.mostInLane).toBe(1);
});

test("R8 every request has a time-out", async () => {
  const { url } = await serve(answering({}));
  const timeouts: number[] = [];
  const watching = settingTimeouts(httpClient, (request) => {
    timeouts.push(request.timeoutMs);
    return request;
  });
  const platform = platformOn(url, { http: watching });
  const all: ((on: Platform) => Promise<unknown>)[] = [
    (on) => on.list(),
    (on) => on.details(apps("a")),
    (on) => on.check(),
    (on) => on.createProject({ name: "a", description: "", variables: {} }),
    (on) => on.createChild(app("a"), domain),
    (on) => on.deleteProject("a"),
    (on) => on.observeRollouts(apps("a")),
    (on) => on.liveServices(["a"]),
    (on) => on.tasks("a"),
    (on) => on.buildLog("a", 10),
    (on) => on.writeDescriptions([{ kind: "project", id: "a", description: "b" }]),
  ];
  for (const call of all) await call(platform).catch(() => undefined);
  expect(timeouts.length).toBeGreaterThanOrEqual(all.length);
  expect(Math.min(...timeouts)).toBeGreaterThan(0);
  expect(Math.max(...timeouts)).toBe(120_000);
});

test("R8 a read that failed is repeated, three times in all", async () => {
  const good = recording("project.one-missing");
  let count = 0;
  const { url, asked } = await serve(() =>
    ++count < 3 ? { cut: "before" } : { status: good.status, json: good.response },
  );
  const error = await failureOf(platformOn(url).tasks("web"));
  expect(error.code).toBe("not-found");
  expect(asked).toHaveLength(3);
  count = -10;
  expect((await failureOf(platformOn(url).tasks("web"))).code).toBe("unavailable");
  expect(asked).toHaveLength(6);
});

test("https where only http is spoken is told in one line, with what to try", async () => {
  const { url, asked } = await serve(() => ({ json: {} }));
  const error = await failureOf(platformOn(url.replace("http:", "https:")).list());
  expect(error.message).toMatch(/ cannot be reached: wrong version number \(SSL routines\)$/);
  expect(error.message).not.toContain("\n");
  expect(error.hint).toContain("try http:// in DOKPLOY_URL");
  expect(asked).toEqual([]);
});

test("R8 a list that ran into its time-out is not asked again at once, a short read is", async () => {
  const clock = skippingClock();
  const sent: string[] = [];
  const http: HttpClient = {
    async send({ url, timeoutMs }) {
      sent.push(url);
      await clock.sleep(timeoutMs);
      throw new CapstanError("unavailable", "no answer");
    },
  };
  const platform = platformOn("http://127.0.0.1:9", { clock, http });
  expect((await failureOf(platform.list())).code).toBe("unavailable");
  expect(sent).toHaveLength(1);
  expect((await failureOf(platform.tasks("web"))).code).toBe("unavailable");
  expect(sent).toHaveLength(4);
});

test.each<[string, Reply]>([
  ["whose connection is lost", { cut: "before" }],
  ["whose answer is cut off", { json: { projectId: "a" }, cut: "middle" }],
  ["that a proxy answers with 502", { status: 502, text: "<html>Bad Gateway</html>" }],
  [
    "that fails inside with 500",
    { status: 500, json: recording("application.update-noop").response },
  ],
  ["whose answer has another shape", { json: { unexpected: true } }],
  ["whose answer is no JSON", { text: '{"project":' }],
])("R8 a write %s is uncertain and is not repeated", async (_, reply) => {
  const { url, asked } = await serve(() => reply);
  const call = platformOn(url).createProject({ name: "a", description: "", variables: {} });
  expect((await failureOf(call)).code).toBe("uncertain");
  expect(asked).toHaveLength(1);
});

test("a deletion that a proxy answers with 404 is not taken for done", async () => {
  const { url } = await serve(() => ({ status: 404, text: "404 page not found\n" }));
  expect((await failureOf(platformOn(url).deleteProject("p"))).code).toBe("unavailable");
  const unknown = recording("unknown-procedure").response;
  const { url: other } = await serve(() => ({ status: 404, json: unknown }));
  expect((await failureOf(platformOn(other).deleteProject("p"))).code).toBe("unsupported");
});

test("a refused connection leaves no doubt: nothing was sent", async () => {
  const gone = createServer();
  await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
  const { port } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  const platform = platformOn(`http://127.0.0.1:${port}`);
  const error = await failureOf(
    platform.createProject({ name: "a", description: "", variables: {} }),
  );
  expect(error.code).toBe("unavailable");
  expect(error.hint).toContain("DOKPLOY_URL");
});

test("R8 Retry-After is waited out when short", async () => {
  let count = 0;
  const { url, asked } = await serve(() =>
    ++count === 1
      ? { status: 503, json: { message: "busy" }, headers: { "retry-after": "7" } }
      : { json: [] },
  );
  const clock = skippingClock();
  expect(await platformOn(url, { clock }).tasks("web")).toEqual([]);
  expect(asked).toHaveLength(2);
  expect(clock.slept.reduce((a, b) => a + b, 0)).toBe(7_000);
});

test("R8 a short Retry-After holds every other request back too", async () => {
  let count = 0;
  const { url } = await serve(() =>
    ++count === 1
      ? { status: 429, json: { message: "slow down" }, headers: { "retry-after": "3" } }
      : { json: true },
  );
  const clock = skippingClock();
  const platform = platformOn(url, { clock });
  expect(
    (await failureOf(platform.deploy(app("app"), { title: "title", description: "" }, 60_000)))
      .code,
  ).toBe("rate-limited");
  expect(clock.slept).toEqual([]);
  await platform.deploy(app("app"), { title: "title", description: "" }, 60_000);
  expect(clock.slept).toEqual([3_000]);
});

test("R8 a long Retry-After stops all requests until it is over", async () => {
  let count = 0;
  const { url, asked } = await serve(() =>
    ++count === 1
      ? { status: 429, json: { message: "slow down" }, headers: { "retry-after": "60" } }
      : { json: [] },
  );
  const clock = skippingClock();
  const platform = platformOn(url, { clock });
  const first = await failureOf(platform.tasks("web"));
  expect([first.code, first.retryAfterMs]).toEqual(["rate-limited", 60_000]);
  const second = await failureOf(
    platform.deploy(app("app"), { title: "title", description: "" }, 60_000),
  );
  expect([second.code, second.retryAfterMs]).toEqual(["rate-limited", 60_000]);
  expect(asked).toHaveLength(1);
  await clock.sleep(60_000);
  expect(await platform.tasks("web")).toEqual([]);
});

test("answers may come compressed", async () => {
  const { url, asked } = await serve(() => ({ json: [] }));
  await platformOn(url).tasks("web");
  expect(asked[0]?.headers["accept-encoding"]).toContain("gzip");
  const zipped = await new Promise<string>((resolve) => {
    const bytes = gzipSync('[{"currentState":"Running 2 hours ago"}]');
    void import("node:http").then(({ createServer: http }) => {
      const server = http((_, response) => {
        response.writeHead(200, { "content-encoding": "gzip", connection: "close" });
        response.end(bytes, () => server.close());
      });
      server.listen(0, "127.0.0.1", () =>
        resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
      );
    });
  });
  expect((await platformOn(zipped).tasks("web"))[0]?.ageMs).toBe(7_200_000);
});

test("what Dokploy would cut off is refused before it is sent", async () => {
  const { url, asked } = await serve(() => ({ json: true }));
  const file: Child = {
    kind: "mount",
    spec: { type: "file", content: "x".repeat(1_100_000), target: "/a" },
  };
  expect((await failureOf(platformOn(url).createChild(app("app"), file))).code).toBe("invalid");
  expect(asked).toHaveLength(0);
});

test.each(["", "/", "/api", "/api/", "/api/trpc"])(
  "the address may end in %s, and the key goes as a header",
  async (end) => {
    const { url, asked } = await serve(() => ({ json: [] }));
    await platformOn(`${url}${end}`).tasks("web");
    expect(asked[0]?.procedure).toBe("docker.getServiceContainersByAppName");
    expect(asked[0]?.headers["x-api-key"]).toBe("test-key-abcdef");
  },
);

test("W12 close waits for a write 30 s and no longer, and what was not answered is uncertain", async () => {
  const { url, asked } = await serve(() => ({ silent: true }));
  const clock = createVirtualClock();
  const platform = platformOn(url, { clock });
  const sent = failureOf(
    platform.deploy(app("app-1"), { title: "title", description: "" }, 60_000),
  );
  await until("it was sent", () => asked.length === 1);
  void platform.stop();
  await clock.advance(10_000);
  let isClosed = false;
  const closed = platform.close().then(() => (isClosed = true));
  await clock.advance(19_000);
  expect(isClosed).toBe(false);
  await clock.advance(1_000);
  await closed;
  expect((await sent).code).toBe("uncertain");
});

test("after close nothing is sent", async () => {
  const { url, asked } = await serve(() => ({ json: [] }));
  const platform = platformOn(url);
  await platform.close();
  expect((await failureOf(platform.tasks("web"))).code).toBe("cancelled");
  expect(asked).toHaveLength(0);
});
