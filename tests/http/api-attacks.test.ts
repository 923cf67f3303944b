// The API as an outsider would try it, over real sockets: strangers in the portal, tricks with paths and
// bodies, floods of requests and of connections. Each is refused or bounded.
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { ownerLabel } from "../../src/model/owner.ts";
import type { ServerDeps } from "../../src/http/server.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createFakeEngine, status } from "../cli/support.ts";
import { serveEngine } from "../support/serve-engine.ts";
import { fakePortal } from "../support/fake-portal.ts";
import { bearer, createApiWorld, operatorToken, tokens, viewerToken } from "./api-support.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function prepared(owner = () => "visitor:none") {
  const engine = createFakeEngine();
  engine.setStacks([status("shop", { kind: "converged" })]);
  Object.assign(engine, {
    desired() {
      const labels = { [ownerLabel]: owner() };
      return [{ name: "shop", project: "shop", labels, template: "ai-stack", services: [] }];
    },
  });
  return engine;
}

async function serve(more: Partial<ServerDeps> = {}) {
  const engine = prepared();
  const portal = fakePortal();
  const server = await serveEngine(engine, { api: { engine, portal }, ...more });
  closers.push(() => server.close());
  return { engine, portal, address: server.address, port: Number(new URL(server.address).port) };
}

/** All that is answered to some bytes. */
async function raw(port: number, sent: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString("latin1")));
  socket.on("error", () => undefined);
  const closed = once(socket, "close");
  socket.write(sent);
  await closed;
  return answer;
}

describe("P6 a visitor of an open portal", () => {
  function world(owner?: () => string) {
    const made = createApiWorld({
      engine: prepared(owner),
      isLoopback: false,
      tokens,
      auth: { portalAuth: "none", publicUrl: "https://capstan.example.com" },
    });
    closers.push(() => {
      made.close();
    });
    return made;
  }
  const host = { host: "capstan.example.com", origin: "https://capstan.example.com" };

  test("uses the portal, and nothing else of the API", async () => {
    const made = world();
    const { portal, engine } = made;
    const deploy = await made.request("POST", "/api/deploy", {
      headers: host,
      body: '{"name":"zoe"}',
    });
    expect(deploy.status).toBe(202);
    for (const path of ["/portal", "/portal/stacks"]) {
      expect((await made.request("GET", `/api/v1${path}`, { headers: host })).status, path).toBe(
        200,
      );
    }
    const closed = [
      "/stacks",
      "/stacks/shop",
      "/stacks/shop/logs",
      "/events",
      "/plan",
      "/overview",
    ];
    for (const path of [...closed, "/stream", "/commits", "/problems", "/approvals", "/builds"]) {
      expect((await made.request("GET", `/api/v1${path}`, { headers: host })).status, path).toBe(
        401,
      );
    }
    for (const path of ["/reconcile", "/stacks/shop/suspend", "/stacks/shop/revert"]) {
      const answer = await made.request("POST", `/api/v1${path}`, { headers: host, body: "{}" });
      expect(answer.status, path).toBe(401);
    }
    expect(engine.asked).toEqual([]);
    expect(portal.asked).toEqual([
      expect.stringMatching(/^deploy zoe .* by visitor:/),
      expect.stringMatching(/^own of visitor:/),
    ]);
  });

  /** Somebody who has asked for a stack: the headers of their requests, and who they are. */
  async function visitor({ app, portal }: ReturnType<typeof world>) {
    const address = `https://${host.host}/api/deploy`;
    const headers = { ...host, "content-type": "application/json" };
    const answer = await app.request(address, { method: "POST", headers, body: '{"name":"zoe"}' });
    const [cookie = ""] = answer.headers.getSetCookie().map((line) => line.split(";")[0]!);
    const id = portal.asked.at(-1)?.split(" by ")[1] ?? "";
    return { id, headers: { ...host, cookie } };
  }

  test("sees the stack that is theirs, and may take it away", async () => {
    let owner = "";
    const made = world(() => owner);
    const { portal } = made;
    const { id, headers } = await visitor(made);
    owner = id;
    const detail = await made.request("GET", "/api/v1/stacks/shop", { headers });
    expect(detail.status).toBe(200);
    expect(detail.json.may).toEqual({ operate: false, remove: true });
    expect((await made.request("GET", "/api/v1/stacks/other", { headers })).status).toBe(401);
    expect((await made.request("DELETE", "/api/v1/stacks/shop", { headers })).status).toBe(202);
    expect(portal.asked.at(-1)).toBe(`remove shop by ${id}`);
  });

  test("without the cookie they were given they are not the one who made it", async () => {
    let owner = "";
    const made = world(() => owner);
    const { id } = await visitor(made);
    owner = id;
    expect((await made.request("GET", "/api/v1/stacks/shop", { headers: host })).status).toBe(401);
    const refused = await made.request("DELETE", "/api/v1/stacks/shop", { headers: host });
    expect(refused.status).toBe(403);
    expect(refused.json.hint).toContain("cookie");
    expect(made.portal.asked.filter((line) => line.startsWith("remove"))).toEqual([]);
  });

  test("a page of another site gets nothing done in their name", async () => {
    const made = world();
    const { portal } = made;
    const foreign = { host: host.host, origin: "https://evil.example" };
    for (const [method, path, body] of [
      ["POST", "/api/deploy", '{"name":"zoe"}'],
      ["DELETE", "/api/v1/stacks/shop", undefined],
    ] as const) {
      const more = body === undefined ? {} : { body };
      expect((await made.request(method, path, { headers: foreign, ...more })).status).toBe(403);
    }
    expect(portal.asked).toEqual([]);
  });
});

