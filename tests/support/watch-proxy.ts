// An HTTP proxy in front of the simulator that sees every request go by: it measures how many are under
// way at once, and lets a test do something before one is passed on or before its answer is.
import { Agent, createServer, request as sendRequest } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Passing {
  /** Counts from 1. */
  readonly number: number;
  readonly procedures: readonly string[];
  readonly isWrite: boolean;
  readonly body: string;
  readonly beganAtMs: number;
  endedAtMs: number | null;
  /** Sends it to the server, once more or for the first time; the answer is for nobody. */
  readonly repeat: () => Promise<void>;
  /** Sends the first half of a batch; the answer is for nobody. */
  readonly half: () => Promise<void>;
}

export interface WatchProxy {
  readonly url: string;
  /** All requests so far, oldest first. */
  readonly passed: readonly Passing[];
  /** The most of these that were under way at the same time. */
  mostAtOnce(which?: (passing: Passing) => boolean): number;
  close(): Promise<void>;
}

export interface WatchHooks {
  /** An answer in place of the server's, which hears nothing of the request. */
  readonly instead?: (
    passing: Passing,
  ) => { readonly status: number; readonly body: string } | null;
  /** False: the request is dropped and its connection cut. */
  readonly before?: (passing: Passing) => Promise<boolean>;
  /** The server has answered; false: nobody hears of it. */
  readonly after?: (passing: Passing) => Promise<boolean>;
}

/** The address of a batch with half of its procedures; what the others are given is not looked at. */
function halfOf(path: string): string {
  const [address = "", query = ""] = path.split("?");
  const names = address.slice(address.lastIndexOf("/") + 1).split(",");
  const base = address.slice(0, address.lastIndexOf("/") + 1);
  return `${base}${names.slice(0, Math.floor(names.length / 2)).join(",")}?${query}`;
}

export async function watchProxy(target: string, hooks: WatchHooks = {}): Promise<WatchProxy> {
  const passed: Passing[] = [];
  const agent = new Agent({ keepAlive: true });

  async function pass(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
    const path = new URL(req.url ?? "/", target).pathname;
    const passing: Passing = {
      number: passed.length + 1,
      procedures: decodeURIComponent(path.replace(/^\/api\/(trpc\/)?/, "")).split(","),
      isWrite: req.method === "POST",
      body: Buffer.concat(chunks).toString("utf8"),
      beganAtMs: performance.now(),
      endedAtMs: null,
      repeat: async () => {
        await forward(req, Buffer.concat(chunks));
      },
      half: async () => {
        await forward(req, Buffer.concat(chunks), halfOf(req.url ?? "/"));
      },
    };
    passed.push(passing);
    try {
      if ((await hooks.before?.(passing)) === false) {
        req.socket.destroy();
        return;
      }
      const instead = hooks.instead?.(passing) ?? null;
      if (instead !== null) {
        res.writeHead(instead.status, { "content-type": "application/json" });
        res.end(instead.body);
        return;
      }
      const answer = await forward(req, Buffer.concat(chunks));
      if ((await hooks.after?.(passing)) === false) {
        req.socket.destroy();
        return;
      }
      res.writeHead(answer.status, answer.headers);
      res.end(answer.body);
    } catch {
      req.socket.destroy();
    } finally {
      passing.endedAtMs = performance.now();
    }
  }

  function forward(
    req: IncomingMessage,
    body: Buffer,
    path = req.url ?? "/",
  ): Promise<{ status: number; headers: IncomingMessage["headers"]; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const onward = sendRequest(
        new URL(path, target),
        { method: req.method, headers: req.headers, agent },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on("data", (part: Buffer) => parts.push(part));
          answer.once("error", reject);
          answer.once("end", () =>
            resolve({
              status: answer.statusCode ?? 500,
              headers: answer.headers,
              body: Buffer.concat(parts),
            }),
          );
        },
      );
      onward.once("error", reject);
      onward.end(body);
    });
  }

  const server = createServer((req, res) => {
    pass(req, res).catch(() => req.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    mostAtOnce(which = () => true) {
      const edges = passed.filter(which).flatMap(({ beganAtMs, endedAtMs }) => [
        { atMs: beganAtMs, change: 1 },
        { atMs: endedAtMs ?? Infinity, change: -1 },
      ]);
      edges.sort((a, b) => a.atMs - b.atMs || a.change - b.change);
      let now = 0;
      let most = 0;
      for (const { change } of edges) most = Math.max(most, (now += change));
      return most;
    },
    close: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
