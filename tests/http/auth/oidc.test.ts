// Signing in at a real OpenID provider, and every way in which that can be attacked or go wrong.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SignInSettings } from "../../../src/http/auth/auth.ts";
import { clientId, clientSecret, startProvider } from "./provider.ts";
import type { TestProvider } from "./provider.ts";
import { createAuthWorld, createBrowser, site } from "./support.ts";
import type { AuthWorld, AuthWorldOptions, Browser } from "./support.ts";

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider(`${site}/auth/callback`);
});
afterAll(() => provider.close());

const worlds: AuthWorld[] = [];
afterEach(() => {
  for (const world of worlds.splice(0)) world.close();
});
beforeEach(() => {
  provider.people.clear();
  provider.people.set("ann", {
    name: "Ann Smith",
    email: "ann@example.com",
    email_verified: true,
    roles: ["staff", "operator"],
    realm_access: { roles: ["viewer"] },
  });
  provider.people.set("ben", { preferred_username: "ben" });
  provider.next = "ann";
});

function settings(
  more: Partial<NonNullable<SignInSettings["oidc"]>> = {},
): NonNullable<SignInSettings["oidc"]> {
  return {
    issuer: provider.issuer,
    clientId,
    clientSecret,
    scopes: "openid profile email",
    rolesClaim: null,
    operators: [],
    defaultRole: "deployer",
    ...more,
  };
}

function world(
  more: Partial<NonNullable<SignInSettings["oidc"]>> = {},
  options: AuthWorldOptions = {},
): AuthWorld {
  const made = createAuthWorld({ portalAuth: "oidc", oidc: settings(more), ...options });
  worlds.push(made);
  return made;
}

async function personOf(browser: Browser): Promise<unknown> {
  const answer = await browser.ask("/api/portal-person");
  return answer.status === 200 ? answer.json() : answer.status;
}

