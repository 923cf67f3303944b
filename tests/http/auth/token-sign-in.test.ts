// Signing in with a token, the session that follows, and what an outsider tries with cookies.
import { hkdfSync } from "node:crypto";
import { EncryptJWT, SignJWT } from "jose";
import { afterEach, describe, expect, test } from "vitest";
import { hashToken } from "../../../src/lib/api-token.ts";
import type { ApiToken } from "../../../src/model/api-token.ts";
import { createAuthWorld, createBrowser, secret, site } from "./support.ts";
import type { AuthWorld, AuthWorldOptions, Browser } from "./support.ts";

const tokens: readonly ApiToken[] = [
  { name: "ops", role: "operator", hash: hashToken("canary-ops") },
  { name: "board", role: "viewer", hash: hashToken("canary-board") },
];

const worlds: AuthWorld[] = [];
afterEach(() => {
  for (const world of worlds.splice(0)) world.close();
});

function world(options: AuthWorldOptions = {}): AuthWorld {
  const made = createAuthWorld({ tokens, ...options });
  worlds.push(made);
  return made;
}

async function signedIn(made: AuthWorld, token = "canary-ops"): Promise<Browser> {
  const browser = createBrowser(made);
  await browser.submit("/sign-in", { token, to: "/stacks" });
  return browser;
}

const name = "__Host-capstan_session";

/** What somebody with this cookie may see. */
async function statusWith(made: AuthWorld, cookie: string): Promise<number> {
  return (await made.send(`${site}/api/v1/stacks`, { headers: { cookie } })).status;
}

