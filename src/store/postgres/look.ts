// The database as the doctor sees it, and the key that is read before a store is opened.
import type { DatabaseAddress } from "./address.ts";
import { sharedKey } from "./key.ts";
import { createLink } from "./link.ts";
import { untilItAnswers } from "./wait.ts";
import type { WaitOptions } from "./wait.ts";
import { migrateDatabase } from "./schema.ts";

export interface DatabaseFacts {
  /** `17.2` */
  readonly version: string;
  readonly answeredInMs: number;
}

/** Looks whether its tables can be made and written; nothing is changed but that. Throws as `databaseError` says. */
export async function lookAtDatabase(address: DatabaseAddress): Promise<DatabaseFacts> {
  const link = createLink({ address, opened: migrateDatabase });
  try {
    return await link.use(async (client) => {
      const startMs = performance.now();
      const { rows } = await client.query<{ version: string }>(
        "SELECT current_setting('server_version') AS version",
      );
      const answeredInMs = Math.round(performance.now() - startMs);
      // A primary that became read-only refuses it; nothing of it stays.
      await client.query("UPDATE capstan_versions SET version = version WHERE false");
      const [version = ""] = (rows[0]?.version ?? "").split(" ");
      return { version, answeredInMs };
    });
  } finally {
    await link.end();
  }
}

/** As `sharedKey`; a database that does not answer yet is waited for. */
export async function openSharedKey(
  address: DatabaseAddress,
  stateDir: string,
  options: WaitOptions = {},
): Promise<Uint8Array> {
  const link = createLink({ address, opened: migrateDatabase });
  try {
    return await untilItAnswers(() => sharedKey(link, stateDir), options);
  } finally {
    await link.end();
  }
}
