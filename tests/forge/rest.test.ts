// The way to a host that all adapters share, seen through Gitea's: time-outs and lost answers, limits,
// redirects, pages of other servers, secrets.
import { afterEach, beforeEach, expect, test } from "vitest";
import { createForge, createForges } from "../../src/forge/create.ts";
import { nextPage } from "../../src/forge/rest.ts";
import { httpClient } from "../../src/lib/http.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import type { Forge } from "../../src/ports-forge.ts";
import { startFakeGitea } from "../support/fake-gitea.ts";
import type { FakeGitea } from "../support/fake-gitea.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { alice, checkOf, failure, forgeOptions } from "./support.ts";

let host: FakeGitea;
let forge: Forge;
let head: string;

beforeEach(async () => {
  host = await startFakeGitea();
  forge = createForge("gitea", forgeOptions(host));
  head = (await host.git.ref("refs/heads/main")) ?? "";
});
afterEach(() => host.close());

const change = {
  branch: "main",
  from: null,
  message: "m",
  author: alice,
  files: [{ path: "a.yaml", content: "a" }],
};

test("a read that fails is tried three times in all, a write once", async () => {
  host.intercept = () => ({ status: 502, body: "<html>Bad Gateway</html>" });
  await failure(forge.pull(1), "unavailable");
  expect(host.calls.length).toBe(3);
  await failure(forge.setCheck(checkOf(head)), "unavailable");
  expect(host.calls.length).toBe(4);
});

test("a read that fails once has its answer", async () => {
  let failures = 0;
  host.intercept = () => (failures++ === 0 ? "drop" : null);
  expect(await forge.self()).toBe("capstan-bot");
});

test("a write whose answer is lost is uncertain, one that may be repeated unavailable", async () => {
  await host.addPull({ title: "t", head: "main" });
  host.intercept = ({ method }) => (method === "GET" ? null : "drop");
  const error = await failure(forge.addComment(1, "plan"), "uncertain");
  expect(error.hint).toContain("look before");
  await failure(forge.commit(change), "uncertain");
  await failure(forge.openPull({ title: "t", body: "", head: "main", base: "main" }), "uncertain");
  await failure(forge.setCheck(checkOf(head)), "unavailable");
  await failure(forge.editComment(1, "1", "x"), "unavailable");
});

test("a write to a host that is not there was never sent: unavailable", async () => {
  await host.close();
  const error = await failure(forge.addComment(1, "plan"), "unavailable");
  expect(error.hint).toContain("FORGE_URL");
});

test("a success in another shape leaves a write uncertain", async () => {
  await host.addPull({ title: "t", head: "main" });
  host.spoil = (reply) => ({ ...reply, body: { id: "seven" } });
  await failure(forge.addComment(1, "plan"), "uncertain");
  await failure(forge.pull(1), "unavailable");
});

test.each([
  [401, "unauthorised", "FORGE_TOKEN"],
  [403, "forbidden", "write:repository"],
  [404, "not-found", "FORGE_REPOSITORY"],
  [409, "conflict", null],
  [413, "invalid", "quota"],
  [422, "invalid", null],
  [423, "forbidden", "archived"],
  [451, "forbidden", "blocked"],
] as const)("a refusal with %i is %s and says what to do", async (status, code, hint) => {
  host.intercept = () => ({ status, body: { message: "so it is", url: "https://x/api" } });
  const error = await failure(forge.addComment(1, "plan"), code);
  expect(error.message).toContain("Gitea at 127.0.0.1");
  expect(error.message).toContain("so it is");
  if (hint !== null) expect(error.hint).toContain(hint);
});

test("a wrong token is unauthorised", async () => {
  const stranger = createForge("gitea", forgeOptions(host, { token: "another" }));
  await failure(stranger.self(), "unauthorised");
});

test("pages of other servers are unavailable, their 404 no absence", async () => {
  host.intercept = () => ({ status: 404, body: "<html><h1>Not here</h1></html>" });
  const error = await failure(forge.mayWrite("alice"), "unavailable");
  expect(error.hint).toContain("FORGE_URL");
  host.intercept = () => ({ status: 200, body: "<html>Sign in</html>" });
  await failure(forge.openPulls(), "unavailable");
});

