// Who may read /metrics.
import { expect, test } from "vitest";
import { createRoutes } from "../../src/http/server.ts";
import { createAuth } from "../../src/http/auth/auth.ts";
import { hashToken } from "../../src/lib/api-token.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { createFakeEngine } from "../cli/support.ts";

const metricsToken = "a-token-for-prometheus";
const viewer = "a-token-of-a-viewer";

function world(options: { readonly token?: string; readonly isLoopback?: boolean } = {}) {
  const engine = createFakeEngine();
  const parts = { clock: systemClock, logger: silentLogger };
  const auth = createAuth(
    { tokens: [{ name: "board", role: "viewer", hash: hashToken(viewer) }] },
    { isLoopback: () => options.isLoopback ?? false, ...parts },
  );
  const app = createRoutes(
    {
      state: () => engine.state(),
      stacks: () => [],
      redact: (text) => text,
      version: "0",
      ...parts,
      metrics: {
        contentType: "text/plain; version=0.0.4; charset=utf-8",
        text: async () => "capstan_build_info 1\n",
        token: options.token ?? null,
      },
    },
    null,
    auth,
  );
  return async (headers: Record<string, string> = {}, method = "GET") =>
    app.request("http://capstan.test/metrics", { method, headers });
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const viaProxy = { "x-forwarded-for": "203.0.113.9", host: "capstan.example.com" };

test("a scraper that asks the server directly needs no token", async () => {
  const answer = await world()();
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(await answer.text()).toBe("capstan_build_info 1\n");
});

test("what a proxy passes on needs a token, and the answer says which", async () => {
  const ask = world();
  const refused = await ask(viaProxy);
  expect(refused.status).toBe(401);
  expect(refused.headers.get("www-authenticate")).toBe('Bearer realm="capstan"');
  const text = await refused.text();
  expect(text).not.toContain("capstan_build_info");
  expect(JSON.parse(text)).toMatchObject({ hint: expect.stringContaining("METRICS_TOKEN") });
  expect((await ask({ ...viaProxy, ...bearer(viewer) })).status).toBe(200);
});

test.each(["forwarded", "via", "x-real-ip", "x-forwarded-host"])(
  "%s tells of a proxy as well",
  async (header) => {
    expect((await world()({ [header]: "proxy.example.com" })).status).toBe(401);
  },
);

test("with METRICS_TOKEN everybody needs it, or a viewer's token", async () => {
  const ask = world({ token: metricsToken });
  expect((await ask()).status).toBe(401);
  expect((await ask(bearer(metricsToken))).status).toBe(200);
  expect((await ask({ ...viaProxy, ...bearer(metricsToken) })).status).toBe(200);
  expect((await ask(bearer(viewer))).status).toBe(200);
  for (const wrong of ["", "x", `${metricsToken}x`, metricsToken.slice(1), "é".repeat(20)]) {
    const headers = new Headers();
    headers.set("authorization", `Bearer ${encodeURIComponent(wrong)}`);
    expect((await ask(Object.fromEntries(headers))).status).toBe(401);
  }
});

test("it is for reading", async () => {
  const answer = await world()({}, "POST");
  expect(answer.status).toBe(405);
  expect((await world()({}, "HEAD")).status).toBe(200);
});
