// The way to Hetzner's API: what each code means, the limit of requests, locks, time-outs, other servers in its
// place, and that the token stays where it belongs.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pauseAfter } from "../../src/dns/hetzner-limits.ts";
import type { ErrorCode, ErrorKind } from "../../src/lib/errors.ts";
import { describeError } from "../../src/lib/errors.ts";
import { createLogger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import type { Dns } from "../../src/ports-dns.ts";
import { failure } from "../forge/support.ts";
import { startFakeHetzner } from "../support/fake-hetzner.ts";
import type { FakeHetzner } from "../support/fake-hetzner.ts";
import { hetznerAt, sleepClock } from "./support.ts";
import type { SleepClock } from "./support.ts";

let host: FakeHetzner;
let dns: Dns;
let clock: SleepClock;
beforeEach(async () => {
  clock = sleepClock();
  host = await startFakeHetzner({ now: () => clock.now() });
  dns = hetznerAt(host, clock);
});
afterEach(() => host.close());

const alice = { name: "alice.ai.example.com", address: "203.0.113.7" };
const create = () => dns.createARecord(alice);
const refusal = (code: string, details: unknown = null) => ({
  error: { code, message: `because of ${code}`, details },
});

/** Answers every change with this, and nothing else. */
function answerWrites(status: number, body: unknown): void {
  const { intercept } = host;
  host.intercept = (call) => (call.method === "GET" ? intercept!(call) : { status, body });
}

describe("refusals", () => {
  test.each<[number, string, ErrorCode, ErrorKind | undefined, string]>([
    [401, "unauthorized", "unauthorised", undefined, "HETZNER_API_TOKEN"],
    [403, "forbidden", "forbidden", undefined, "Read & Write"],
    [403, "token_readonly", "forbidden", "token-read-only", "Read & Write"],
    // The API was seen to say it with this status as well.
    [401, "token_readonly", "forbidden", "token-read-only", "Read & Write"],
    [404, "not_found", "not-found", undefined, "one project's zones"],
    [409, "uniqueness_error", "conflict", "exists", "capstan dns check"],
    [409, "conflict", "conflict", undefined, "try again"],
    [423, "locked", "conflict", "locked", "still under way"],
    [403, "protected", "forbidden", "protected", "lift the protection"],
    [423, "resource_locked", "forbidden", "protected", "support"],
    [429, "rate_limit_exceeded", "rate-limited", undefined, "used up"],
    [422, "incorrect_zone_mode", "unsupported", undefined, "secondary zone"],
    [410, "deprecated_api_endpoint", "unsupported", undefined, "update Capstan"],
    [422, "resource_limit_exceeded", "invalid", undefined, "Hetzner Console"],
    [500, "server_error", "uncertain", undefined, "may have worked"],
    [504, "timeout", "uncertain", undefined, "may have worked"],
    [503, "maintenance", "unavailable", undefined, "status.hetzner.com"],
    [418, "a_new_one", "invalid", undefined, ""],
    [403, "a_new_one", "forbidden", undefined, "Read & Write"],
    [409, "a_new_one", "conflict", undefined, "capstan dns check"],
  ])("%i %s is %s", async (status, code, ours, kind, hint) => {
    answerWrites(status, refusal(code));
    const error = await failure(create(), ours);
    expect(error.kind).toBe(kind);
    expect(error.message).toContain(`because of ${code}`);
    expect(error.message).toContain("create the A record alice.ai.example.com");
    expect(error.hint ?? "").toContain(hint);
  });

  test("of an input names the fields", async () => {
    answerWrites(
      422,
      refusal("invalid_input", { fields: [{ name: "ttl", messages: ["too low"] }] }),
    );
    const error = await failure(create(), "invalid");
    expect(error.message).toMatch(/: because of invalid_input \(ttl too low\)$/);
  });

  test("with a whole page in place of words are cut and cleaned", async () => {
    answerWrites(422, {
      error: { code: "invalid_input", message: `\u001b[31m${"x".repeat(9_000)}` },
    });
    const error = await failure(create(), "invalid");
    expect(error.message.length).toBeLessThan(450);
    expect(error.message).not.toContain("\u001b");
  });

  test("of a token that may only read", async () => {
    host.readOnly = true;
    await dns.list();
    expect((await failure(create(), "forbidden")).kind).toBe("token-read-only");
    expect(host.writes()).toHaveLength(1);
  });

  test("of a protected record set", async () => {
    host.put("example.com", "alice.ai", "A", ["203.0.113.1"]).protection.change = true;
    const error = await failure(dns.remove(alice.name, "A", ["203.0.113.1"]), "forbidden");
    expect(error.kind).toBe("protected");
    await failure(dns.update(alice.name, "A", { values: ["203.0.113.2"] }), "forbidden");
    expect(host.values("example.com", "alice.ai", "A")).toEqual(["203.0.113.1"]);
  });

  test("of a secondary zone", async () => {
    const other = await startFakeHetzner({ zones: [{ name: "example.com", mode: "secondary" }] });
    const error = await failure(hetznerAt(other, clock).list(), "unsupported");
    expect(error.hint).toContain("your own name server");
    await other.close();
  });

  test("of a wrong token", async () => {
    const stranger = hetznerAt(host, clock, { token: "another-token" });
    const error = await failure(stranger.list(), "unauthorised");
    expect(error.hint).toContain("old DNS Console");
  });
});

describe("a code that is new", () => {
  test.each([400, 401, 403, 404, 409, 410, 422, 500, 503])(
    "with status %i says nothing about sending a change again",
    async (status) => {
      answerWrites(status, refusal("a_new_one"));
      await create().catch(() => null);
      expect(host.writes()).toHaveLength(1);
    },
  );

  test.each([423, 429])("with status %i was not carried out, and is sent again", async (status) => {
    const { intercept } = host;
    let refused = 0;
    host.intercept = (call) => {
      if (call.method === "GET" || refused > 0) return intercept!(call);
      refused += 1;
      return { status, body: refusal("a_new_one") };
    };
    await create();
    expect(host.writes()).toHaveLength(2);
  });
});

describe("a lock", () => {
  test("that ends is waited out, and the change sent again", async () => {
    host.actionPolls = 4;
    const slow = create();
    const other = dns.createARecord({ name: "bob.ai.example.com", address: "203.0.113.8" });
    await Promise.all([slow, other]);
    expect(host.values("example.com", "alice.ai", "A")).toEqual(["203.0.113.7"]);
    expect(host.values("example.com", "bob.ai", "A")).toEqual(["203.0.113.8"]);
  });

  test("that does not end is told after about a minute", async () => {
    answerWrites(423, refusal("locked"));
    const before = clock.now();
    await failure(create(), "conflict");
    const waited = clock.now() - before;
    expect(waited).toBeGreaterThan(45_000);
    expect(waited).toBeLessThanOrEqual(60_000);
    expect(host.writes().length).toBeLessThan(20);
  });
});

describe("the limit of requests", () => {
  test("that is used up is waited for as long as one request takes to come back", async () => {
    host.limit = { perHour: 3_600, remaining: 0 };
    await create();
    expect(host.values("example.com", "alice.ai", "A")).toEqual(["203.0.113.7"]);
    const refused = host.calls.length - 3;
    expect(refused).toBe(1);
    expect(clock.slept.every((ms) => ms <= 1_000)).toBe(true);
  });

  test("is not run into: after the last request that is left the next one waits", async () => {
    host.limit = { perHour: 3_600, remaining: 2 };
    await create();
    expect(host.calls).toHaveLength(3);
    expect(clock.slept).toEqual([1_000]);
  });

  test("that others use up is waited for twice as long each time, and told in the end", async () => {
    host.intercept = () => {
      host.limit.remaining = 0;
      return { status: 429, body: refusal("rate_limit_exceeded") };
    };
    const error = await failure(dns.list(), "rate-limited");
    expect(error.retryAfterMs).toBeGreaterThan(3_500_000);
    expect(error.hint).toContain("try again in 60 min");
    expect(clock.slept.filter((ms) => ms > 0)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000]);
    expect(host.calls).toHaveLength(6);
  });

  test("whose Retry-After is long is told at once, and nothing is asked before", async () => {
    host.intercept = () => ({
      status: 429,
      body: refusal("rate_limit_exceeded"),
      headers: { "retry-after": "600" },
    });
    const error = await failure(dns.list(), "rate-limited");
    expect(error.retryAfterMs).toBe(600_000);
    const again = await failure(dns.list(), "rate-limited");
    expect(again.retryAfterMs).toBe(600_000);
    expect(host.calls).toHaveLength(1);
    expect(clock.slept).toEqual([]);
  });

  const headers = (values: Record<string, string>): Headers => new Headers(values);
  test.each([
    [200, { "ratelimit-remaining": "7" }, 0, null],
    [200, {}, 0, null],
    [200, { "ratelimit-remaining": "0" }, 0, { waitMs: 1_000, wholeMs: 1_000 }],
    [
      200,
      { "ratelimit-remaining": "0", "ratelimit-limit": "36000" },
      0,
      { waitMs: 100, wholeMs: 100 },
    ],
    [429, {}, 3, { waitMs: 4_000, wholeMs: 4_000 }],
    [429, { "ratelimit-reset": "1000003" }, 3, { waitMs: 3_000, wholeMs: 3_000 }],
    [429, { "ratelimit-reset": "999" }, 3, { waitMs: 1_000, wholeMs: 1_000 }],
    [
      429,
      { "retry-after": "5", "ratelimit-reset": "1000100" },
      1,
      { waitMs: 5_000, wholeMs: 100_000 },
    ],
    [
      429,
      { "ratelimit-limit": "junk", "ratelimit-reset": "-1" },
      1,
      { waitMs: 1_000, wholeMs: 1_000 },
    ],
    [429, { "ratelimit-limit": "0" }, 60, { waitMs: 3_600_000, wholeMs: 3_600_000 }],
  ])("%i %o after %i refusals is a pause of %o", (status, said, refusals, pause) => {
    expect(pauseAfter(status, headers(said), refusals, 1_000_000_000)).toEqual(pause);
  });
});

