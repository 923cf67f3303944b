// Attacks on the way back from the provider: a callback counts once, and only in the browser that began it.
import { describe, expect, test } from "vitest";
import { callbackOf, personOf, useOidc } from "./oidc-world.ts";
import { createBrowser, site } from "./support.ts";

const { world } = useOidc();

describe("P6 a callback that was not asked for signs nobody in", () => {
  test("without a sign-in that this browser began", async () => {
    const made = world();
    const [victim, attacker] = [createBrowser(made), createBrowser(made)];
    const callback = await callbackOf(attacker);
    const page = await victim.open(callback.href);
    expect(page.status).toBe(400);
    expect(page.text).toContain("Try again");
    expect(await personOf(victim)).toBe(401);
  });

  test("with another state", async () => {
    const browser = createBrowser(world());
    const callback = await callbackOf(browser);
    callback.searchParams.set("state", "x".repeat(43));
    expect((await browser.open(callback.href)).status).toBe(400);
    expect(await personOf(browser)).toBe(401);
  });

  test("with a code that was used already, also by somebody who has its cookie", async () => {
    const made = world();
    const browser = createBrowser(made);
    const callback = await callbackOf(browser);
    const stolen = new Map(browser.cookies);
    await browser.open(callback.href);
    expect(await personOf(browser)).toMatchObject({ id: "oidc:ann" });
    const thief = createBrowser(made);
    for (const [name, value] of stolen) thief.cookies.set(name, value);
    const page = await thief.open(callback.href);
    expect(page.status).toBe(400);
    expect(page.text).toContain("expired");
    expect(await personOf(thief)).toBe(401);
  });

  test("with a code of another attempt: PKCE and state bind it to its own", async () => {
    const made = world();
    const [victim, attacker] = [createBrowser(made), createBrowser(made)];
    const mine = await callbackOf(victim);
    const theirs = await callbackOf(attacker);
    mine.searchParams.set("code", theirs.searchParams.get("code") ?? "");
    expect((await victim.open(mine.href)).status).toBe(400);
    expect(await personOf(victim)).toBe(401);
  });

  test("from another issuer (mix-up)", async () => {
    const browser = createBrowser(world());
    const callback = await callbackOf(browser);
    callback.searchParams.set("iss", "https://evil.example.com");
    expect((await browser.open(callback.href)).status).toBe(502);
    expect(await personOf(browser)).toBe(401);
  });

  test("after more than ten minutes", async () => {
    const made = world();
    const browser = createBrowser(made);
    const callback = await callbackOf(browser);
    await made.clock.advance(10 * 60_000 + 1_000);
    expect((await browser.open(callback.href)).status).toBe(400);
    expect(await personOf(browser)).toBe(401);
  });

  test("with another cookie of ours in place of the attempt's", async () => {
    const made = world();
    const browser = createBrowser(made);
    await browser.open("/auth/start");
    const session = browser.cookies.get("__Host-capstan_session")!;
    const other = createBrowser(made);
    const callback = await callbackOf(other);
    other.cookies.set("__Host-capstan_attempt", session);
    expect((await other.open(callback.href)).status).toBe(400);
  });

  test("in the second of two tabs it goes on as the person who is signed in", async () => {
    const browser = createBrowser(world());
    const first = await callbackOf(browser);
    await callbackOf(browser).then((second) => browser.open(second.href));
    const page = await browser.open(first.href);
    expect(page.url).toBe(`${site}/`);
    expect(await personOf(browser)).toMatchObject({ id: "oidc:ann" });
  });
});
