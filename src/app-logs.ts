// Where a process's log lines go: to standard error, and to Loki where LOKI_URL is set; and `log-ingest`, which
// sends those of stacks there.
import { isIP } from "node:net";
import type { RunningLogIngest } from "./cli/context.ts";
import type { Config } from "./config.ts";
import { isLoopbackAddress } from "./http/auth/local-request.ts";
import { ingestRoutes } from "./http/ingest/routes.ts";
import { listen } from "./http/listen.ts";
import type { Clock } from "./lib/clock.ts";
import { CapstanError } from "./lib/errors.ts";
import { httpClient } from "./lib/http.ts";
import { lineFormat } from "./lib/log-format.ts";
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
  /** What standard error is. */
  readonly terminal: { readonly isTerminal: boolean; readonly colour: boolean };
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
  const { isTerminal, colour } = parts.terminal;
  const format = config.logFormat === "auto" ? (isTerminal ? "pretty" : "json") : config.logFormat;
  const shape = options.shown ? lineFormat(format, { colour }) : String;
  const show = (line: string): void => void process.stderr.write(shape(line));
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

/** A name may mean any address. */
function isLocalOnly(host: string): boolean {
  return host === "localhost" || (isIP(host) !== 0 && isLoopbackAddress(host));
}

/** Listens when it resolves. Throws `invalid` when the environment lacks something. */
export async function openLogIngest(parts: LogParts, version: string): Promise<RunningLogIngest> {
  const { config, clock, redactor } = parts;
  const { loki, ingest } = config.logs;
  if (loki === null) {
    throw new CapstanError("invalid", "LOKI_URL is not set, so there is nowhere to send events", {
      hint: "set LOKI_URL to Loki's address, such as http://loki:3100",
    });
  }
  if (ingest.kind === "local" && !isLocalOnly(config.host)) {
    throw new CapstanError("invalid", "LOG_INGEST_TOKEN is not set, so anybody could send events", {
      hint: "set it to a token of 16 characters or more (`openssl rand -hex 24`), or to none to allow that",
    });
  }
  const { logger, sink } = openLogs(parts, { service: "log-ingest", shown: true, shipped: true });
  if (sink === null) throw new CapstanError("internal", "log-ingest has no shipper");
  const routes = ingestRoutes({
    sink,
    token: ingest.kind === "token" ? ingest.token : null,
    clock,
    logger,
    redact: (text) => redactor.redact(text),
    version,
  });
  const { host, port } = config;
  const server = await listen(routes.fetch, { host, port });
  return {
    address: server.address,
    lokiUrl: loki.url,
    isOpen: ingest.kind === "everybody",
    async close() {
      await server.close();
      await sink.stop();
    },
  };
}
