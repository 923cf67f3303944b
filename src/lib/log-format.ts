// How a log line looks: JSON for programs, or a line for people with the time, the level, what happened and the fields.
import { createRequire } from "node:module";
import type { prettyFactory as PrettyFactory } from "pino-pretty";

export type LogFormat = "json" | "pretty";

/** Loaded only where lines are read by people. */
function load(): { readonly prettyFactory: typeof PrettyFactory } {
  const require = createRequire(import.meta.url);
  return require("pino-pretty") as { prettyFactory: typeof PrettyFactory };
}

/** Turns a line of JSON, with its end, into what is shown; a line that is no JSON stays as it is. */
export function lineFormat(
  format: LogFormat,
  options: { readonly colour: boolean },
): (line: string) => string {
  if (format === "json") return (line) => line;
  const pretty = load().prettyFactory({
    colorize: options.colour,
    translateTime: "SYS:HH:MM:ss",
    singleLine: true,
  });
  return (line) => pretty(line);
}
