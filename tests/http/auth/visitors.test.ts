// The portal: open to everybody with PORTAL_AUTH=none, and closed otherwise (law P6).
import { afterEach, describe, expect, test } from "vitest";
import { hashToken } from "../../../src/lib/api-token.ts";
import type { Person } from "../../../src/model/person.ts";
import { cookieLine, createAuthWorld, createBrowser, site } from "./support.ts";
import type { AuthWorld, AuthWorldOptions } from "./support.ts";

const tokens = (["viewer", "operator"] as const).map((role) => ({
  name: role,
  role,
  hash: hashToken(role),
}));

const worlds: AuthWorld[] = [];
afterEach(() => {
  for (const world of worlds.splice(0)) world.close();
});

function world(options: AuthWorldOptions = {}): AuthWorld {
  const made = createAuthWorld({ tokens, portalAuth: "none", ...options });
  worlds.push(made);
  return made;
}

const portal = "/api/portal-person";
const person = async (answer: Response): Promise<Person> => (await answer.json()) as Person;

describe("PORTAL_AUTH=none", () => {
  test("P6 gives each browser a name of its own that stays", async () => {
    const made = world();
    const [one, two] = [createBrowser(made), createBrowser(made)];
    await one.open(portal);
    await two.open(portal);
    const first = await person(await one.ask(portal));
    expect(first.id).toMatch(/^visitor:[\w-]{16}$/);
    expect(first).toMatchObject({ name: "a visitor", email: null, role: "deployer" });
    expect(await person(await one.ask(portal, { method: "POST", body: "{}" }))).toEqual(first);
    expect((await person(await two.ask(portal))).id).not.toBe(first.id);
    await made.clock.advance(300 * 24 * 3_600_000);
    expect(await person(await one.ask(portal))).toEqual(first);
  });

  test("P6 a program without a cookie is somebody new each time, until it sends the one it was given", async () => {
    const made = world();
    const post = (headers: Record<string, string> = {}) =>
      made.send(`${site}${portal}`, { method: "POST", headers });
    const first = await post();
    const { id } = await person(first);
    expect(id).toMatch(/^visitor:[\w-]{16}$/);
    expect((await person(await post())).id).not.toBe(id);
    const [cookie = ""] = first.headers.getSetCookie().map((line) => line.split(";")[0]!);
    const again = await post({ cookie });
    expect((await person(again)).id).toBe(id);
    expect(again.headers.getSetCookie()).toEqual([]);
  });

  test("P6 who only looks without a cookie is nobody, and gets none", async () => {
    const made = world();
    const answer = await made.send(`${site}${portal}`);
    expect((await person(answer)).id).toBe("visitor:anonymous");
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  test("P6 a visitor gets nothing of the operators' API", async () => {
    const made = world();
    const browser = createBrowser(made);
    await browser.open(portal);
    expect(await made.auth.identify(new Request(`${site}/`))).toBeNull();
    expect((await browser.ask("/api/v1/stacks")).status).toBe(401);
    expect((await browser.ask("/api/v1/reconcile", { method: "POST" })).status).toBe(401);
    expect(made.engine.asked).toEqual([]);
  });

  test("P6 nobody becomes another visitor by writing a cookie", async () => {
    const made = world();
    const browser = createBrowser(made);
    await browser.open(portal);
    const [name, value] = [...browser.cookies][0]!;
    expect(name).toBe("__Host-capstan_visitor");
    for (const forged of ["visitor:AAAAAAAAAAAAAAAA", `${value}x`, value.slice(1)]) {
      const headers = { cookie: `${name}=${forged}` };
      const answer = await made.send(`${site}${portal}`, { headers });
      expect((await person(answer)).id).toBe("visitor:anonymous");
    }
    // A visitor's cookie is no session, whatever its name.
    const headers = { cookie: `__Host-capstan_session=${value}` };
    expect((await made.send(`${site}/api/v1/stacks`, { headers })).status).toBe(401);
  });

  test("P6 whoever is signed in is who they are, and may at least what everybody may", async () => {
    const made = world();
    for (const [token, role] of [
      ["viewer", "deployer"],
      ["operator", "operator"],
    ] as const) {
      const browser = createBrowser(made);
      await browser.submit("/sign-in", { token, to: portal });
      expect(await person(await browser.ask(portal))).toMatchObject({ id: `token:${token}`, role });
    }
    const headers = { authorization: "Bearer wrong" };
    expect((await made.send(`${site}${portal}`, { headers })).status).toBe(401);
  });

  test("P6 a page of another site is refused, or without a name where CORS_ORIGINS names it", async () => {
    const origin = "https://app.example.com";
    const made = world({ guard: { corsOrigins: [origin] } });
    const browser = createBrowser(made);
    await browser.open(portal);
    const cookie = cookieLine(browser.cookies);
    const ask = (from: string) =>
      made.send(`${site}${portal}`, { method: "POST", headers: { cookie, origin: from } });
    expect((await ask("https://evil.capstan.test")).status).toBe(403);
    expect((await ask("null")).status).toBe(403);
    const [own, named] = [await person(await browser.ask(portal)), await ask(origin)];
    expect(named.headers.getSetCookie()).toEqual([]);
    expect((await person(named)).id).not.toBe(own.id);
  });

  test.each([
    ["of a server of this machine", { isLoopback: true, publicUrl: null }],
    ["of a server with PUBLIC_URL", { isLoopback: false, publicUrl: site }],
  ])("P6 a name that was pointed at the address %s is refused (rebinding)", async (_, options) => {
    const made = world(options);
    const host = "rebound.example.com:3000";
    const headers = { host, origin: `http://${host}`, "sec-fetch-site": "same-origin" };
    for (const method of ["GET", "POST"]) {
      const answer = await made.send(`http://${host}${portal}`, { method, headers });
      expect(answer.status).toBe(403);
    }
  });

  test("P6 a body that a form of another site can send is refused", async () => {
    const made = world();
    const answer = await made.send(`${site}${portal}`, {
      method: "POST",
      headers: { "content-type": "text/plain" },
      body: "{}",
    });
    expect(answer.status).toBe(415);
  });

  test("on the machine itself its operator is the one who deploys", async () => {
    const made = world({ tokens: [], isLoopback: true, publicUrl: null });
    const answer = await made.send(`http://127.0.0.1:3000${portal}`);
    expect(await person(answer)).toMatchObject({ id: "local", role: "operator" });
  });
});

describe("P6 without PORTAL_AUTH=none nobody deploys who has not signed in", () => {
  test.each(["token", "oidc"] as const)("%s", async (portalAuth) => {
    const made = world({ portalAuth });
    const browser = createBrowser(made);
    expect((await browser.open(portal)).status).toBe(401);
    expect(browser.cookies.size).toBe(0);
    expect((await browser.ask(portal, { method: "POST" })).status).toBe(401);
  });

  test("and a viewer may not", async () => {
    const made = world({ portalAuth: "token" });
    const headers = { authorization: "Bearer viewer" };
    expect((await made.send(`${site}${portal}`, { headers })).status).toBe(403);
  });

  test("and a server without tokens that others can reach is closed", async () => {
    const made = world({ portalAuth: "token", tokens: [], publicUrl: null });
    expect((await made.send(`${site}${portal}`, { method: "POST" })).status).toBe(403);
  });
});