/** The provider's answer to a sign-in that somebody began, before Capstan has seen it. */
async function callbackOf(browser: Browser): Promise<URL> {
  const other = new Map<string, string>();
  const started = await browser.ask("/auth/start?to=/stacks");
  let url = started.headers.get("location") ?? "";
  for (let hops = 0; hops < 10 && !url.startsWith(site); hops++) {
    const cookie = [...other].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(url, { redirect: "manual", headers: { cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      other.set(name, value);
    }
    url = new URL(answer.headers.get("location") ?? "", url).href;
  }
  return new URL(url);
}

describe("P6 a person signs in at the provider", () => {
  test("and comes back to the page that was asked for, as the person that the provider names", async () => {
    const browser = createBrowser(world());
    const page = await browser.open("/auth/start?to=/stacks?state=failing");
    expect(page.url).toBe(`${site}/stacks?state=failing`);
    expect(await personOf(browser)).toEqual({
      id: "oidc:ann",
      name: "Ann Smith",
      email: "ann@example.com",
      role: "deployer",
    });
  });

  test("with PKCE, state and nonce, and no secret in the address", async () => {
    const browser = createBrowser(world());
    const started = await browser.ask("/auth/start");
    const url = new URL(started.headers.get("location") ?? "");
    expect(url.origin).toBe(provider.issuer);
    expect(url.searchParams.get("code_challenge_method")).toBe("S256");
    for (const name of ["state", "nonce", "code_challenge"]) {
      expect(url.searchParams.get(name)?.length, name).toBeGreaterThan(30);
    }
    expect(url.searchParams.get("redirect_uri")).toBe(`${site}/auth/callback`);
    expect(url.href).not.toContain(clientSecret);
    const [line = ""] = started.headers.getSetCookie();
    expect(line).toMatch(/^__Host-capstan_attempt=.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    expect(line).not.toContain(url.searchParams.get("state"));
  });

  test("and is shown who lets them in before they go there", async () => {
    const page = await createBrowser(world()).open("/sign-in?to=/stacks");
    expect(page.status).toBe(200);
    expect(page.text).toContain('href="/auth/start?to=%2Fstacks"');
    expect(page.text).toContain(new URL(provider.issuer).host);
  });

  test.each([
    ["a claim", { rolesClaim: "roles" }, "operator"],
    ["a claim by its path", { rolesClaim: "realm_access.roles" }, "viewer"],
    ["a claim that is not there", { rolesClaim: "groups" }, "deployer"],
    ["an operator's verified address", { operators: ["ANN@example.com"] }, "operator"],
    ["an operator's subject", { operators: ["ann"] }, "operator"],
    ["the default", { defaultRole: "viewer" as const }, "viewer"],
  ])("with the role of %s", async (_, rules, role) => {
    const made = world(rules);
    const browser = createBrowser(made);
    await browser.open("/auth/start");
    const looked = await browser.ask("/api/v1/stacks");
    expect(looked.status).toBe(200);
    const changed = await browser.ask("/api/v1/reconcile", { method: "POST" });
    expect(changed.status).toBe(role === "operator" ? 202 : 403);
    expect(made.engine.asked).toHaveLength(role === "operator" ? 1 : 0);
  });

  test("and an address that is not verified makes nobody an operator, nor an author", async () => {
    provider.people.set("eve", { email: "ann@example.com", email_verified: false });
    provider.next = "eve";
    const browser = createBrowser(world({ operators: ["ann@example.com"] }));
    await browser.open("/auth/start");
    expect(await personOf(browser)).toMatchObject({
      id: "oidc:eve",
      email: null,
      role: "deployer",
    });
  });

  test("and is refused where no role is left for them", async () => {
    provider.next = "ben";
    const browser = createBrowser(world({ defaultRole: null, rolesClaim: "roles" }));
    const page = await browser.open("/auth/start");
    expect(page.status).toBe(403);
    expect(page.text).toContain("No access");
    expect(await personOf(browser)).toBe(401);
  });

  test("and nobody is trusted for working on the machine itself once people sign in", async () => {
    const made = world({}, { isLoopback: true, publicUrl: site });
    const answer = await made.send("http://127.0.0.1:3000/api/v1/stacks", {}, "127.0.0.1");
    expect(answer.status).toBe(401);
  });

  test("and a name from the provider cannot break a log line, a page or an author", async () => {
    const name = 'Mallory\r\n{"level":50}\u2028<script>alert(1)</script>\u202e';
    provider.people.set("mal", { name, email: "m@example.com>\nX: y" });
    provider.next = "mal";
    const made = world();
    const browser = createBrowser(made);
    await browser.open("/auth/start");
    const person = (await personOf(browser)) as { name: string; email: string | null };
    expect(person.name).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}<>]/u);
    expect(person.email).toBeNull();
    for (const line of made.log().trim().split("\n")) JSON.parse(line);
    expect(made.log()).toContain("oidc:mal");
  });
});

