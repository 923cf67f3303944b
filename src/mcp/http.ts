// MCP over Streamable HTTP at /mcp: without sessions, each request is answered by a server of its own.
import { createMcpHandler } from "@modelcontextprotocol/server";
import type { Logger } from "../lib/logger.ts";
import { askInProcess } from "./in-process.ts";
import { createMcpServer } from "./server.ts";

export interface McpHttp {
  /** For whoever was let in already. */
  readonly handle: (request: Request) => Promise<Response>;
  /** Ends open streams; may be called twice. */
  readonly close: () => Promise<void>;
}

export interface McpHttpDeps {
  /** The API's routes, below `/api`. */
  readonly api: (request: Request) => Promise<Response> | Response;
  readonly version: string;
  readonly logger: Logger;
}

const mostSubscriptions = 64;
const keepAliveMs = 15_000;

/** One request, one call: a batch would be many calls that count as one. */
async function isBatch(request: Request): Promise<boolean> {
  if (request.method !== "POST") return false;
  const body = await request.clone().text();
  return body.trimStart().startsWith("[");
}

function refuseBatch(): Response {
  const error = { code: -32_600, message: "send one message at a time: batches are not taken" };
  return Response.json({ jsonrpc: "2.0", id: null, error }, { status: 400 });
}

export function createMcpHttp({ api, version, logger }: McpHttpDeps): McpHttp {
  const report = (error: unknown): void => {
    const message = error instanceof Error ? error.message : String(error);
    logger.error({ error: message }, "a request of an agent failed unexpectedly");
  };
  const handler = createMcpHandler(
    ({ requestInfo }) => {
      if (requestInfo === undefined) throw new Error("a request over HTTP without a request");
      return createMcpServer({ ask: askInProcess(api, requestInfo), version, report });
    },
    { maxSubscriptions: mostSubscriptions, keepAliveMs },
  );
  return {
    handle: async (request) => ((await isBatch(request)) ? refuseBatch() : handler.fetch(request)),
    close: () => handler.close(),
  };
}
