// Where a controller keeps what survives a restart: a file in its state folder, or a database that several share.
import { hostname } from "node:os";
import type { Lasting } from "./app-lasting.ts";
import type { Config } from "./config.ts";
import type { Clock } from "./lib/clock.ts";
import type { Logger } from "./lib/logger.ts";
import { loadKey } from "./store/key.ts";
import type { DatabaseAddress } from "./store/postgres/address.ts";
import { lookAtDatabase, openSharedKey } from "./store/postgres/look.ts";
import type { DatabaseFacts } from "./store/postgres/look.ts";
import { openSharedStore } from "./store/postgres/store.ts";

import { openStore } from "./store/store.ts";
import type { WholeStore } from "./store/store.ts";

export interface StoreParts {
  readonly lasting: Pick<Lasting, "leftovers">;
  readonly config: Pick<Config, "database" | "instance">;
  readonly stateDir: string;
  /** Of several servers in one process the name of this one; empty for the only one. */
  readonly scope: string;
  /** `capstan run`, `capstan apply`. */
  readonly by: string;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}

/** The key of secrets' hashes: of the state folder, or of the database. */
export async function keyOf({ config, stateDir, clock, logger }: StoreParts): Promise<Uint8Array> {
  if (config.database === null) return loadKey(stateDir);
  return openSharedKey(config.database, stateDir, { clock, logger });
}

export async function storeOf(parts: StoreParts): Promise<WholeStore> {
  const { config, stateDir, by, clock, random, logger, scope, lasting } = parts;
  if (config.database === null) return openStore(stateDir, { logger });
  return openSharedStore({
    ...{ address: config.database, clock, random, logger, leftovers: lasting.leftovers },
    // Different instances share nothing, as on a server.
    scope: scope === "" ? config.instance : `${config.instance}/${scope}`,
    holder: `${by} on ${hostname()} (process ${process.pid})`,
    // The file is of the only server.
    ...(scope === "" ? { stateDir } : {}),
  });
}

/** Closes it: what is left is written first. */
export async function closeStore(store: WholeStore): Promise<void> {
  await store.handOver();
  store.close();
}

/** What the doctor asks of a database; null without one. */
export function databaseOf(
  database: DatabaseAddress | null,
): { readonly title: string; readonly look: () => Promise<DatabaseFacts> } | null {
  if (database === null) return null;
  return { title: database.title, look: () => lookAtDatabase(database) };
}