describe("P6 whoever pastes a token is signed in with its role", () => {
  test("goes on to the page that was asked for, and may do what the role may", async () => {
    const made = world();
    const browser = createBrowser(made);
    expect((await browser.open("/sign-in?to=/stacks")).text).toContain('value="/stacks"');
    const page = await browser.submit("/sign-in", { token: " canary-ops\n", to: "/stacks" });
    expect(page.url).toBe(`${site}/stacks`);
    expect((await browser.ask("/api/v1/reconcile", { method: "POST" })).status).toBe(202);
    expect(made.engine.asked).toEqual([expect.stringContaining("by ops")]);
    const viewer = await signedIn(made, "canary-board");
    expect((await viewer.ask("/api/v1/stacks")).status).toBe(200);
    expect((await viewer.ask("/api/v1/reconcile", { method: "POST" })).status).toBe(403);
  });

  test("a wrong token is answered with the form again, and is in no log or page (P5)", async () => {
    const made = world();
    const browser = createBrowser(made);
    const token = 'canary-wrong"><script>alert(1)</script>';
    const page = await browser.submit("/sign-in", { token, to: "/stacks" });
    expect(page.status).toBe(401);
    expect(page.text).toContain("not known");
    expect(page.text).toContain('value="/stacks"');
    expect(`${page.text}${made.log()}`).not.toContain("canary");
    expect(browser.cookies.size).toBe(0);
    for (const wrong of ["", hashToken("canary-ops"), "x".repeat(10_000)]) {
      expect((await browser.submit("/sign-in", { token: wrong, to: "/" })).status).toBe(401);
    }
  });

  test("the eleventh attempt within a minute waits, whatever name it comes by", async () => {
    const made = world();
    const browser = createBrowser(made);
    const attempt = () => browser.submit("/sign-in", { token: "wrong", to: "/" });
    for (let count = 0; count < 10; count++) expect((await attempt()).status).toBe(401);
    const page = await attempt();
    expect(page.status).toBe(429);
    expect(page.headers.get("retry-after")).toBe("6");
    expect(page.text).toContain("Too many attempts");
    expect((await browser.submit("/sign-in", { token: "canary-ops", to: "/" })).status).toBe(429);
    await made.clock.advance(6_000);
    expect((await browser.submit("/sign-in", { token: "canary-ops", to: "/" })).status).toBe(404);
    expect(browser.cookies.has(name)).toBe(true);
  });

  test("the session ends when the token leaves API_TOKENS, and follows a change of its role", async () => {
    const made = world();
    const browser = await signedIn(made);
    const cookie = `${name}=${browser.cookies.get(name) ?? ""}`;
    expect(await statusWith(made, cookie)).toBe(200);
    const without = made.restart({ tokens: tokens.slice(1) });
    expect(await statusWith(without, cookie)).toBe(401);
    const lower = made.restart({ tokens: [{ ...tokens[0]!, role: "viewer" }, tokens[1]!] });
    expect(await statusWith(lower, cookie)).toBe(200);
    const change = await lower.send(`${site}/api/v1/reconcile`, {
      method: "POST",
      headers: { cookie, origin: site },
    });
    expect(change.status).toBe(403);
    // The same name with another token is somebody else.
    const other = made.restart({ tokens: [{ ...tokens[0]!, hash: hashToken("new") }] });
    expect(await statusWith(other, cookie)).toBe(401);
  });

  test("a stream ends soon after its reader has signed out, and goes on until then", async () => {
    const made = world();
    const browser = await signedIn(made);
    const cookie = `${name}=${browser.cookies.get(name) ?? ""}`;
    const headers = { cookie, accept: "text/event-stream" };
    const answer = await made.send(`${site}/api/v1/events`, { headers });
    const reader = answer.body!.getReader();
    const decoder = new TextDecoder();
    const next = async () => decoder.decode((await reader.read()).value ?? new Uint8Array());
    expect(await next()).toContain("retry:");
    await made.clock.advance(15_000);
    expect(await next()).toContain("still here");
    await browser.submit("/sign-out", {});
    await made.clock.advance(15_000);
    expect((await reader.read()).done).toBe(true);
  });

  test("a session ends after twelve hours", async () => {
    const made = world();
    const browser = await signedIn(made);
    const cookie = `${name}=${browser.cookies.get(name) ?? ""}`;
    await made.clock.advance(12 * 3_600_000 - 1_000);
    expect(await statusWith(made, cookie)).toBe(200);
    await made.clock.advance(1_000);
    expect(await statusWith(made, cookie)).toBe(401);
  });

  test("signing in again gives a new session and ends the old one: none can be planted", async () => {
    const made = world();
    const attacker = await signedIn(made, "canary-board");
    const planted = attacker.cookies.get(name)!;
    const victim = createBrowser(made);
    victim.cookies.set(name, planted);
    await victim.submit("/sign-in", { token: "canary-ops", to: "/" });
    expect(victim.cookies.get(name)).not.toBe(planted);
    expect(await statusWith(made, `${name}=${planted}`)).toBe(401);
  });

  test("a store that cannot be written lets nobody in, and says so", async () => {
    const made = world();
    made.store.close();
    const page = await createBrowser(made).submit("/sign-in", { token: "canary-ops", to: "/" });
    expect(page.status).toBe(503);
    expect(page.text).toContain("The sign-in failed");
  });
});

describe("P6 signing out", () => {
  test("ends the session for good, also for somebody who kept its cookie", async () => {
    const made = world();
    const browser = await signedIn(made);
    const kept = browser.cookies.get(name)!;
    const page = await browser.submit("/sign-out", {});
    expect(page.url).toBe(`${site}/sign-in?signed-out`);
    expect(page.text).toContain("You are signed out.");
    expect(browser.cookies.has(name)).toBe(false);
    expect(await statusWith(made, `${name}=${kept}`)).toBe(401);
  });

  test("ends this session alone", async () => {
    const made = world();
    const [one, two] = [await signedIn(made), await signedIn(made)];
    await one.submit("/sign-out", {});
    expect((await two.ask("/api/v1/stacks")).status).toBe(200);
  });

  test("without a session is no error", async () => {
    const page = await createBrowser(world()).submit("/sign-out", {});
    expect(page.status).toBe(200);
  });
});

