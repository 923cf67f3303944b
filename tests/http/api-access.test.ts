import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { createAuth } from "../../src/http/auth/auth.ts";
import { isLoopbackAddress } from "../../src/http/auth/local-request.ts";
import { routes } from "../../src/http/api/routes.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { hashToken, tokenFrom } from "../../src/lib/api-token.ts";
import { parseApiTokens, tokenLine } from "../../src/model/api-token.ts";
import { createFakeEngine, emptyPlan, status } from "../cli/support.ts";
import {
  bearer,
  createApiWorld,
  deployerToken,
  needed,
  operatorToken,
  pathOf,
  tokens,
  viewerToken,
} from "./api-support.ts";
import { serveEngine } from "../support/serve-engine.ts";

const callers = {
  "no token": {},
  "a viewer": bearer(viewerToken),
  "a deployer": bearer(deployerToken),
  "an operator": bearer(operatorToken),
  "a wrong token": bearer("canary-wrong-token"),
  "a token's hash": bearer(hashToken(operatorToken)),
  "another scheme": { authorization: `Basic ${operatorToken}` },
} as const;
type Caller = keyof typeof callers;

/** What each may do: with API_TOKENS set, then without them on loopback and on a public address. */
const expected: Record<Caller, { readonly look: number; readonly change: number }> = {
  "no token": { look: 401, change: 401 },
  "a viewer": { look: 200, change: 403 },
  "a deployer": { look: 200, change: 403 },
  "an operator": { look: 200, change: 202 },
  "a wrong token": { look: 401, change: 401 },
  "a token's hash": { look: 401, change: 401 },
  "another scheme": { look: 401, change: 401 },
};

function prepared() {
  const plans = [{ stack: "shop", actions: [], notes: [], conflict: null }];
  const engine = createFakeEngine({ plan: async () => ({ ...emptyPlan, plans }) });
  engine.setStacks([status("shop", { kind: "converged" })]);
  return engine;
}

const bodies: Readonly<Record<string, string>> = {
  "/approve-prune": JSON.stringify({ digest: "12ab34cd56ef" }),
  "/stacks/:name/revert": JSON.stringify({ revision: "a".repeat(40) }),
  "/plan": JSON.stringify({ manifest: "kind: Stack" }),
  "/proposals": JSON.stringify({ manifest: "kind: Stack" }),
  "/promotions": JSON.stringify({ stack: "shop", from: "staging", to: "production" }),
};

/** What an address answers when all is well. */
function success({ route: { responses } }: (typeof routes)[number]): number {
  return "202" in responses ? 202 : 200;
}

async function ask(
  world: ReturnType<typeof createApiWorld>,
  route: (typeof routes)[number],
  headers: Record<string, string>,
) {
  const query = route.method === "GET" ? needed(route.path).query : "";
  const path = `/api/v1${pathOf(route.path)}${query}`;
  const body = route.method !== "GET" ? (bodies[route.path] ?? "{}") : undefined;
  return world.request(route.method, path, {
    headers: { ...needed(route.path).headers, ...headers },
    ...(body === undefined ? {} : { body }),
  });
}

describe("P6 over a socket, without API_TOKENS, nobody but a program of this machine is answered", () => {
  async function ask(head: string): Promise<number> {
    const engine = prepared();
    const server = await serveEngine(engine);
    const port = new URL(server.address).port;
    const socket = connect(Number(port), "127.0.0.1");
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
    const closed = once(socket, "close");
    socket.end(`${head.replaceAll("PORT", port)}\r\nConnection: close\r\n\r\n`);
    await closed;
    await server.close();
    if (!answer.startsWith("HTTP/1.1 202")) expect(engine.asked).toEqual([]);
    return Number(answer.split(" ")[1]);
  }
  const post = "POST /api/v1/stacks/shop/suspend HTTP/1.1\r\n";

  test.each([
    ["a program", `${post}Host: 127.0.0.1:PORT`, 202],
    ["a program that says localhost", `${post}Host: localhost:PORT`, 202],
    ["another name for this address", `${post}Host: rebound.example.com:PORT`, 403],
    ["a name that begins like one", `${post}Host: 127.0.0.1.example.com:PORT`, 403],
    ["a page of another site", `${post}Host: 127.0.0.1:PORT\r\nOrigin: https://evil.example`, 403],
    ["a page of another port", `${post}Host: 127.0.0.1:PORT\r\nOrigin: http://127.0.0.1:1`, 403],
    ["a page in a sandbox", `${post}Host: 127.0.0.1:PORT\r\nOrigin: null`, 403],
    [
      "a whole address in the request",
      "POST http://evil.example/api/v1/stacks/shop/suspend HTTP/1.1\r\nHost: evil.example",
      403,
    ],
    ["no host at all", "POST /api/v1/stacks/shop/suspend HTTP/1.0", 400],
    ["a proxy", `${post}Host: 127.0.0.1:PORT\r\nX-Forwarded-Proto: https`, 403],
  ])("%s", async (_, head, status) => {
    expect(await ask(head)).toBe(status);
  });
});

