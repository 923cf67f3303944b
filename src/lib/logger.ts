// Structured logs on standard error: constant messages with fields, every string passed through the
// redactor so that no secret can reach a log whichever field it hides in.
import { pino } from "pino";
import type { LogField } from "./log-fields.ts";
import type { Redactor } from "./redact.ts";

export type LogFields = Readonly<Partial<Record<LogField, unknown>>>;

export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

export function createLogger(options: {
  readonly level: LogLevel;
  readonly redactor: Redactor;
  readonly write?: (line: string) => void;
}): Logger {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // A word: people read these lines, and Loki finds levels by them.
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => write(options.redactor.redact(line)) },
  );
}

/** The same with a field in each line. */
export function withField(logger: Logger, field: LogFields): Logger {
  const wrap =
    (level: keyof Logger): Logger["info"] =>
    (fields, message) => {
      logger[level]({ ...field, ...fields }, message);
    };
  return { debug: wrap("debug"), info: wrap("info"), warn: wrap("warn"), error: wrap("error") };
}

export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
