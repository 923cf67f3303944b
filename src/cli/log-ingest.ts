// `capstan log-ingest`: takes the events of stacks over HTTP and sends them to Loki, until SIGTERM or Ctrl-C.
import type { Command } from "./context.ts";
import { interrupted } from "./run.ts";

export const logIngest: Command<Record<string, never>> = async (context) => {
  const end = interrupted(context);
  const running = await context.openLogIngest();
  const { io } = context;
  io.err(`Capstan ${context.version} takes events on ${running.address}/ingest\n`);
  io.err(`and sends them to ${running.lokiUrl}; health ${running.address}/health\n`);
  if (running.isOpen) io.err("LOG_INGEST_TOKEN is none: everybody who can reach it may send.\n");
  await end;
  await running.close();
  return 0;
};