describe("paths and bodies", () => {
  test.each([
    "/api/v1/../../etc/passwd",
    "/api/v1/stacks/..%2f..%2f..%2fetc%2fpasswd",
    "/api/v1/stacks/%00",
    "/api/v1/stacks/shop%0d%0aSet-Cookie:%20a=b",
    "/api/v1/stacks/__proto__",
    "/api/v1/stacks/constructor",
    "/api/v1//stacks/shop",
    "/api//v1/stacks",
    "/api/v1/stacks/%ff%fe",
    "/api/v1/stacks/<script>alert(1)</script>",
    "/api/v1/commits/..%2f..%2fconfig",
    "/api/status/..%2f..%2fetc",
    "//evil.example/api/v1/stacks",
  ])("%s leads nowhere", async (path) => {
    const { port } = await serve();
    const answer = await raw(
      port,
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`,
    );
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    expect(Number(head.split(" ")[1])).toBeGreaterThanOrEqual(400);
    expect(Number(head.split(" ")[1])).toBeLessThan(500);
    expect(head).not.toMatch(/set-cookie|content-type: text\/html/i);
    expect(body).not.toContain("root:");
  });

  test.each(["/api/deploy", "/api/v1/stacks/shop/redeploy", "/api/v1/approve-prune"])(
    "a huge body for %s is refused before it is read",
    async (path) => {
      const { port, portal, engine } = await serve();
      const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nConnection: close\r\n`;
      const told = await raw(port, `${head}Content-Length: 1000000000\r\n\r\n{`);
      expect(told.split(" ")[1]).toBe("413");
      const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
      const streamed = await raw(
        port,
        `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(4)}0\r\n\r\n`,
      );
      expect(streamed.split(" ")[1]).toBe("413");
      expect([...portal.asked, ...engine.asked]).toEqual([]);
    },
  );

  test("deep and poisoned JSON is refused or harmless", async () => {
    const { address, portal } = await serve();
    const send = async (body: string) =>
      (
        await fetch(`${address}/api/deploy`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
        })
      ).status;
    expect(await send(`${"[".repeat(20_000)}${"]".repeat(20_000)}`)).toBe(400);
    expect(await send('{"name":"zoe","__proto__":{"role":"operator"}}')).toBe(400);
    expect(await send('{"name":"zoe","parameters":{"__proto__":{"a":"b"}}}')).toBe(400);
    expect(await send('{"name":"zoe","constructor":{}}')).toBe(400);
    expect(await send('\u0000{"name":"zoe"}')).toBe(400);
    expect(portal.asked).toEqual([]);
    expect(({} as { readonly role?: string }).role).toBeUndefined();
  });
});

test("P7 1,000 requests are answered, refused by the limit, and leave nothing behind", async () => {
  // Time stands still, so that the limit is the same on a slow machine.
  const nowMs = systemClock.now();
  const clock = { ...systemClock, now: () => nowMs };
  const { address, engine } = await serve({ auth: { tokens }, clock });
  const paths = ["/api/v1/stacks", "/api/v1/stacks/shop", "/api/check/zoe", "/api/v1/overview"];
  const seen = new Map<number, number>();
  const headers = bearer(viewerToken);
  async function some(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const answer = await fetch(`${address}${paths[index % paths.length]!}`, { headers });
      await answer.arrayBuffer();
      seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
    }
  }
  await Promise.all(Array.from({ length: 20 }, () => some(50)));
  expect(Object.fromEntries(seen)).toEqual({ 200: 600, 429: 400 });
  expect((await fetch(`${address}/healthz`)).status).toBe(200);
  expect(engine.asked).toEqual([]);
});

test("P7 so many streams of one person leave room for the others", async () => {
  const { address } = await serve({ auth: { tokens } });
  const watch = async (token: string) => {
    const leave = new AbortController();
    closers.push(() => leave.abort());
    const headers = { ...bearer(token), accept: "text/event-stream" };
    const answer = await fetch(`${address}/api/v1/stream`, { headers, signal: leave.signal });
    return answer.status;
  };
  const answers: number[] = [];
  for (let index = 0; index < 70; index += 1) answers.push(await watch(viewerToken));
  expect(answers.filter((code) => code === 200)).toHaveLength(64);
  expect(new Set(answers.slice(64))).toEqual(new Set([503]));
  expect(await watch(operatorToken)).toBe(200);
});

test("a client that sends slowly is cut off, and the others are answered meanwhile", async () => {
  const { port, address } = await serve();
  const slow = connect(port, "127.0.0.1");
  closers.push(() => slow.destroy());
  slow.on("error", () => undefined);
  slow.write("POST /api/deploy HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{");
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => fetch(`${address}/api/v1/overview`)),
  );
  expect(answers.every((answer) => answer.status === 200)).toBe(true);
});