test("a moved repository, a host elsewhere and a sign-in page are told apart", async () => {
  const to = (location: string) => () => ({ status: 301, body: "", headers: { location } });
  host.intercept = to("/api/v1/repos/acme/renamed/pulls");
  const moved = await failure(forge.openPulls(), "not-found");
  expect(moved.hint).toContain("FORGE_REPOSITORY");
  expect(moved.message).toContain("/acme/renamed");
  host.intercept = to("https://git.example.com/api/v1/repos/acme/stacks/pulls");
  const elsewhere = await failure(forge.openPulls(), "unavailable");
  expect(elsewhere.hint).toContain("https://git.example.com");
  host.intercept = to("/user/login?redirect_to=x");
  const signIn = await failure(forge.openPulls(), "unavailable");
  expect(signIn.hint).toContain("sign-in");
  host.intercept = () => ({ status: 302 });
  await failure(forge.setCheck(checkOf(head)), "unavailable");
});

test("a moved repository is no absence of a branch or account", async () => {
  host.intercept = () => ({ status: 307, headers: { location: "/api/v1/repos/acme/new" } });
  await failure(forge.mayWrite("alice"), "not-found");
});

test("too many requests: a short pause is waited out by reads", async () => {
  let refused = 0;
  host.intercept = () =>
    refused++ === 0
      ? { status: 429, body: { message: "slow down" }, headers: { "retry-after": "2" } }
      : null;
  expect(await forge.self()).toBe("capstan-bot");
});

test("too many requests: a long pause is an error with its time, and nothing is sent meanwhile", async () => {
  const clock = createVirtualClock();
  const paused = createForge("gitea", forgeOptions(host, { clock }));
  host.intercept = () => ({
    status: 429,
    body: { message: "slow down" },
    headers: { "retry-after": "120" },
  });
  const first = await failure(paused.setCheck(checkOf(head)), "rate-limited");
  expect(first.retryAfterMs).toBe(120_000);
  host.intercept = null;
  const sent = host.calls.length;
  await clock.advance(20_000);
  const second = await failure(paused.self(), "rate-limited");
  expect(second.retryAfterMs).toBe(100_000);
  expect(host.calls.length).toBe(sent);
  await clock.advance(100_000);
  expect(await paused.self()).toBe("capstan-bot");
});

test("too many requests: the pause holds for all repositories of the host, which are asked apart", async () => {
  const clock = createVirtualClock();
  const on = createForges("gitea", forgeOptions(host, { clock }));
  const [one, other] = [on("acme/stacks"), on("acme/web")];
  expect(other.title).toContain("acme/web");
  expect(await one.openPulls()).toEqual([]);
  await failure(other.openPulls(), "unavailable");
  expect(host.calls.at(-1)?.path).toBe("/repos/acme/web/pulls");
  const body = { message: "slow down" };
  host.intercept = () => ({ status: 429, body, headers: { "retry-after": "120" } });
  await failure(one.setCheck(checkOf(head)), "rate-limited");
  host.intercept = null;
  const sent = host.calls.length;
  await failure(other.openPulls(), "rate-limited");
  expect(host.calls.length).toBe(sent);
});

test.each(["x-ratelimit-reset", "ratelimit-reset"])(
  "the moment in %s is obeyed by the host's own clock, with a 403 too",
  async (name) => {
    const date = new Date("2030-01-01T00:00:00Z");
    const reset = String(date.getTime() / 1_000 + 90);
    for (const status of [429, 403]) {
      const asked = createForge("gitea", forgeOptions(host, { clock: createVirtualClock() }));
      host.intercept = () => ({
        status,
        body: { message: "API rate limit exceeded" },
        headers: {
          [name]: reset,
          [name.replace("reset", "remaining")]: "0",
          date: date.toUTCString(),
        },
      });
      const error = await failure(asked.self(), "rate-limited");
      expect(error.retryAfterMs).toBe(90_000);
    }
  },
);

