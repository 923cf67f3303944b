// `capstan simulator`: a Dokploy to play with, on loopback, until Ctrl-C.
import { CapstanError } from "../lib/errors.ts";
import type { Command, CommandContext, RunningSimulator } from "./context.ts";
import { interrupted } from "./run.ts";

export interface SimulatorOptions {
  readonly port: number;
  readonly apiKey: string;
  readonly example?: boolean;
}

async function start(
  context: CommandContext,
  options: SimulatorOptions,
): Promise<RunningSimulator> {
  try {
    return await context.startSimulator(options);
  } catch (error) {
    const { port } = options;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") {
      throw new CapstanError("invalid", `port ${port} is in use already on 127.0.0.1`, {
        hint: "give another --port (0: any free one), or stop what uses it",
      });
    }
    if (code === "EACCES") {
      throw new CapstanError("invalid", `this user may not listen on 127.0.0.1:${port}`, {
        hint: "give a --port of 1024 or more",
      });
    }
    throw error;
  }
}

export const simulator: Command<SimulatorOptions> = async (context, options) => {
  const end = interrupted(context);
  const running = await start(context, options);
  context.io.out(
    `A Dokploy v0.30.2 that forgets everything when it ends. In another terminal:\n` +
      `  export DOKPLOY_URL=${running.url} DOKPLOY_API_TOKEN=${running.apiKey}\n` +
      `What it holds: ${running.url}/__control/state\n`,
  );
  await end;
  await running.close();
  return 0;
};
