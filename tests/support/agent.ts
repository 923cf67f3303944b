// An agent as its client sees Capstan: the official MCP client, over HTTP or on a process of its own.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

export interface ToolAnswer {
  readonly isError: boolean;
  readonly text: string;
  /** Of an answer that is no error. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as JSON of many shapes
  readonly data: any;
}

export interface Agent {
  readonly client: Client;
  call(name: string, given?: Record<string, unknown>): Promise<ToolAnswer>;
  close(): Promise<void>;
}

function agentOf(client: Client): Agent {
  return {
    client,
    async call(name, given = {}) {
      const answer = await client.callTool({ name, arguments: given });
      const [first] = answer.content;
      return {
        isError: answer.isError === true,
        text: first?.type === "text" ? first.text : "",
        data: answer.structuredContent,
      };
    },
    close: () => client.close(),
  };
}

export async function agentOverHttp(address: string, token: string | null): Promise<Agent> {
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${address}/mcp`), {
      requestInit: { headers: token === null ? {} : { Authorization: `Bearer ${token}` } },
    }),
  );
  return agentOf(client);
}

export interface AgentProcess extends Agent {
  /** Standard error of the process. */
  err(): string;
  readonly pid: number;
}

interface StdioOptions {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

export async function agentOverStdio(
  args: readonly string[],
  options: StdioOptions,
): Promise<AgentProcess> {
  return agentOverCommand(process.execPath, [main, "mcp", ...args], options);
}

export async function agentOverCommand(
  command: string,
  args: readonly string[],
  options: StdioOptions,
): Promise<AgentProcess> {
  const transport = new StdioClientTransport({
    command,
    args: [...args],
    cwd: options.folder,
    env: { PATH: process.env.PATH ?? "", ...options.environment },
    stderr: "pipe",
  });
  let err = "";
  transport.stderr?.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(transport);
  return { ...agentOf(client), err: () => err, pid: transport.pid ?? 0 };
}