test("at most four requests are under way at once", async () => {
  let now = 0;
  let most = 0;
  const counted = createForge(
    "gitea",
    forgeOptions(host, {
      http: {
        async send(request) {
          most = Math.max(most, ++now);
          try {
            return await httpClient.send(request);
          } finally {
            now--;
          }
        },
      },
    }),
  );
  await Promise.all(Array.from({ length: 20 }, () => counted.self()));
  expect(most).toBe(4);
});

test("an abort gives up reads and starts nothing more", async () => {
  const stop = new AbortController();
  const stopped = createForge("gitea", forgeOptions(host, { signal: stop.signal }));
  stop.abort();
  await failure(stopped.self(), "cancelled");
  await failure(stopped.setCheck(checkOf(head)), "cancelled");
  expect(host.calls.length).toBe(0);
});

test("P5 neither the token nor a registered secret is in what a refusal says", async () => {
  const redactor = createRedactor();
  redactor.register("hunter2-hunter2");
  const careful = createForge("gitea", forgeOptions(host, { redactor }));
  const leak = `${host.token} and hunter2-hunter2`;
  for (const status of [400, 401, 403, 404, 422, 500]) {
    host.intercept = () => ({ status, body: { message: leak, errors: [leak] } });
    const calls = [
      () => careful.self(),
      () => careful.addComment(1, "x"),
      () => careful.commit(change),
    ];
    for (const call of calls) {
      const error = await call().then(
        () => null,
        (thrown: unknown) => thrown as Error & { hint?: string },
      );
      expect(error).not.toBeNull();
      const told = `${error?.message ?? ""} ${error?.hint ?? ""} ${String(error?.stack)}`;
      expect(told).not.toContain(host.token);
      expect(told).not.toContain("hunter2");
    }
  }
  const location = `/api/v1/${host.token}`;
  host.intercept = () => ({ status: 301, headers: { location } });
  const moved = await failure(careful.self(), "not-found");
  expect(moved.message).not.toContain(host.token);
});

test("the next page is only ever a number further on", () => {
  const next = (headers: Record<string, string>, page = 1, isFull = false) =>
    nextPage(new Headers(headers), page, isFull);
  expect(next({ link: '<https://evil.example/?page=2>; rel="next"' })).toBe(2);
  expect(next({ link: '<https://x/?page=1>; rel="prev", <https://x/?page=5>; rel="next"' })).toBe(
    5,
  );
  expect(next({ link: '<https://x/?page=9>; rel="last"' }, 1, true)).toBeNull();
  expect(next({ link: '<https://x/?page=2>; rel="next"' }, 2)).toBeNull();
  expect(next({ link: "junk" }, 1, true)).toBeNull();
  expect(next({ "x-next-page": "3" }, 2)).toBe(3);
  expect(next({ "x-next-page": "" }, 2, true)).toBeNull();
  expect(next({ "x-next-page": "-1" }, 2, true)).toBeNull();
  expect(next({}, 1, true)).toBe(2);
  expect(next({}, 1, false)).toBeNull();
});

test.each(["", "acme", "acme/", "/acme", "a/b/c", "../x", "acme/..", "a b/c", "acme/x\u0000"])(
  "%j is refused as a repository",
  (repository) => {
    expect(() => createForge("gitea", forgeOptions(host, { repository }))).toThrow(/repository/);
  },
);

test.each(["", "git.example.com", "ssh://git@git.example.com", "javascript:alert(1)"])(
  "%j is refused as an address",
  (url) => {
    expect(() => createForge("gitea", forgeOptions(host, { url }))).toThrow(/address/);
  },
);

test.each(["", "two words", "canary-line\nX: y", "kö"])(
  "P5 the token %j is refused before it is sent, and not told",
  (token) => {
    const make = () => createForge("gitea", forgeOptions(host, { token }));
    expect(make).toThrow(/token/);
    expect(make).not.toThrow(/canary/);
  },
);

test("a proxy that finds a request too large is believed", async () => {
  host.intercept = () => ({ status: 413, body: "<html>413 Request Entity Too Large</html>" });
  await failure(forge.addComment(1, "plan"), "invalid");
});
