// `capstan events` and `capstan logs`: what happened, and what services print.
import { z } from "zod";
import { backoffMs } from "../../lib/backoff.ts";
import { isCapstanError } from "../../lib/errors.ts";
import { queryOf } from "../../lib/query.ts";
import type { Command, CommandContext } from "../context.ts";
import { createRemote, lostLine } from "./client.ts";
import type { Remote } from "./client.ts";
import { plain, readAs, shown, streamed, tableOf, timeText } from "./output.ts";
import type { OutputOptions } from "../output-option.ts";

export interface EventsOptions extends OutputOptions {
  readonly stack?: string;
  readonly watch?: boolean;
  readonly limit?: number;
  /** The id of an event. */
  readonly before?: string;
}

export interface LogsOptions extends OutputOptions {
  readonly name: string;
  readonly service?: string;
  readonly lines?: number;
}

const eventSchema = z.object({
  at: z.string(),
  level: z.string(),
  stack: z.string().nullable(),
  message: z.string(),
});
/** A controller of an older version tells no `older`. */
const eventsSchema = z.object({
  events: z.array(eventSchema),
  older: z.string().nullable().default(null),
});
const logsSchema = z.object({
  logs: z.array(z.object({ name: z.string(), lines: z.array(z.string()) })),
});

type Told = z.infer<typeof eventSchema>;

const cells = ({ at, level, stack, message }: Told): readonly string[] => [
  timeText(at),
  level,
  stack ?? "-",
  message,
];

const reconnect = { firstMs: 500, maxMs: 15_000, jitter: 0 };

/**
 * Follows events until Ctrl-C: connects again where it was cut off, and goes on after the last one that
 * was seen. What cannot pass by itself is thrown, and so is whatever fails before the first answer. `opened`
 * is called at each connection, when nothing that happens from then on is missed.
 */
export async function followEvents(
  context: CommandContext,
  remote: Remote,
  path: string,
  seen: (data: unknown) => Promise<void> | void,
  opened: () => Promise<void> | void = () => undefined,
): Promise<void> {
  const stop = new AbortController();
  const restore = context.onInterrupt(() => {
    stop.abort();
  });
  let lastId: string | null = null;
  let failures = 0;
  let connected = false as boolean;
  try {
    while (!stop.signal.aborted) {
      try {
        const open = (): Promise<void> | void => {
          connected = true;
          failures = 0;
          return opened();
        };
        for await (const { id, data } of remote.follow(path, lastId, stop.signal, open)) {
          failures = 0;
          lastId = id ?? lastId;
          await seen(JSON.parse(data));
        }
      } catch (error) {
        if (isCapstanError(error, "cancelled")) break;
        if (!isCapstanError(error, "unavailable") || (!connected && failures === 0)) throw error;
        if (failures === 0) context.io.err(lostLine(error));
      }
      failures += 1;
      await context.clock.sleep(backoffMs(reconnect, failures, 0), stop.signal);
    }
  } finally {
    restore();
  }
}

/** 0 also when Ctrl-C ended it. */
export const events: Command<EventsOptions> = async (context, options) => {
  const remote = createRemote(context);
  const { io } = context;
  const { output } = options;
  if (options.watch === true) {
    const path = `/events${queryOf({ stack: options.stack, limit: options.limit ?? 20 })}`;
    await followEvents(context, remote, path, (data) => {
      io.out(streamed(data, output, () => tableOf([cells(readAs(eventSchema, data))])));
    });
    return 0;
  }
  const { stack, limit, before } = options;
  const value = await remote.get(`/events${queryOf({ stack, limit, before })}`);
  const { events: told, older } = readAs(eventsSchema, value);
  const nothing = before === undefined ? "Nothing has happened yet.\n" : "Nothing is older.\n";
  io.out(shown(value, output, () => (told.length === 0 ? nothing : tableOf(told.map(cells)))));
  const isTable = output === undefined || output === "table";
  if (isTable && older !== null) {
    const asked = [
      ...(stack === undefined ? [] : [`--stack ${stack}`]),
      ...(limit === undefined ? [] : [`--limit ${limit}`]),
    ];
    io.err(
      `Older events: ${context.program} ${["events", ...asked, `--before ${older}`].join(" ")}\n`,
    );
  }
  return 0;
};

export const logs: Command<LogsOptions> = async (context, options) => {
  const { name, service, lines, output } = options;
  const path = `/stacks/${encodeURIComponent(name)}/logs${queryOf({ service, lines })}`;
  const value = await createRemote(context).get(path);
  context.io.out(
    shown(value, output, () => {
      const { logs: said } = readAs(logsSchema, value);
      const isOne = said.length === 1;
      return said
        .flatMap((one) => one.lines.map((line) => (isOne ? line : `${one.name} | ${line}`)))
        .map((line) => `${plain(line)}\n`)
        .join("");
    }),
  );
  return 0;
};
