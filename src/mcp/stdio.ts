// MCP on standard input and output, for one agent that started this process.
import type { Readable, Writable } from "node:stream";
import { StdioServerTransport, serveStdio } from "@modelcontextprotocol/server/stdio";
import type { McpParts } from "./server.ts";
import { createMcpServer } from "./server.ts";

export interface McpStdio {
  /** Resolves when the agent has closed its end. */
  readonly closed: Promise<void>;
  /** May be called twice. */
  close(): Promise<void>;
}

export function serveMcpStdio(
  parts: McpParts,
  streams: { readonly input: Readable; readonly output: Writable },
): McpStdio {
  const { input, output } = streams;
  const closed = new Promise<void>((resolve) => {
    for (const end of ["end", "close"]) input.once(end, resolve);
    output.once("close", resolve);
    // Whoever does not read any more has gone.
    output.on("error", () => {
      resolve();
    });
  });
  const server = serveStdio(() => createMcpServer(parts), {
    transport: new StdioServerTransport(input, output),
    onerror: parts.report,
  });
  return { closed, close: () => server.close() };
}
