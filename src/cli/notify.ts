// `capstan notify`: where notifications go; with --test one message to each of them, and how it went.
import { describeError } from "../lib/errors.ts";
import { createPaint } from "../plan/render/paint.ts";
import type { Command } from "./context.ts";

export interface NotifyOptions {
  readonly test?: boolean;
}

export const notify: Command<NotifyOptions> = async (context, options) => {
  const { io } = context;
  const notifications = context.notifications();
  if (options.test !== true) {
    for (const { title, what } of notifications.targets) io.out(`${title}: ${what}\n`);
    io.hint(`${context.program} notify --test sends a message to each of them\n`);
    return 0;
  }
  const results = await notifications.test();
  const paint = createPaint(io.outColour);
  for (const { title, error } of results) {
    const how = error === null ? paint("green", "sent") : paint("red", describeError(error));
    io.out(`${title}: ${how}\n`);
  }
  return results.every(({ error }) => error === null) ? 0 : 1;
};