describe("an API that is not well", () => {
  test("is asked three times for what is read, once for a change", async () => {
    await dns.zone();
    host.intercept = () => ({ status: 502, body: "<html>Bad Gateway</html>" });
    await failure(dns.list(), "unavailable");
    expect(host.calls).toHaveLength(2 + 3);
    await failure(create(), "uncertain");
    expect(host.writes()).toHaveLength(1);
  });

  test("that is not there was never asked: unavailable, for changes as well", async () => {
    await dns.zone();
    await host.close();
    // Takes up the connection that was still open.
    await failure(dns.list(), "unavailable");
    const error = await failure(create(), "unavailable");
    expect(error.message).toContain("Hetzner could not be asked to create");
    expect(error.hint).toContain("HETZNER_API_URL");
  });

  test.each([
    ["a page of another server", { status: 404, body: "<html>Not Found</html>" }],
    ["a redirect", { status: 302, body: "", headers: { location: "http://example.com/" } }],
    ["other JSON", { status: 404, body: { message: "no Route matched" } }],
    ["a page that says well", { status: 200, body: "<html>Welcome</html>" }],
    ["another shape", { status: 200, body: { rrsets: [{ id: 1 }] } }],
  ])("%s is no answer and no absence", async (_, reply) => {
    await dns.zone();
    host.intercept = () => reply;
    await failure(dns.findRRSetByName(alice.name, "A"), "unavailable");
    await failure(dns.list(), "unavailable");
  });
});

test("the token goes into one header, and into no error and no log", async () => {
  const lines: string[] = [];
  const redactor = createRedactor();
  const logger = createLogger({ level: "debug", redactor, write: (line) => lines.push(line) });
  const noisy = hetznerAt(host, clock, { redactor, logger });
  await noisy.list();
  answerWrites(422, { error: { code: "invalid_input", message: `you sent ${host.token}` } });
  const error = await noisy.createARecord(alice).catch((thrown: unknown) => thrown);
  expect(describeError(error)).toContain("you sent (secret)");
  expect(lines.join("")).toContain("list the records of example.com");
  expect(lines.join("")).not.toContain(host.token);
  expect(host.calls.every(({ path, query }) => !`${path}?${query}`.includes(host.token))).toBe(
    true,
  );
});

test("what was cancelled stops waiting, and sends nothing more", async () => {
  const ending = new AbortController();
  const stopped = hetznerAt(host, clock, { signal: ending.signal });
  await stopped.zone();
  ending.abort();
  const before = host.calls.length;
  await failure(stopped.createARecord(alice), "cancelled");
  expect(host.calls).toHaveLength(before);
});
