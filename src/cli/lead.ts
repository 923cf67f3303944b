// Before a command writes: it is the one process that does.
import type { CommandContext, Session } from "./context.ts";
import { sentence } from "../plan/render/words.ts";

/** Throws `conflict` when another process writes to this server. Ctrl-C ends a wait for the lease of one. */
export async function lead(context: CommandContext, { engine }: Session): Promise<void> {
  const abort = new AbortController();
  const restore = context.onInterrupt(() => {
    abort.abort();
  });
  const waits = (line: string): void => {
    context.io.err(`${sentence(line)}\n`);
  };
  try {
    await engine.lead({ signal: abort.signal, waits, once: true });
  } finally {
    restore();
  }
}
