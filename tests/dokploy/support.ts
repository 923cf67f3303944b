// A small HTTP server that answers as a test says, recordings of a real Dokploy, and a platform on it.
import type { DetailsRef, ServiceRef } from "../../src/model/observed.ts";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import { afterEach } from "vitest";
import { createDokploy } from "../../src/dokploy/platform.ts";
import type { DokployOptions } from "../../src/dokploy/platform.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { CapstanError } from "../../src/lib/errors.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import type { Platform } from "../../src/ports.ts";

export interface Recording {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly status: number;
  readonly response: unknown;
}

export function recording(name: string): Recording {
  return JSON.parse(
    readFileSync(new URL(`cases/${name}.json`, import.meta.url), "utf8"),
  ) as Recording;
}

export interface Asked {
  readonly method: string;
  /** Below `/api/`, without the query. */
  readonly procedure: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly headers: IncomingMessage["headers"];
}

export interface Reply {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Closes the connection: before any answer, or in the middle of it. */
  readonly cut?: "before" | "middle";
  /** Never answers. */
  readonly silent?: boolean;
}

export type Handler = (asked: Asked) => Reply | Promise<Reply>;

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export function atEnd(cleanup: () => Promise<unknown>): void {
  cleanups.push(cleanup);
}

export interface TestServer {
  readonly url: string;
  readonly asked: Asked[];
}

export async function serve(handler: Handler): Promise<TestServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const url = new URL(request.url ?? "/", "http://test");
      const text = Buffer.concat(chunks).toString();
      const one: Asked = {
        method: request.method ?? "",
        procedure: decodeURIComponent(url.pathname.replace(/^\/api\//, "")),
        query: url.searchParams,
        body: text === "" ? undefined : JSON.parse(text),
        headers: request.headers,
      };
      asked.push(one);
      void Promise.resolve(handler(one)).then((reply) => {
        if (reply.silent === true) return;
        if (reply.cut === "before") {
          request.socket.destroy();
          return;
        }
        const body = reply.text ?? (reply.json === undefined ? "" : JSON.stringify(reply.json));
        response.writeHead(reply.status ?? 200, {
          "content-type": "application/json",
          ...(reply.cut === "middle" ? { "content-length": String(body.length + 10) } : {}),
          ...reply.headers,
        });
        if (reply.cut === "middle") {
          response.write(body, () => request.socket.destroy());
        } else {
          response.end(body);
        }
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  atEnd(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** A clock whose sleeps end at once and only move its time. */
export function skippingClock(): Clock & { readonly slept: number[] } {
  let now = 1_800_000_000_000;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: async (ms) => {
      slept.push(ms);
      now += ms;
    },
    after: () => () => undefined,
  };
}

export function platformOn(url: string, more: Partial<DokployOptions> = {}): Platform {
  const platform = createDokploy({
    url,
    apiKey: "test-key-abcdef",
    clock: skippingClock(),
    random: () => 0.5,
    logger: silentLogger,
    redactor: createRedactor(),
    ...more,
  });
  atEnd(() => platform.close());
  return platform;
}

/** The error that a call ends with. */
export async function failureOf(call: Promise<unknown>): Promise<CapstanError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof CapstanError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

/** A batch's items as tRPC wraps them. */
export const item = (json: unknown): unknown => ({ result: { data: { json } } });

export const refusalItem = (
  status: number,
  code: string,
  path: string,
  message: string,
): unknown => ({
  error: {
    json: { message, code: -32000, data: { code, httpStatus: status, path, zodError: null } },
  },
});

/** Answers from a table by procedure, singles and batches alike. */
export function answering(
  table: Readonly<Record<string, (input: Readonly<Record<string, unknown>>) => unknown>>,
): Handler {
  return (asked) => {
    if (!asked.procedure.startsWith("trpc/")) {
      const input = asked.method === "GET" ? Object.fromEntries(asked.query) : asked.body;
      return { json: table[asked.procedure]?.(input as Record<string, unknown>) };
    }
    const names = asked.procedure.slice("trpc/".length).split(",");
    const inputs = (
      asked.method === "GET" ? JSON.parse(asked.query.get("input") ?? "{}") : asked.body
    ) as Record<string, { json: Record<string, unknown> | null }>;
    return {
      json: names.map((name, index) => item(table[name]?.(inputs[index]?.json ?? {}) ?? null)),
    };
  };
}

export const app = (id: string): ServiceRef => ({ kind: "application", id });
export const whole = (...ids: readonly string[]): readonly DetailsRef[] =>
  ids.map((id) => ({ ...app(id), apart: true }));
export const apps = (...ids: readonly string[]): readonly ServiceRef[] => ids.map(app);
