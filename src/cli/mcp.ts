// `capstan mcp`: tools for a coding agent (Model Context Protocol) on standard input and output. Beside a running
// controller it asks that one; alone it is a controller itself, with the environment of `run`.
import { CapstanError, describeError } from "../lib/errors.ts";
import { sentence } from "../plan/render/words.ts";
import type { Command, CommandContext } from "./context.ts";
import { createRemote } from "./remote/client.ts";
import { interrupted, look } from "./run.ts";
import { withSession } from "./say.ts";

export interface McpOptions {
  readonly source?: string;
  readonly dryRun?: boolean;
}

async function beside(context: CommandContext): Promise<number> {
  const { url, ask } = createRemote(context);
  const end = interrupted(context);
  const agent = context.serveAgent(ask);
  context.io.err(`Answering an agent for the controller at ${url}\n`);
  await Promise.race([agent.closed, end]);
  await agent.close();
  return 0;
}

async function alone(context: CommandContext, options: McpOptions): Promise<number> {
  const { io } = context;
  const isDry = options.dryRun === true;
  const end = interrupted(context);
  const opened = context.openAgent({
    source: options.source ?? null,
    dryRun: isDry,
    logs: io.live ? "quiet" : "json",
  });
  return withSession(opened, async (session) => {
    const { engine, platformTitle, sourceTitle } = session;
    // It answers from the first moment on: until Git was read its tools say so.
    const agent = context.serveAgent(session.ask);
    const gone = Promise.race([agent.closed, end]);
    const ending = new AbortController();
    void gone.then(() => {
      ending.abort();
    });
    io.err(`Capstan ${context.version} keeps ${platformTitle} in sync with ${sourceTitle}\n`);
    if (isDry) io.err("Dry run: it plans and reports, and writes nothing.\n");
    try {
      const waits = (line: string): void => {
        io.err(`${sentence(line)}\n`);
      };
      if (!isDry && !(await engine.lead({ signal: ending.signal, waits }))) return 0;
      await Promise.race([
        look(context, session, options.source !== undefined).catch((error: unknown) => {
          // An agent is answered nevertheless, with what is wrong.
          io.err(`${describeError(error)}\n`);
        }),
        gone,
      ]);
      engine.start();
      const lost = await Promise.race([gone.then(() => null), engine.lost]);
      if (lost === null) return 0;
      throw new CapstanError("conflict", lost, {
        hint: "start it again: it waits until the other one ends",
      });
    } finally {
      await agent.close();
    }
  });
}

export const mcp: Command<McpOptions> = async (context, options) => {
  const { named } = context.remoteSettings();
  if (named && (options.source !== undefined || options.dryRun === true)) {
    throw new CapstanError("invalid", "--source and --dry-run are for use without CAPSTAN_URL", {
      hint: "leave them out; unset CAPSTAN_URL only for another server",
    });
  }
  return named ? beside(context) : alone(context, options);
};
