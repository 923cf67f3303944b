// The MCP server for one person: tools, resources and prompts over the API. Made anew for each connection, or
// for each request over HTTP; it keeps nothing.
import { McpServer } from "@modelcontextprotocol/server";
import type { CallToolResult } from "@modelcontextprotocol/server";
import type { AskApi } from "../ports-api.ts";
import { failureText } from "./failure.ts";
import { addPrompts } from "./prompts.ts";
import { addResources } from "./resources.ts";
import type { Tool } from "./tool.ts";
import { tools } from "./tools.ts";

export interface McpParts {
  readonly ask: AskApi;
  readonly version: string;
  /** For what is a bug of ours: agents are told nothing of it. */
  readonly report: (error: unknown) => void;
}

const instructions =
  "Capstan keeps a Dokploy server as a Git repository says. Look with list_stacks and get_stack, find out why with explain_failure. Change nothing by hand: plan_stack shows what a manifest would do, propose_manifest opens a pull request, deploy_stack makes a personal stack from a template.";

/** So much of one answer is of use to an agent. */
const longestAnswer = 400_000;

async function result(one: Tool, given: unknown, parts: McpParts): Promise<CallToolResult> {
  const failed = (text: string): CallToolResult => ({
    content: [{ type: "text", text }],
    isError: true,
  });
  try {
    const answer = await one.call(given as never, parts.ask);
    const text = JSON.stringify(answer);
    if (text.length > longestAnswer) {
      return failed("The answer is too long: ask for less, with a limit or a filter.");
    }
    return {
      content: [{ type: "text", text }],
      structuredContent: JSON.parse(text) as Record<string, unknown>,
    };
  } catch (error) {
    return failed(failureText(error, parts.report));
  }
}

export function createMcpServer(parts: McpParts): McpServer {
  const server = new McpServer(
    { name: "capstan", title: "Capstan", version: parts.version },
    { instructions },
  );
  for (const one of tools) {
    const { name, title, description, input, output, annotations } = one;
    server.registerTool(
      name,
      { title, description, inputSchema: input, outputSchema: output, annotations },
      (given) => result(one, given, parts),
    );
  }
  addResources(server, parts);
  addPrompts(server);
  return server;
}
