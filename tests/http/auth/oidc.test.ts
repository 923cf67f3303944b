// Signing in at a real OpenID provider: who a person is then, and what they may.
import { describe, expect, test } from "vitest";
import { personOf, useOidc } from "./oidc-world.ts";
import { clientSecret } from "./provider.ts";
import { cookieLine, createBrowser, site } from "./support.ts";
import type { AuthWorld } from "./support.ts";

const { provider, settings, world } = useOidc();

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
    expect(url.origin).toBe(provider().issuer);
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
    expect(page.text).toContain(new URL(provider().issuer).host);
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
    provider().people.set("eve", { email: "ann@example.com", email_verified: false });
    provider().next = "eve";
    const browser = createBrowser(world({ operators: ["ann@example.com"] }));
    await browser.open("/auth/start");
    expect(await personOf(browser)).toMatchObject({
      id: "oidc:eve",
      email: null,
      role: "deployer",
    });
  });

  test("and is refused where no role is left for them", async () => {
    provider().next = "ben";
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
    provider().people.set("mal", { name, email: "m@example.com>\nX: y" });
    provider().next = "mal";
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

test("P6 a session ends when the settings change that let the person in", async () => {
  const made = world({ operators: ["ann"] });
  const browser = createBrowser(made);
  await browser.open("/auth/start");
  expect(await personOf(browser)).toMatchObject({ role: "operator" });
  const same = made.restart({ portalAuth: "oidc", oidc: settings({ operators: ["ann"] }) });
  const other = made.restart({ portalAuth: "oidc", oidc: settings({ operators: [] }) });
  const cookie = cookieLine(browser.cookies);
  const ask = (one: AuthWorld) => one.send(`${site}/api/v1/stacks`, { headers: { cookie } });
  expect((await ask(same)).status).toBe(200);
  expect((await ask(other)).status).toBe(401);
});