describe("P6 a callback that was not asked for signs nobody in", () => {
  test("without a sign-in that this browser began", async () => {
    const [victim, attacker] = [createBrowser(world()), createBrowser(worlds[0]!)];
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
    const browser = createBrowser(world());
    const callback = await callbackOf(browser);
    const stolen = new Map(browser.cookies);
    await browser.open(callback.href);
    expect(await personOf(browser)).toMatchObject({ id: "oidc:ann" });
    const thief = createBrowser(worlds[0]!);
    for (const [name, value] of stolen) thief.cookies.set(name, value);
    const page = await thief.open(callback.href);
    expect(page.status).toBe(400);
    expect(page.text).toContain("expired");
    expect(await personOf(thief)).toBe(401);
  });

  test("with a code of another attempt: PKCE and state bind it to its own", async () => {
    const [victim, attacker] = [createBrowser(world()), createBrowser(worlds[0]!)];
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
    const browser = createBrowser(world());
    await browser.open("/auth/start");
    const session = browser.cookies.get("__Host-capstan_session")!;
    const other = createBrowser(worlds[0]!);
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

describe("an error at the provider is a page with a way on, never a stack", () => {
  test("when the provider says no: its words are not repeated", async () => {
    provider.next = null;
    const made = world();
    const page = await createBrowser(made).open("/auth/start?to=/stacks");
    expect(page.status).toBe(403);
    expect(page.text).toContain("You were not signed in");
    expect(page.text).toContain('href="/sign-in?to=%2Fstacks"');
    expect(page.text).not.toMatch(/<b>no<|at .*\.ts:/);
    expect(made.log()).toContain("access_denied");
  });

  test("when it does not know our secret, and the log does not tell it (P5)", async () => {
    const made = world({ clientSecret: "canary-not-the-secret" });
    const page = await createBrowser(made).open("/auth/start");
    expect(page.status).toBe(502);
    expect(made.log()).toContain("invalid_client");
    expect(`${page.text}${made.log()}`).not.toContain("canary");
  });

  test("when it is down: 503, and the next attempt works once it is back", async () => {
    const { issuer } = provider;
    await provider.close();
    const made = world({ issuer });
    const browser = createBrowser(made);
    const page = await browser.open("/auth/start");
    expect(page.status).toBe(503);
    expect(page.headers.get("retry-after")).toBe("5");
    expect(page.text).toContain("does not answer");
    expect((await made.send(`${site}/health`)).status).toBe(200);
    // It has another port now: the settings follow, the sessions' store stays.
    provider = await startProvider(`${site}/auth/callback`);
    provider.people.set("ann", { name: "Ann" });
    provider.next = "ann";
    const after = made.restart({ portalAuth: "oidc", oidc: settings() });
    const again = createBrowser(after);
    await again.open("/auth/start");
    expect(await personOf(again)).toMatchObject({ id: "oidc:ann" });
  });

  test("when it is down it is not asked again for each click, and asked again after a while", async () => {
    let asked = 0;
    let isUp = false;
    const server = createServer((_, response) => {
      asked += 1;
      const { port } = server.address() as AddressInfo;
      const issuer = `http://127.0.0.1:${port}`;
      response.setHeader("Content-Type", "application/json");
      response.statusCode = isUp ? 200 : 500;
      response.end(
        JSON.stringify({
          issuer,
          authorization_endpoint: `${issuer}/auth`,
          token_endpoint: `${issuer}/token`,
        }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const made = world({ issuer: `http://127.0.0.1:${port}` });
    const browser = createBrowser(made);
    for (let count = 0; count < 5; count++) {
      expect((await browser.open("/auth/start")).status).toBe(503);
    }
    expect(asked).toBe(1);
    isUp = true;
    await made.clock.advance(5_000);
    expect((await browser.ask("/auth/start")).status).toBe(303);
    expect((await browser.ask("/auth/start")).status).toBe(303);
    expect(asked).toBe(2);
    await new Promise((resolve) => server.close(resolve));
  });

  test.each([
    ["HTML", "<html>maintenance</html>"],
    ["another issuer", JSON.stringify({ issuer: "https://evil.example.com" })],
    ["more than may be read", JSON.stringify({ issuer: "x".repeat(600_000) })],
  ])("when it sends %s", async (_, body) => {
    const server = createServer((_request, response) => {
      response.setHeader("Content-Type", "application/json");
      response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const made = world({ issuer: `http://127.0.0.1:${port}` });
    const page = await createBrowser(made).open("/auth/start");
    expect(page.status).toBe(503);
    expect(made.log()).toContain("the identity provider cannot be reached");
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});

test("P6 a session ends when the settings change that let the person in", async () => {
  const made = world({ operators: ["ann"] });
  const browser = createBrowser(made);
  await browser.open("/auth/start");
  expect(await personOf(browser)).toMatchObject({ role: "operator" });
  const same = made.restart({ portalAuth: "oidc", oidc: settings({ operators: ["ann"] }) });
  const other = made.restart({ portalAuth: "oidc", oidc: settings({ operators: [] }) });
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const ask = (one: AuthWorld) => one.send(`${site}/api/v1/stacks`, { headers: { cookie } });
  expect((await ask(same)).status).toBe(200);
  expect((await ask(other)).status).toBe(401);
});
