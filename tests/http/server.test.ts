import { connect } from "node:net";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import type { EngineState } from "../../src/engine/engine.ts";
import { startHttpServer, type HttpServer } from "../../src/http/server.ts";
import { httpClient } from "../../src/lib/http.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import type { StackStatus } from "../../src/model/status.ts";
import { status } from "../cli/support.ts";

const resting: EngineState = {
  startedAtMs: 0,
  ready: true,
  waitsFor: null,
  revision: "abc",
  sourceError: null,
  platformError: null,
  swarmError: null,
  storeError: null,
  secretErrors: [],
  lastListMs: 0,
  activeDeployments: 2,
  queued: 0,
  due: { count: 0, oldestMs: 0 },
  running: 0,
  problems: [],
  orphans: [],
};

const servers: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(
  state: Partial<EngineState> | (() => EngineState) = {},
  port = 0,
  stacks: readonly StackStatus[] = [],
): Promise<HttpServer> {
  const clock = {
    now: () => 1_700_000_000_000,
    sleep: async () => undefined,
    after: () => () => undefined,
  };
  const server = await startHttpServer(
    {
      state: typeof state === "function" ? state : () => ({ ...resting, ...state }),
      stacks: () => stacks,
      redact: (text) => text.replaceAll("canary", "(secret)"),
      clock,
      logger: silentLogger,
      version: "1.2.3",
    },
    { host: "127.0.0.1", port },
  );
  servers.push(server);
  return server;
}

async function get(
  server: HttpServer,
  path: string,
  method: "GET" | "POST" = "GET",
  body?: string,
) {
  const answer = await httpClient.send({
    method,
    url: `${server.address}${path}`,
    timeoutMs: 60_000,
    maxBytes: 100_000,
    ...(body === undefined ? {} : { body }),
  });
  const type = answer.headers.get("content-type") ?? "";
  return { ...answer, type, json: type.includes("json") ? JSON.parse(answer.text) : null };
}

/** All that a server answers to a few bytes. */
async function overSocket(server: HttpServer, sent: string): Promise<string> {
  const socket = connect(Number(new URL(server.address).port), "127.0.0.1");
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
  const closed = once(socket, "close");
  socket.end(sent);
  await closed;
  return answer;
}

describe("/health", () => {
  const ready = status("shop", { kind: "converged" });
  const waits = status("blog", { kind: "progressing", message: "deploying" });
  const fails = status("zoo", { kind: "degraded", message: "canary" });

  test("tells status, time, version, deployments under way and how the stacks are", async () => {
    const answer = await get(await start({}, 0, [ready, waits]), "/health");
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      status: "ok",
      timestamp: "2023-11-14T22:13:20.000Z",
      version: "1.2.3",
      service: "capstan",
      activeDeployments: 2,
      stacks: { ready: 1, waiting: 1, failed: 0 },
      problems: 0,
      errors: {},
    });
  });

  test("is 200 and degraded while Dokploy or Git cannot be read, and says why", async () => {
    const errors = { platformError: "refused\nby canary", sourceError: "no such branch" };
    const answer = await get(await start(errors), "/health");
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      status: "degraded",
      errors: { source: "no such branch", platform: "refused by (secret)" },
    });
  });

  test("is degraded before both were read", async () => {
    expect((await get(await start({ ready: false }), "/health")).json.status).toBe("degraded");
  });

  test("is degraded while a stack fails or a manifest has a mistake", async () => {
    const sick = status("sick", { kind: "converged" }, { conditions: [] });
    for (const stack of [fails, sick]) {
      const { json, text } = await get(await start({}, 0, [ready, stack]), "/health");
      expect(json).toMatchObject({ status: "degraded", stacks: { ready: 1, failed: 1 } });
      expect(text).not.toContain("canary");
    }
    const place = { file: "a.yaml", line: 1, column: 1 };
    const problems = [{ place, message: "is not a manifest", hint: null, stack: null }];
    const { json } = await get(await start({ problems }), "/health");
    expect(json).toMatchObject({ status: "degraded", problems: 1 });
  });
});

test("/healthz answers whatever the engine's state", async () => {
  const server = await start({ platformError: "down", ready: false });
  expect((await get(server, "/healthz")).status).toBe(200);
});

test("/readyz is 503 until Git and the server were read", async () => {
  expect((await get(await start({ ready: false }), "/readyz")).status).toBe(503);
  expect((await get(await start({ ready: true }), "/readyz")).status).toBe(200);
});

describe("errors are problem details", () => {
  test("for an address that does not exist", async () => {
    const answer = await get(await start(), "/api/nothing");
    expect(answer.type).toBe("application/problem+json");
    expect(answer.json).toEqual({
      type: "about:blank",
      title: "Not Found",
      status: 404,
      detail: "there is nothing at /api/nothing",
      code: "no-such-address",
    });
  });

  test("for a method that changes", async () => {
    const answer = await get(await start(), "/health", "POST");
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("GET, HEAD");
  });

  test("for a body that is too large", async () => {
    const answer = await get(await start(), "/health", "POST", "x".repeat(100_000));
    expect(answer.status).toBe(413);
  });

  test("for what is no request, or too much of one", async () => {
    const server = await start();
    for (const [sent, line] of [
      ["NONSENSE\r\n\r\n", "HTTP/1.1 400 Bad Request"],
      ["OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 400 Bad Request"],
      ["GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n", "HTTP/1.1 400 Bad Request"],
      [
        `GET / HTTP/1.1\r\nHost: x\r\nA: ${"x".repeat(40_000)}\r\n\r\n`,
        "HTTP/1.1 431 Request Header Fields Too Large",
      ],
    ] as const) {
      const answer = await overSocket(server, sent);
      expect(answer.startsWith(`${line}\r\n`)).toBe(true);
      expect(answer.toLowerCase()).toContain("content-type: application/problem+json");
      const body = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4));
      expect(body).toMatchObject({
        status: Number(line.split(" ")[1]),
        detail: expect.any(String),
      });
    }
  });

  test("for a failure inside, without its words", async () => {
    const server = await start(() => {
      throw new Error("canary");
    });
    const answer = await get(server, "/health");
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain("canary");
  });
});

test("a port in use is a clear error", async () => {
  const first = await start();
  const port = Number(new URL(first.address).port);
  await expect(start({}, port)).rejects.toMatchObject({
    code: "invalid",
    message: `port ${port} is in use already on 127.0.0.1`,
    hint: "set PORT to another one, or stop what uses it",
  });
});

test("closing ends open connections, and may be repeated", async () => {
  const server = await start();
  const socket = connect(Number(new URL(server.address).port), "127.0.0.1");
  await once(socket, "connect");
  const closed = once(socket, "close");
  await server.close();
  await server.close();
  await closed;
});
