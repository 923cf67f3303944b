// A proxy in front of the simulator that carries requests out and then answers some of them with a flood:
// streamed without a length, packed by gzip, as one long refusal, or in headers.
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

export const floods = [
  "text",
  "json",
  "gzip",
  "gzip of json",
  "refusal",
  "refusal of line breaks",
  "nested",
  "headers",
] as const;
export type Flood = (typeof floods)[number];

export interface FloodProxy {
  readonly url: string;
  /** From now on the answers to requests that `choose` names a flood for, of so many bytes each. */
  floodWith(choose: (procedures: readonly string[]) => Flood | null, bytes: number): void;
  /** Answers that were floods so far. */
  floods(): number;
  /** Bytes of floods that the client took, packed ones before packing. */
  taken(): number;
  close(): Promise<void>;
}

const chunkBytes = 64 * 1024;

interface Shape {
  readonly status: number;
  readonly before: string;
  readonly filling: string;
  readonly after: string;
}

function shapeOf(flood: Flood): Shape {
  const whole = (status: number, before: string, filling: string, after: string): Shape => ({
    status,
    before,
    filling,
    after,
  });
  switch (flood) {
    case "text":
      return whole(200, "", "x", "");
    case "json":
    case "gzip of json":
      return whole(200, '[{"result":{"data":{"json":"', "x", '"}}}]');
    case "gzip":
      return whole(200, "", "\0", "");
    case "refusal":
      return whole(400, '{"code":"BAD_REQUEST","message":"', "x ", '"}');
    case "refusal of line breaks":
      return whole(400, '{"code":"BAD_REQUEST","message":"', "\\n", '"}');
    case "nested":
      return whole(200, "", "[", "");
    case "headers":
      return whole(200, "", "", "[]");
  }
}

export async function floodProxy(target: string): Promise<FloodProxy> {
  let choose: (procedures: readonly string[]) => Flood | null = () => null;
  let bytes = 0;
  let count = 0;
  let taken = 0;

  function* chunksOf({ before, filling, after }: Shape): Generator<Buffer> {
    const chunk = Buffer.from(filling.repeat(Math.ceil(chunkBytes / Math.max(1, filling.length))));
    yield Buffer.from(before);
    for (let left = filling === "" ? 0 : bytes; left > 0; left -= chunk.length) {
      taken += chunk.length;
      yield chunk;
    }
    yield Buffer.from(after);
  }

  async function flood(kind: Flood, res: ServerResponse): Promise<void> {
    count += 1;
    const shape = shapeOf(kind);
    const packed = kind.startsWith("gzip");
    res.writeHead(shape.status, {
      "content-type": "application/json",
      ...(packed ? { "content-encoding": "gzip" } : {}),
      ...(kind === "headers" ? { "x-much": "x".repeat(Math.min(bytes, 1_000_000)) } : {}),
    });
    const body = Readable.from(chunksOf(shape), { objectMode: false });
    await (packed ? pipeline(body, createGzip({ level: 1 }), res) : pipeline(body, res));
  }

  async function pass(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const sent: Buffer[] = [];
    for await (const chunk of req as AsyncIterable<Buffer>) sent.push(chunk);
    const url = new URL(req.url ?? "/", target);
    const answer = await fetch(url, {
      method: req.method ?? "GET",
      headers: {
        "x-api-key": String(req.headers["x-api-key"]),
        ...(req.method === "POST" ? { "content-type": "application/json" } : {}),
      },
      ...(req.method === "POST" ? { body: Buffer.concat(sent) } : {}),
    });
    const text = await answer.text();
    const procedures = decodeURIComponent(url.pathname.replace(/^\/api\/(trpc\/)?/, "")).split(",");
    const kind = choose(procedures);
    if (kind !== null) return flood(kind, res);
    res.writeHead(answer.status, {
      "content-type": answer.headers.get("content-type") ?? "text/plain",
    });
    res.end(text);
  }

  const server = createServer((req, res) => {
    // A client that has had enough closes the connection in the middle.
    pass(req, res).catch(() => req.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    floodWith(next, size) {
      choose = next;
      bytes = size;
    },
    floods: () => count,
    taken: () => taken,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
