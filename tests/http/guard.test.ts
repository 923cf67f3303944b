// What holds for every request: how often, from whom, with which headers (laws P6 and P7).
import { afterEach, describe, expect, test } from "vitest";
import { createFakeEngine } from "../cli/support.ts";
import { serveEngine } from "../support/serve-engine.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { hashToken } from "../../src/lib/api-token.ts";
import { kindOf } from "../../src/http/limits.ts";
import { createAuthWorld, site } from "./auth/support.ts";
import type { AuthWorld, AuthWorldOptions } from "./auth/support.ts";

const tokens = [
  { name: "ops", role: "operator" as const, hash: hashToken("ops") },
  { name: "ci", role: "operator" as const, hash: hashToken("ci") },
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

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

function ask(made: AuthWorld, method: string, headers: Record<string, string>, peer: string) {
  const path = method === "GET" ? "/api/v1/stacks" : "/api/v1/reconcile";
  return made.send(`${site}${path}`, { method, headers }, peer);
}

describe("P7 how often anybody may ask", () => {
  test("one address writes 60 times a minute, then gets 429 with the time to wait", async () => {
    const made = world();
    for (let count = 0; count < 60; count++) {
      expect((await ask(made, "POST", {}, "203.0.113.7")).status).toBe(401);
    }
    const answer = await ask(made, "POST", bearer("ops"), "203.0.113.7");
    expect(answer.status).toBe(429);
    expect(answer.headers.get("retry-after")).toBe("1");
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(await answer.json()).toMatchObject({ status: 429, title: "Too Many Requests" });
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'self'");
    expect(made.engine.asked).toEqual([]);
    expect((await ask(made, "GET", bearer("ops"), "203.0.113.7")).status).toBe(200);
    expect((await ask(made, "POST", bearer("ops"), "203.0.113.8")).status).toBe(202);
    await made.clock.advance(1_000);
    expect((await ask(made, "POST", bearer("ops"), "203.0.113.7")).status).toBe(202);
  });

  test("one person does, from however many addresses, and no other person pays for it", async () => {
    const made = world();
    for (let count = 0; count < 60; count++) {
      expect((await ask(made, "POST", bearer("ops"), `203.0.113.${count}`)).status).toBe(202);
    }
    expect((await ask(made, "POST", bearer("ops"), "198.51.100.1")).status).toBe(429);
    expect((await ask(made, "POST", bearer("ci"), "198.51.100.1")).status).toBe(202);
  });

  test("of 10,000 requests from one address 600 are answered", async () => {
    const made = world();
    let answered = 0;
    for (let count = 0; count < 10_000; count++) {
      const { status } = await ask(made, "GET", bearer("ops"), "203.0.113.7");
      if (status === 200) answered += 1;
      else expect(status).toBe(429);
    }
    expect(answered).toBe(600);
    expect((await made.send(`${site}/healthz`, {}, "203.0.113.7")).status).toBe(200);
  });

  test("programs of the machine itself are not counted, as they may do all anyway", async () => {
    const made = world({ tokens: [], isLoopback: true, publicUrl: null });
    const send = () =>
      made.send("http://127.0.0.1:3000/api/v1/reconcile", { method: "POST" }, "127.0.0.1");
    for (let count = 0; count < 100; count++) expect((await send()).status).toBe(202);
  });

  test("attempts to sign in are 10 a minute, also from a network of IPv6 addresses", async () => {
    const made = world();
    const attempt = (peer: string) =>
      made.send(
        `${site}/sign-in`,
        {
          method: "POST",
          headers: { origin: site, "content-type": "application/x-www-form-urlencoded" },
          body: "token=wrong",
        },
        peer,
      );
    for (let count = 0; count < 10; count++) {
      expect((await attempt(`2001:db8:1:2::${count}`)).status).toBe(401);
    }
    expect((await attempt("2001:db8:1:2:3::1")).status).toBe(429);
    expect((await attempt("2001:db8:1:3::1")).status).toBe(401);
  });

  test("what counts as what", () => {
    const kinds = [
      ["GET", "/health", null],
      ["GET", "/static/app.css", null],
      ["GET", "/staticky", "read"],
      ["GET", "/stacks", "read"],
      ["GET", "/sign-in", "read"],
      ["POST", "/sign-in", "sign-in"],
      ["GET", "/auth/callback", "sign-in"],
      ["GET", "/auth/start", "write"],
      ["POST", "/sign-out", "write"],
      ["DELETE", "/api/v1/stacks/shop", "write"],
      ["POST", "/webhooks/gitea", "read"],
    ] as const;
    for (const [method, path, kind] of kinds) {
      expect(kindOf(new Request(`${site}${path}`, { method }), path), path).toBe(kind);
    }
  });
});

describe("P6 behind a proxy", () => {
  const spoofed = (count: number) => ({ "x-forwarded-for": `198.51.100.${count}` });

  test("a client that writes X-Forwarded-For itself is still one client", async () => {
    const made = world({ guard: { trustedProxies: ["10.0.0.0/8"] } });
    for (let count = 0; count < 60; count++) {
      await ask(made, "POST", spoofed(count), "203.0.113.7");
    }
    expect((await ask(made, "POST", spoofed(99), "203.0.113.7")).status).toBe(429);
  });

  test("so is one that writes it before a proxy of ours adds the truth", async () => {
    const made = world({ guard: { trustedProxies: ["10.0.0.0/8"] } });
    const through = (count: number) => ({
      "x-forwarded-for": `198.51.100.${count}, 203.0.113.7`,
    });
    for (let count = 0; count < 60; count++) await ask(made, "POST", through(count), "10.0.0.2");
    expect((await ask(made, "POST", through(99), "10.0.0.2")).status).toBe(429);
    const other = { "x-forwarded-for": "203.0.113.8" };
    expect((await ask(made, "POST", other, "10.0.0.2")).status).toBe(401);
  });

  test("a proxy that is not in TRUSTED_PROXIES is one client, and the log says so once", async () => {
    const made = world();
    for (let count = 0; count < 60; count++) await ask(made, "POST", spoofed(count), "10.0.0.2");
    expect((await ask(made, "POST", spoofed(99), "10.0.0.2")).status).toBe(429);
    expect(made.log().match(/TRUSTED_PROXIES/g)).toHaveLength(1);
  });

  test("over a real socket the peer is who is connected", async () => {
    const engine = createFakeEngine();
    const server = await serveEngine(engine, {
      clock: createVirtualClock(),
      auth: { tokens },
      guard: { publicUrl: null, corsOrigins: [], trustedProxies: ["127.0.0.1"] },
    });
    const post = async (client: string): Promise<number> => {
      const headers = { "x-forwarded-for": client };
      const answer = await fetch(`${server.address}/api/v1/reconcile`, { method: "POST", headers });
      await answer.body?.cancel();
      return answer.status;
    };
    for (let count = 0; count < 60; count++) expect(await post("203.0.113.7")).toBe(401);
    expect(await post("203.0.113.7")).toBe(429);
    expect(await post("203.0.113.8")).toBe(401);
    await server.close();
  });

  test("what a client writes there cannot break a log line (P5)", async () => {
    const made = world();
    await ask(made, "GET", { "x-forwarded-for": '1.1.1.1", "level":50, "x":"' }, "10.0.0.2");
    for (const line of made.log().trim().split("\n")) JSON.parse(line);
    expect(made.log()).not.toContain("1.1.1.1");
  });
});

describe("headers of every answer", () => {
  const paths = ["/", "/nothing", "/health", "/sign-in", "/api/v1/stacks", "/auth/callback"];

  test.each(paths)(
    "%s tells browsers to run nothing of others and to be framed by nobody",
    async (path) => {
      const { headers } = await world().send(`${site}${path}`);
      expect(headers.get("content-security-policy")).toBe(
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
      );
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("same-origin");
      expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
      expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("strict-transport-security")).toBe("max-age=31536000");
    },
  );

  test("a server without TLS does not ask for TLS", async () => {
    const made = world({ publicUrl: "http://capstan.test" });
    const { headers } = await made.send("http://capstan.test/health");
    expect(headers.has("strict-transport-security")).toBe(false);
  });

  test("pages hold no script and no style of their own", async () => {
    const answer = await world().send(`${site}/sign-in`);
    expect(await answer.text()).not.toMatch(/<script|<style|style=|\son\w+=/);
  });
});

