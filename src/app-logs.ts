// Where a process's log lines go: to standard error, and to Loki where LOKI_URL is set.
import type { Config } from "./config.ts";
import type { Clock } from "./lib/clock.ts";
import { httpClient } from "./lib/http.ts";
import { createLogger, silentLogger } from "./lib/logger.ts";
import type { Logger } from "./lib/logger.ts";
import type { Redactor } from "./lib/redact.ts";
import { ownEntry } from "./loki/own-lines.ts";
import { createShipper } from "./loki/shipper.ts";
import type { LogSink } from "./ports-logs.ts";

export interface LogParts {
  readonly config: Config;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly redactor: Redactor;
}

export interface LogOptions {
  /** The label of the process's own lines. */
  readonly service: string;
  /** Whether lines go to standard error: not where the command itself tells what happens. */
  readonly shown: boolean;
  /** Whether they go to Loki as well. */
  readonly shipped: boolean;
}

export interface Logs {
  readonly logger: Logger;
  /** Null without LOKI_URL, and where nothing is shipped. To be stopped after all that writes lines. */
  readonly sink: LogSink | null;
}

export function openLogs(parts: LogParts, options: LogOptions): Logs {
  const { config, redactor, clock } = parts;
  const { loki } = config.logs;
  const show = (line: string): void => void process.stderr.write(line);
  if (loki === null || !options.shipped) {
    if (!options.shown) return { logger: silentLogger, sink: null };
    return { logger: createLogger({ level: config.logLevel, redactor, write: show }), sink: null };
  }
  if (loki.login !== null) redactor.register(loki.login.password);
  const logger = createLogger({
    level: config.logLevel,
    redactor,
    write(line) {
      if (options.shown) show(line);
      sink.add(ownEntry(line, options.service, clock.now()));
    },
  });
  const sink = createShipper({
    ...loki,
    labels: { instance: config.instance },
    http: httpClient,
    clock,
    random: parts.random,
    redactor,
    logger,
  });
  return { logger, sink };
}
