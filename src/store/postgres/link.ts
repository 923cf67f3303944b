// One connection to the database, opened when it is needed. After any failure it is thrown away: the next piece of
// work gets a new one, and the server ends what the old one had begun.
import pg from "pg";
import type { ClientConfig, Notification } from "pg";
import type { DatabaseAddress } from "./address.ts";
import { databaseError } from "./failures.ts";

export type Client = pg.Client;

export interface LinkTimes {
  readonly connectMs: number;
  /** One statement; a server that was cut off is given up a little later. */
  readonly statementMs: number;
}

export const linkTimes: LinkTimes = { connectMs: 5_000, statementMs: 10_000 };

export interface Link {
  /** One piece of work after another. Throws as `databaseError` says. */
  use<T>(work: (client: Client) => Promise<T>): Promise<T>;
  /** The connection is closed; nothing is done any more. May be called twice. */
  end(): Promise<void>;
}

export interface LinkOptions {
  readonly address: DatabaseAddress;
  readonly times?: LinkTimes;
  /** Called with each new connection before it is used. */
  readonly opened?: (client: Client) => Promise<void>;
  readonly notified?: (notification: Notification) => void;
  /** The connection broke while nothing was asked of it. */
  readonly broken?: () => void;
}

/** Numbers as numbers: all that is kept are times and counts. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

function tlsOf({ tls }: DatabaseAddress): NonNullable<ClientConfig["ssl"]> {
  switch (tls) {
    case "none":
      return false;
    case "unchecked":
      return { rejectUnauthorized: false };
    case "authority":
      return { checkServerIdentity: () => undefined };
    case "whole":
      return {};
  }
}

function discard(client: Client): void {
  // A server that was cut off answers no farewell.
  const { connection } = client as unknown as {
    readonly connection?: { readonly stream?: { destroy(): void } };
  };
  connection?.stream?.destroy();
  client.end().catch(() => undefined);
}

export function createLink(options: LinkOptions): Link {
  const { address, times = linkTimes } = options;
  let client: Client | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let hasEnded = false;

  function drop(one: Client): void {
    if (client === one) client = null;
    discard(one);
  }

  async function open(): Promise<Client> {
    const fresh = new pg.Client({
      connectionString: address.connectionString,
      ssl: tlsOf(address),
      types,
      application_name: "capstan",
      keepAlive: true,
      connectionTimeoutMillis: times.connectMs,
      statement_timeout: times.statementMs,
      lock_timeout: times.statementMs,
      idle_in_transaction_session_timeout: times.statementMs,
      query_timeout: times.statementMs + times.connectMs,
    });
    fresh.on("error", () => {
      const wasOurs = client === fresh;
      drop(fresh);
      if (wasOurs) options.broken?.();
    });
    fresh.on("notification", (notification) => options.notified?.(notification));
    try {
      await fresh.connect();
      await options.opened?.(fresh);
    } catch (error) {
      discard(fresh);
      throw error;
    }
    return fresh;
  }

  async function run<T>(work: (client: Client) => Promise<T>): Promise<T> {
    if (hasEnded) throw databaseError(address, new Error("the store is closed"));
    let one: Client | null = null;
    try {
      one = client ??= await open();
      return await work(one);
    } catch (error) {
      if (one !== null) drop(one);
      throw databaseError(address, error);
    }
  }

  return {
    use(work) {
      const done = last.then(() => run(work));
      last = done.catch(() => undefined);
      return done;
    },
    async end() {
      hasEnded = true;
      const one = client;
      client = null;
      if (one === null) return;
      one.removeAllListeners("error");
      one.on("error", () => undefined);
      await one.end().catch(() => undefined);
    },
  };
}

/** All of it or nothing. */
export async function inTransaction<T>(
  client: Client,
  work: () => Promise<T>,
  kind = "",
): Promise<T> {
  await client.query(`BEGIN ${kind}`);
  // What fails in between is undone with the connection.
  const value = await work();
  await client.query("COMMIT");
  return value;
}