describe("P6 pages of other sites (CORS)", () => {
  const origin = "https://app.example.com";
  const preflight = (made: AuthWorld, from: string, path = "/api/v1/reconcile") =>
    made.send(`${site}${path}`, {
      method: "OPTIONS",
      headers: {
        origin: from,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
      },
    });

  test("those in CORS_ORIGINS may ask the API with a token, and never with a cookie", async () => {
    const made = world({ guard: { corsOrigins: [origin] } });
    const may = await preflight(made, origin);
    expect(may.status).toBe(204);
    expect(may.headers.get("access-control-allow-origin")).toBe(origin);
    expect(may.headers.get("access-control-allow-headers")?.toLowerCase()).toContain(
      "authorization",
    );
    const answer = await ask(made, "GET", { origin, ...bearer("ops") }, "203.0.113.7");
    expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
    expect(answer.headers.get("vary")).toContain("Origin");
    for (const { headers } of [may, answer]) {
      expect(headers.has("access-control-allow-credentials")).toBe(false);
    }
  });

  test.each([
    "https://evil.example.com",
    "https://app.example.com.evil.example.com",
    "http://app.example.com",
    "https://app.example.com:8443",
    "null",
  ])("%s may not", async (from) => {
    const made = world({ guard: { corsOrigins: [origin] } });
    expect((await preflight(made, from)).headers.has("access-control-allow-origin")).toBe(false);
    const answer = await ask(made, "GET", { origin: from, ...bearer("ops") }, "203.0.113.7");
    expect(answer.headers.has("access-control-allow-origin")).toBe(false);
  });

  test("nobody may without CORS_ORIGINS, and nobody outside the API", async () => {
    expect((await preflight(world(), origin)).headers.has("access-control-allow-origin")).toBe(
      false,
    );
    const made = world({ guard: { corsOrigins: [origin] } });
    for (const path of ["/", "/sign-in", "/sign-out", "/health"]) {
      const { headers } = await made.send(`${site}${path}`, { headers: { origin } });
      expect(headers.has("access-control-allow-origin"), path).toBe(false);
    }
  });
});
