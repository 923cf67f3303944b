// Where tags point, asked of a stand-in registry that has the traps of real ones.
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import { httpClient } from "../../src/lib/http.ts";
import { describeError } from "../../src/lib/errors.ts";
import type { RegistryLogin } from "../../src/model/specs.ts";
import type { Registry } from "../../src/ports-registry.ts";
import { createRegistry } from "../../src/registry/registry.ts";
import { createFakeRegistry, digestOf } from "../support/fake-registry.ts";
import type { FakeRegistry } from "../support/fake-registry.ts";

let fake: FakeRegistry;
let registry: Registry;
let nowMs: number;
beforeEach(async () => {
  fake = await createFakeRegistry();
  nowMs = Date.now();
  registry = createRegistry({
    http: httpClient,
    clock: { ...systemClock, now: () => nowMs },
  });
});
afterEach(() => fake.close());

const ask = (login: RegistryLogin | null = null, tag = "1"): Promise<string | null> =>
  registry.digest({ image: `${fake.host}/acme/shop`, login }, tag);
const failure = (asked: Promise<unknown>): Promise<string> =>
  asked.then(() => "no error", describeError);
const methods = (): readonly string[] =>
  fake.requests.map(({ method, status }) => `${method} ${status}`);

test("a tag is asked for by HEAD, lists of manifests included, and the next time only whether it changed", async () => {
  const first = fake.push("acme/shop", "1", "first");
  expect(await ask()).toBe(first);
  expect(fake.requests[0]?.accept).toContain("application/vnd.oci.image.index.v1+json");
  expect(await ask()).toBe(first);
  expect(methods()).toEqual(["HEAD 200", "HEAD 304"]);
  const second = fake.push("acme/shop", "1", "second");
  expect(await ask()).toBe(second);
});

test("what is asked at the same time for one tag is one request", async () => {
  fake.push("acme/shop", "1", "first");
  await Promise.all([ask(), ask(), ask()]);
  expect(methods()).toEqual(["HEAD 200"]);
});

test("a registry that says no digest is asked for the manifest, whose hash it is", async () => {
  fake.saysDigests = false;
  fake.push("acme/shop", "1", "first");
  expect(await ask()).toBe(digestOf("first"));
  expect(methods()).toEqual(["HEAD 405", "GET 200"]);
});

test("a tag that is not there is null, also when it was there before", async () => {
  fake.push("acme/shop", "1", "first");
  await ask();
  fake.remove("acme/shop", "1");
  expect(await ask()).toBeNull();
});

test("a token is asked for where the registry says, with the login, and used again", async () => {
  fake.push("acme/shop", "1", "first");
  fake.login = { username: "acme", password: "pw-of-acme" };
  const login = { url: fake.host, username: "acme", password: "pw-of-acme" };
  expect(await ask(login)).toBe(digestOf("first"));
  expect(await ask(login)).toBe(digestOf("first"));
  expect(methods()).toEqual(["HEAD 401", "GET 200", "HEAD 200", "HEAD 304"]);
  expect(fake.requests[1]?.path).toContain("scope=repository%3Aacme%2Fshop%3Apull");
});

test("a token that is refused before its time is asked for again", async () => {
  fake.push("acme/shop", "1", "first");
  fake.wantsTokens = true;
  await ask();
  fake.revoke();
  expect(await ask()).toBe(digestOf("first"));
  expect(methods()).toEqual(["HEAD 401", "GET 200", "HEAD 200", "HEAD 401", "GET 200", "HEAD 304"]);
});

test("a registry without tokens gets the login itself", async () => {
  fake.push("acme/shop", "1", "first");
  fake.login = { username: "acme", password: "pw", basic: true };
  expect(await ask({ url: `http://${fake.host}/`, username: "acme", password: "pw" })).toBe(
    digestOf("first"),
  );
});

test("P5 a wrong login is an error without it, and a login for another registry is not sent", async () => {
  fake.push("acme/shop", "1", "first");
  fake.login = { username: "acme", password: "pw" };
  const wrong = await failure(ask({ url: fake.host, username: "acme", password: "pw-wrong" }));
  expect(wrong).toMatch(/refuses the login \(check username and password/);
  expect(wrong).not.toContain("pw-wrong");
  fake.requests.length = 0;
  const other = await failure(ask({ url: "ghcr.io", username: "acme", password: "pw" }));
  expect(other).toContain("it is private");
  expect(fake.requests.every(({ authorization }) => authorization === null)).toBe(true);
});

test.each(["http://192.0.2.1/token", "https://auth.example.com/token", "http://a:b@127.0.0.1/t"])(
  "a token is not asked for at %s, whatever the registry says",
  async (realm) => {
    fake.push("acme/shop", "1", "first");
    fake.login = { username: "acme", password: "pw" };
    fake.realm = realm;
    expect(await failure(ask({ url: fake.host, username: "acme", password: "pw" }))).toContain(
      "which is not asked",
    );
  },
);

test("R8 after 429 it is left alone for as long as it says", async () => {
  fake.push("acme/shop", "1", "first");
  fake.trouble = { kind: "limit", retryAfter: "120" };
  expect(await failure(ask())).toContain("asks for fewer requests");
  fake.trouble = null;
  nowMs += 119_000;
  expect(await failure(ask())).toContain("asks for fewer requests");
  expect(methods()).toEqual(["HEAD 429"]);
  nowMs += 2_000;
  expect(await ask()).toBe(digestOf("first"));
});

test("R8 where 429 names no time, it is left alone for some minutes", async () => {
  fake.trouble = { kind: "limit", retryAfter: null };
  await failure(ask());
  nowMs += 4 * 60_000;
  await failure(ask());
  expect(methods()).toEqual(["HEAD 429"]);
});

test("R3 a page of HTML is no digest, and no absence", async () => {
  fake.trouble = { kind: "html" };
  expect(await failure(ask())).toContain("something that is no manifest (text/html)");
});

test("all tags are listed, page by page, with a token", async () => {
  fake.wantsTokens = true;
  const names = ["1.4.2", "1.4.10", "1.5.0", "latest", "main-7"];
  for (const name of names) fake.push("acme/shop", name, "first");
  fake.push("acme/shopper", "9.9.9", "other");
  const tags = await registry.tags({ image: `${fake.host}/acme/shop`, login: null });
  expect([...tags].sort()).toEqual([...names].sort());
  expect(methods()).toEqual(["GET 401", "GET 200", "GET 200", "GET 200", "GET 200"]);
});

test("a repository that is not there is told, and a page of HTML is no list", async () => {
  const tags = () => failure(registry.tags({ image: `${fake.host}/acme/shop`, login: null }));
  expect(await tags()).toContain("has no repository acme/shop");
  fake.trouble = { kind: "html" };
  expect(await tags()).toContain("something that is no list of tags (text/html)");
});

test("a registry that is down is an outage", async () => {
  fake.trouble = { kind: "down" };
  expect(await failure(ask())).toContain(`http://${fake.host} cannot be reached`);
});

test("a redirect to an address without TLS is not followed, and one to itself ends", async () => {
  fake.trouble = { kind: "redirect", to: "http://192.0.2.1/v2/" };
  expect(await failure(ask())).toContain("status 307");
  fake.trouble = { kind: "redirect", to: "/v2/acme/shop/manifests/1" };
  expect(await failure(ask())).toContain("status 307");
  expect(fake.requests).toHaveLength(5);
});