describe("P6 nobody without a token changes anything", () => {
  const cases = routes.flatMap((route) =>
    Object.keys(callers).map((caller) => ({ ...route, route, caller: caller as Caller })),
  );

  test.each(cases)("$method $path for $caller", async ({ route, needs, caller }) => {
    const world = createApiWorld({ engine: prepared(), tokens });
    const answer = await ask(world, route, callers[caller]);
    const mayDeploy = ["portal", "deployer"].includes(needs) && caller === "a deployer";
    const { look, change } = expected[caller];
    const changed = mayDeploy || change === 202 ? success(route) : change;
    const wanted = route.method === "GET" ? look : changed;
    expect(answer.status).toBe(wanted);
    if (wanted >= 400) {
      expect(answer.type).toBe("application/problem+json");
      expect(world.engine.asked).toEqual([]);
      expect(answer.text).not.toContain("canary");
      expect(answer.headers.has("www-authenticate")).toBe(wanted === 401);
    }
    world.close();
  });

  test.each(routes)(
    "$method $path is closed to all without API_TOKENS on a public address",
    async (route) => {
      for (const headers of Object.values(callers)) {
        const world = createApiWorld({ engine: prepared(), isLoopback: false });
        const answer = await ask(world, route, headers);
        expect(answer.status).toBe(403);
        expect(answer.json.hint).toContain("API_TOKENS");
        expect(world.engine.asked).toEqual([]);
        world.close();
      }
    },
  );

  test.each(routes)("$method $path is open on loopback without API_TOKENS", async (route) => {
    const world = createApiWorld({ engine: prepared() });
    expect((await ask(world, route, {})).status).toBe(success(route));
    const asked = [...world.engine.asked, ...world.portal.asked];
    if (route.method !== "GET") {
      expect(asked).toEqual([expect.stringMatching(/by (?:a local operator|local)$/)]);
    }
    world.close();
  });

  test("without API_TOKENS neither a page in a browser nor a proxy counts as this machine", async () => {
    const elsewhere: Record<string, string>[] = [
      { host: "capstan.example.com" },
      { host: "attacker.example:3000" },
      { origin: "https://attacker.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { "x-forwarded-for": "203.0.113.7" },
      { forwarded: "for=203.0.113.7" },
    ];
    for (const headers of elsewhere) {
      // One of its own: together they would ask too often.
      const world = createApiWorld({ engine: prepared() });
      for (const route of routes) {
        expect((await ask(world, route, headers)).status, JSON.stringify(headers)).toBe(403);
      }
      expect([...world.engine.asked, ...world.portal.asked]).toEqual([]);
      world.close();
    }
    const world = createApiWorld({ engine: prepared() });
    for (const host of ["localhost:3000", "127.0.0.1", "[::1]:3000"]) {
      expect((await ask(world, routes[0]!, { host })).status).toBe(200);
    }
    world.close();
  });

  test("health is open to all, whatever the tokens are", async () => {
    for (const options of [{ tokens }, { isLoopback: false }]) {
      const world = createApiWorld(options);
      for (const path of ["/health", "/healthz", "/readyz"]) {
        expect((await world.request("GET", path)).status).toBe(200);
      }
      world.close();
    }
  });

  test("every address that changes the server needs an operator", () => {
    // These plan, and open pull requests for others to review.
    const proposing = ["/plan", "/proposals", "/promotions"];
    for (const { method, path, needs } of routes) {
      // The portal itself lets people remove their own stacks, and operators all.
      if (method === "DELETE") expect([path, needs]).toEqual(["/stacks/:name", "portal"]);
      else if (method === "POST" && proposing.includes(path)) expect(needs, path).toBe("deployer");
      else if (method === "POST") expect(needs, path).toBe("operator");
      else expect(["viewer", "owner", "portal"], path).toContain(needs);
    }
  });
});

test("loopback is 127.0.0.0/8 and ::1, and nothing that only looks like it", () => {
  for (const yes of ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]) {
    expect(isLoopbackAddress(yes), yes).toBe(true);
  }
  for (const no of [
    "0.0.0.0",
    "::",
    "10.0.0.1",
    "127.example.com",
    "128.0.0.1",
    "::ffff:10.0.0.1",
  ]) {
    expect(isLoopbackAddress(no), no).toBe(false);
  }
});

test("a token that was made is the one that its line in API_TOKENS lets in", async () => {
  const token = tokenFrom(new Uint8Array(32).fill(7));
  const line = tokenLine({ name: "ci", role: "operator", hash: hashToken(token) });
  expect(line).not.toContain(token);
  const { tokens: read, problems } = parseApiTokens(line);
  expect(problems).toEqual([]);
  const edge = { isLoopback: () => false, clock: systemClock, logger: silentLogger };
  const { access } = createAuth({ tokens: read }, edge);
  const asking = (given: string) =>
    new Request("http://127.0.0.1:3000/", { headers: bearer(given) });
  expect(await access(asking(token), "operator")).toEqual({
    kind: "granted",
    person: { id: "token:ci", name: "ci", email: null, role: "operator" },
  });
  expect((await access(asking(`${token}x`), "viewer")).kind).toBe("refused");
});
