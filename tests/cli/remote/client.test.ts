// What commands say when no controller answers as it should, and how they go on after a cut.
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { runProgram } from "../../../src/cli/program.ts";
import { createSseReader } from "../../../src/cli/remote/sse.ts";
import { hashToken } from "../../../src/lib/api-token.ts";
import type { HttpServer } from "../../../src/http/server.ts";
import { serveEngine } from "../../support/serve-engine.ts";
import { until } from "../../support/until.ts";
import { createFakeEngine, createStage, status } from "../support.ts";

const servers: { close(): unknown }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

function stageFor(url: string, token: string | null = null) {
  return createStage({ factories: { remoteSettings: () => ({ url, token, named: false }) } });
}

async function run(url: string, token: string | null, ...args: readonly string[]) {
  const stage = stageFor(url, token);
  const code = await runProgram(stage.context, args);
  return { code, out: stage.terminal.out(), err: stage.terminal.err() };
}

async function listen(answer: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push({
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

async function capstan(token: string | null): Promise<HttpServer> {
  const engine = createFakeEngine();
  engine.setStacks([status("shop", { kind: "converged" })]);
  const tokens =
    token === null ? [] : [{ name: "board", role: "viewer" as const, hash: hashToken(token) }];
  const server = await serveEngine(engine, { auth: { tokens } });
  servers.push(server);
  return server;
}

describe("an error is one line with what to do", () => {
  test("when nobody listens", async () => {
    const { url, server } = await listen(() => undefined);
    await new Promise((resolve) => server.close(resolve));
    const { code, err } = await run(url, null, "get", "stacks");
    expect(code).toBe(1);
    expect(err).toMatch(
      new RegExp(
        `^error: no controller answers: ${url} cannot be reached: .+\nhint: {2}start one with .capstan run., or set CAPSTAN_URL to where it is\n$`,
      ),
    );
  });

  test("when something else listens", async () => {
    const { url } = await listen((_, response) => response.end("<html>hello</html>"));
    for (const args of [
      ["get", "stacks"],
      ["events", "--watch"],
      ["suspend", "shop"],
    ]) {
      const { code, err } = await run(url, null, ...args);
      expect(code).toBe(1);
      expect(err).toContain(
        `error: ${url} does not answer as a Capstan controller with this API\nhint: `,
      );
    }
  });

  test("when a Capstan of another version listens, in whatever words it says so", async () => {
    const { url } = await listen((_, response) => {
      response.writeHead(404, { "content-type": "application/problem+json" });
      response.end(JSON.stringify({ detail: "no idea", code: "no-such-address" }));
    });
    const { err } = await run(url, null, "get", "stacks");
    expect(err).toContain(
      `error: ${url} does not answer as a Capstan controller with this API\nhint: `,
    );
  });

  test("when the token is missing, wrong, or may not change anything", async () => {
    const { address } = await capstan("right");
    const missing = await run(address, null, "get", "stacks");
    expect(missing.err).toMatch(/^error: \S+ wants a token\nhint: {2}set CAPSTAN_TOKEN /);
    const wrong = await run(address, "canary", "get", "stacks");
    expect(wrong.err).toMatch(
      /^error: \S+ does not know the token in CAPSTAN_TOKEN\nhint: {2}copy /,
    );
    expect(wrong.err).not.toContain("canary");
    const viewer = await run(address, "right", "suspend", "shop");
    expect(viewer.err).toBe(
      "error: board may only look\n" + "hint:  ask somebody who has the role operator\n",
    );
    expect((await run(address, "right", "get", "stacks")).code).toBe(0);
  });

  test("when the stack is not known, with a guess", async () => {
    const { address } = await capstan(null);
    const { err } = await run(address, null, "get", "stack", "shpo");
    expect(err).toBe("error: there is no stack shpo\nhint:  did you mean `shop`?\n");
  });
});

test("events --watch connects again after a cut and goes on after the last event", async () => {
  const asked: (string | undefined)[] = [];
  const { url } = await listen((request, response) => {
    asked.push(request.headers["last-event-id"] as string | undefined);
    const number = asked.length;
    response.writeHead(200, { "content-type": "text/event-stream" });
    const event = {
      at: "2026-03-29T06:00:01.000Z",
      level: "info",
      stack: "shop",
      message: `m${number}`,
    };
    response.write(`id: e-${number}\ndata: ${JSON.stringify(event)}\n\n`, () => {
      if (number === 1) response.destroy();
    });
  });
  const stage = stageFor(url);
  const ended = runProgram(stage.context, ["events", "--watch"]);
  await until("it went on", () => stage.terminal.out().includes("m2"));
  stage.interrupt();
  expect(await ended).toBe(0);
  expect(asked.slice(0, 2)).toEqual([undefined, "e-1"]);
  expect(stage.terminal.out()).toBe(
    "2026-03-29 06:00:01  info  shop  m1\n2026-03-29 06:00:01  info  shop  m2\n",
  );
});

describe("--watch outlives", () => {
  const quiet = { "content-type": "text/event-stream" };

  test("a cut before anything was told", async () => {
    let asked = 0;
    const { url } = await listen((_, response) => {
      asked += 1;
      response.writeHead(200, quiet);
      if (asked > 1) {
        response.write(
          'id: e-1\ndata: {"at":"2026-03-29T06:00:01Z","level":"info","stack":null,"message":"back"}\n\n',
        );
      } else {
        response.write("retry: 2000\n\n", () => response.destroy());
      }
    });
    const stage = stageFor(url);
    const ended = runProgram(stage.context, ["events", "--watch"]);
    await until("it went on", () => stage.terminal.out().includes("back"));
    stage.interrupt();
    expect(await ended).toBe(0);
  });

  test("a proxy that has nobody behind it for a while", async () => {
    const answers = [200, 502, 503, 200];
    let asked = 0;
    const { url } = await listen((_, response) => {
      const status = answers[asked] ?? 200;
      asked += 1;
      response.writeHead(status, status === 200 ? quiet : { "content-type": "text/html" });
      if (status !== 200) response.end("<html>Bad Gateway</html>");
      else if (asked > 1) {
        response.write(
          'id: e-1\ndata: {"at":"2026-03-29T06:00:01Z","level":"info","stack":null,"message":"back"}\n\n',
        );
      } else response.write("retry: 2000\n\n", () => response.end());
    });
    const stage = stageFor(url);
    const ended = runProgram(stage.context, ["events", "--watch"]);
    await until("it went on", () => stage.terminal.out().includes("back"));
    stage.interrupt();
    expect(await ended).toBe(0);
    expect(asked).toBe(4);
  });

  test("and shows with get what changed before the stream was open", async () => {
    const page = (message: string) => ({
      stacks: [
        {
          name: "shop",
          ready: false,
          reason: "R",
          message,
          revision: null,
          urls: [],
          lastRun: null,
        },
      ],
      next: null,
    });
    let message = "early";
    const { url } = await listen((request, response) => {
      if (request.headers.accept === "text/event-stream") {
        message = "late";
        response.writeHead(200, quiet);
        response.write("retry: 2000\n\n");
        return;
      }
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(page(message)));
    });
    const stage = stageFor(url);
    const ended = runProgram(stage.context, ["get", "stacks", "--watch"]);
    await until("it printed again", () => stage.terminal.out().includes("late"));
    stage.interrupt();
    expect(await ended).toBe(0);
    expect(stage.terminal.out()).toContain("early");
  });
});

test("an address that only leads elsewhere is told with where", async () => {
  const { url } = await listen((_, response) => {
    response.writeHead(301, { location: "https://capstan.example.com/api/v1/stacks" }).end();
  });
  const { code, err } = await run(url, null, "get", "stacks");
  expect(code).toBe(1);
  expect(err).toBe(
    `error: ${url} leads to https://capstan.example.com instead of answering\n` +
      "hint:  set CAPSTAN_URL to that address, if it is the controller's\n",
  );
});

test("what a server tells can do nothing to a terminal", async () => {
  const { url } = await listen((_, response) => {
    const message = "a\u001b[2Jb\u001b]0;title\u0007c\nd";
    const events = [{ at: "2026-03-29T06:00:01.000Z", level: "info", stack: null, message }];
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ events }));
  });
  const { out } = await run(url, null, "events");
  expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  expect(out.split("\n")).toHaveLength(2);
});

test("server-sent events are read whatever the chunks are", () => {
  const text = ': hello\n\nid: 1\ndata: {"a":1}\n\nretry: 5\n\nid: 2\r\ndata: x\r\n\r\n';
  for (const size of [1, 2, 3, 7, 1_000]) {
    const read = createSseReader();
    const messages: unknown[] = [];
    for (let at = 0; at < text.length; at += size)
      messages.push(...read(text.slice(at, at + size)));
    expect(messages).toEqual([
      { id: "1", data: '{"a":1}' },
      { id: "2", data: "x" },
    ]);
  }
});

test("capstan token prints the token once, and an entry that holds only its hash", async () => {
  const { code, out } = await run("http://127.0.0.1:1", null, "token", "ci", "--role", "operator");
  expect(code).toBe(0);
  const [, made = ""] = /^CAPSTAN_TOKEN=(capstan_\S{43})$/m.exec(out) ?? [];
  expect(out).toContain(`\nAPI_TOKENS=ci:operator:${hashToken(made)}\n`);
  const bad = await run("http://127.0.0.1:1", null, "token", "a:b");
  expect(bad.code).toBe(1);
});