describe("P6 a cookie that we did not make, or not for this, is worth nothing", () => {
  const sealed = (
    purpose: string,
    key: Uint8Array = secret,
    id = "A".repeat(43),
    expires = "2h",
  ): Promise<string> =>
    new EncryptJWT({ id })
      .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
      .setExpirationTime(Math.floor(Date.UTC(2026, 0, 1) / 1_000) + (expires === "2h" ? 7_200 : 0))
      .encrypt(new Uint8Array(hkdfSync("sha256", key, "", `capstan ${purpose}`, 32)));

  test.each<[string, (good: string) => string | Promise<string>]>([
    ["nothing", () => ""],
    ["not a sealed value", () => "token:ops"],
    ["a person written out", () => JSON.stringify({ id: "local", role: "operator" })],
    ["one byte changed", (good) => `${good.slice(0, -2)}${good.endsWith("A") ? "BB" : "AA"}`],
    [
      "the header of another algorithm",
      (good) => `eyJhbGciOiJub25lIn0.${good.slice(good.indexOf(".") + 1)}`,
    ],
    ["sealed with another key", () => sealed("session", new Uint8Array(32).fill(8))],
    ["sealed with our key for a visitor", () => sealed("visitor")],
    ["a session that the store does not know", () => sealed("session")],
    ["very long", (good) => good + "A".repeat(8_000)],
    [
      "only signed, by somebody who knows the algorithm",
      () =>
        new SignJWT({ id: "local" }).setProtectedHeader({ alg: "HS256" }).sign(new Uint8Array(32)),
    ],
  ])("%s", async (_, forge) => {
    const made = world();
    const browser = await signedIn(made);
    const forged = await forge(browser.cookies.get(name) ?? "");
    expect(await statusWith(made, `${name}=${encodeURIComponent(forged)}`)).toBe(401);
  });

  test("under the name without __Host-, which a neighbouring host could set", async () => {
    const made = world();
    const browser = await signedIn(made);
    expect(await statusWith(made, `capstan_session=${browser.cookies.get(name) ?? ""}`)).toBe(401);
  });

  test("after SESSION_SECRET was changed", async () => {
    const made = world();
    const browser = await signedIn(made);
    const other = made.restart({ tokens, secret: new Uint8Array(32).fill(9) });
    expect(await statusWith(other, `${name}=${browser.cookies.get(name) ?? ""}`)).toBe(401);
  });

  test("and tells nothing of the person to who reads it", async () => {
    const browser = await signedIn(world());
    const value = browser.cookies.get(name) ?? "";
    const parts = value.split(".").map((part) => Buffer.from(part, "base64url").toString("latin1"));
    expect(parts.join(" ")).not.toMatch(/ops|operator|token/);
  });
});

test("P6 a server without TLS keeps sessions without Secure, one with TLS with Secure and __Host-", async () => {
  const made = world({ publicUrl: "http://capstan.test" });
  const browser = createBrowser(made, "http://capstan.test");
  await browser.submit("/sign-in", { token: "canary-ops", to: "/" });
  expect([...browser.cookies.keys()]).toEqual(["capstan_session"]);
  const answer = await made.send("http://capstan.test/sign-in", {
    method: "POST",
    headers: {
      origin: "http://capstan.test",
      "content-type": "application/x-www-form-urlencoded",
    },
    body: "token=canary-ops",
  });
  expect(answer.headers.getSetCookie()).toEqual([
    expect.stringMatching(
      /^capstan_session=[^;]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax$/,
    ),
  ]);
});

test("P6 a token in the header counts before a session, and a wrong one is not made up for by it", async () => {
  const made = world();
  const browser = await signedIn(made);
  const wrong = await browser.ask("/api/v1/stacks", { headers: { authorization: "Bearer x" } });
  expect(wrong.status).toBe(401);
  const viewer = await browser.ask("/api/v1/reconcile", {
    method: "POST",
    headers: { authorization: "Bearer canary-board" },
  });
  expect(viewer.status).toBe(403);
});

test("where nobody can sign in the page says what an operator sets", async () => {
  const page = await createBrowser(world({ tokens: [] })).open("/sign-in");
  expect(page.text).toContain("API_TOKENS");
  expect(page.text).not.toContain("<form");
});

test("who is signed in already goes on to the page", async () => {
  const browser = await signedIn(world());
  expect((await browser.open("/sign-in?to=/stacks")).url).toBe(`${site}/stacks`);
});
