// `capstan simulator`: a Dokploy to play with, on loopback, until Ctrl-C.
import type { Command } from "./context.ts";
import { interrupted } from "./run.ts";

export interface SimulatorOptions {
  readonly port: number;
  readonly apiKey: string;
}

export const simulator: Command<SimulatorOptions> = async (context, options) => {
  const end = interrupted(context);
  const running = await context.startSimulator(options);
  context.io.out(
    `A Dokploy v0.30.2 that forgets everything when it ends. In another terminal:\n` +
      `  export DOKPLOY_URL=${running.url} DOKPLOY_API_TOKEN=${running.apiKey}\n` +
      `What it holds: ${running.url}/__control/state\n`,
  );
  await end;
  await running.close();
  return 0;
};
