// A proxy in front of the simulator that passes every request on and spoils the answers it is told to.
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { spoil } from "./mutations.ts";
import type { Mutation } from "./mutations.ts";

export interface SpoilingProxy {
  readonly url: string;
  /** From now on; null lets all through. Returns how it spoils the answers to these procedures. */
  spoilWith(mutation: ((procedures: readonly string[]) => Mutation | null) | null): void;
  /** Answers that were spoilt so far. */
  spoilt(): number;
  close(): Promise<void>;
}

export async function spoilingProxy(target: string): Promise<SpoilingProxy> {
  let choose: ((procedures: readonly string[]) => Mutation | null) | null = null;
  let spoilt = 0;

  async function pass(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
    const url = new URL(req.url ?? "/", target);
    const answer = await fetch(url, {
      method: req.method ?? "GET",
      headers: {
        "x-api-key": String(req.headers["x-api-key"]),
        ...(req.method === "POST" ? { "content-type": "application/json" } : {}),
      },
      ...(req.method === "POST" ? { body: Buffer.concat(chunks) } : {}),
    });
    const real = { status: answer.status, body: await answer.text() };
    const procedures = decodeURIComponent(url.pathname.replace(/^\/api\/(trpc\/)?/, "")).split(",");
    const mutation = choose?.(procedures) ?? null;
    if (mutation !== null) spoilt += 1;
    const { status, body } = mutation === null ? real : spoil(real, mutation);
    res.writeHead(status, { "content-type": answer.headers.get("content-type") ?? "text/plain" });
    res.end(status === 204 || status === 304 ? "" : body);
  }

  const server = createServer((req, res) => {
    pass(req, res).catch(() => req.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spoilWith(mutation) {
      choose = mutation;
    },
    spoilt: () => spoilt,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
