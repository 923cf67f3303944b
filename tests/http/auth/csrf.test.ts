// Pages of other sites, with a person's cookie in the browser or on the machine itself (law P6).
import { afterEach, describe, expect, test } from "vitest";
import { routes } from "../../../src/http/api/routes.ts";
import { hashToken } from "../../../src/lib/api-token.ts";
import { cookieLine, createAuthWorld, createBrowser, site } from "./support.ts";
import type { AuthWorld, AuthWorldOptions, Browser } from "./support.ts";

const worlds: AuthWorld[] = [];
afterEach(() => {
  for (const world of worlds.splice(0)) world.close();
});

async function signedIn(
  options: AuthWorldOptions = {},
): Promise<{ world: AuthWorld; browser: Browser; cookie: string }> {
  const world = createAuthWorld({
    tokens: [{ name: "ops", role: "operator", hash: hashToken("ops") }],
    ...options,
  });
  worlds.push(world);
  const browser = createBrowser(world);
  await browser.submit("/sign-in", { token: "ops", to: "/" });
  const cookie = cookieLine(browser.cookies);
  return { world, browser, cookie };
}

const unsafe = [
  ...routes
    .filter(({ method }) => method !== "GET")
    .map(({ method, path }) => ({ method, path: `/api/v1${path.replace(":name", "shop")}` })),
  { method: "POST", path: "/api/portal-person" },
];

/** What browsers say of a request that a page of another site made. */
const foreign: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "another site": { origin: "https://evil.example.com", "sec-fetch-site": "cross-site" },
  "a stack below the same domain": {
    origin: "https://evil.capstan.test",
    "sec-fetch-site": "same-site",
  },
  "the same host without TLS": { origin: "http://capstan.test", "sec-fetch-site": "cross-site" },
  "another port of the same host": {
    origin: "https://capstan.test:8443",
    "sec-fetch-site": "same-site",
  },
  "a sandbox": { origin: "null" },
  "a host that begins like ours": { origin: "https://capstan.test.evil.example.com" },
  "an old browser without Sec-Fetch-Site": { origin: "https://evil.example.com" },
  "a browser that hides where from": {},
};

describe("P6 a page of another site changes nothing with a person's cookie", () => {
  const cases = unsafe.flatMap((route) =>
    Object.entries(foreign).map(([from, headers]) => ({ ...route, from, headers })),
  );

  test.each(cases)("$method $path from $from", async ({ method, path, headers }) => {
    const { world, cookie } = await signedIn();
    const answer = await world.send(`${site}${path}`, {
      method,
      headers: { ...headers, cookie, "content-type": "application/json" },
      body: "{}",
    });
    expect(answer.status).toBe(403);
    expect(world.engine.asked).toEqual([]);
  });

  test.each(Object.entries(foreign))(
    "POST /sign-in from %s signs nobody in",
    async (_, headers) => {
      const { world } = await signedIn();
      const answer = await world.send(`${site}/sign-in`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/x-www-form-urlencoded" },
        body: "token=ops",
      });
      expect(answer.status).toBe(403);
      expect(answer.headers.getSetCookie()).toEqual([]);
    },
  );

  test.each(Object.entries(foreign))(
    "POST /sign-out from %s signs nobody out",
    async (_, headers) => {
      const { world, cookie } = await signedIn();
      const answer = await world.send(`${site}/sign-out`, {
        method: "POST",
        headers: { ...headers, cookie },
      });
      expect(answer.status).toBe(403);
      const still = await world.send(`${site}/api/v1/stacks`, { headers: { cookie } });
      expect(still.status).toBe(200);
    },
  );

  test("nor with a body that a form can send, even where the browser says it is ours", async () => {
    const { world, browser } = await signedIn();
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      const answer = await browser.ask("/api/v1/reconcile", {
        method: "POST",
        headers: { "content-type": type },
        body: "{}",
      });
      expect(answer.status, type).toBe(415);
    }
    expect(world.engine.asked).toEqual([]);
  });

  test("nor does GET sign out: a picture of another site would do it", async () => {
    const { world, cookie } = await signedIn();
    expect((await world.send(`${site}/sign-out`, { headers: { cookie } })).status).toBe(404);
    const still = await world.send(`${site}/api/v1/stacks`, { headers: { cookie } });
    expect(still.status).toBe(200);
  });

  test("nor reads: what it embeds is answered as to nobody, while a link works", async () => {
    const { world, cookie } = await signedIn();
    const embedded = { cookie, "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" };
    const answer = await world.send(`${site}/api/v1/stacks`, { headers: embedded });
    expect(answer.status).toBe(401);
    const link = { cookie, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    expect((await world.send(`${site}/api/v1/stacks`, { headers: link })).status).toBe(200);
  });

  test("nor when its host is named in CORS_ORIGINS: it needs a token", async () => {
    const origin = "https://app.example.com";
    const { world, cookie } = await signedIn({ guard: { corsOrigins: [origin] } });
    const ask = (headers: Record<string, string>) =>
      world.send(`${site}/api/v1/reconcile`, { method: "POST", headers: { origin, ...headers } });
    expect((await ask({ cookie })).status).toBe(403);
    expect((await ask({ authorization: "Bearer ops" })).status).toBe(202);
  });
});

describe("P6 on a server of this machine, without tokens", () => {
  function local(): AuthWorld {
    const world = createAuthWorld({ isLoopback: true, publicUrl: null });
    worlds.push(world);
    return world;
  }
  const address = "http://127.0.0.1:3000";
  const ask = (world: AuthWorld, headers: Record<string, string>, method = "POST") =>
    world.send(`${address}/api/v1/${method === "POST" ? "reconcile" : "stacks"}`, {
      method,
      headers,
    });

  test("its own page and programs may", async () => {
    const world = local();
    const own = { origin: address, "sec-fetch-site": "same-origin" };
    expect((await ask(world, own)).status).toBe(202);
    expect((await ask(world, {})).status).toBe(202);
  });

  test("a page of another site may not, nor a name that was pointed here", async () => {
    const world = local();
    for (const headers of [
      { origin: "https://evil.example.com" },
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
      { "sec-fetch-site": "same-site", origin: "http://127.0.0.1:8080" },
      { host: "rebound.example.com:3000", origin: "http://rebound.example.com:3000" },
      { host: "rebound.example.com:3000", "sec-fetch-site": "same-origin" },
    ]) {
      for (const method of ["GET", "POST"]) {
        expect((await ask(world, headers, method)).status, JSON.stringify(headers)).toBe(403);
      }
    }
    expect(world.engine.asked).toEqual([]);
  });

  test("a link from another site opens a page, and frames and scripts open none", async () => {
    const world = local();
    const from = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    expect((await ask(world, { ...from, "sec-fetch-dest": "document" }, "GET")).status).toBe(200);
    expect((await ask(world, { ...from, "sec-fetch-dest": "iframe" }, "GET")).status).toBe(403);
    expect((await ask(world, { ...from, "sec-fetch-dest": "document" })).status).toBe(403);
  });
});
