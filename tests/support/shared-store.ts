// With CAPSTAN_TEST_STORE=postgres scenarios have their stores in a real PostgreSQL, each in a scope of its own.
import { silentLogger } from "../../src/lib/logger.ts";
import { parseDatabaseUrl } from "../../src/store/postgres/address.ts";
import { openSharedStore } from "../../src/store/postgres/store.ts";
import type { WholeStore } from "../../src/store/store.ts";
import { commonDatabase, newScope } from "./postgres.ts";

export async function openTestStore(): Promise<WholeStore | null> {
  if (process.env.CAPSTAN_TEST_STORE !== "postgres") return null;
  const { url } = await commonDatabase();
  const address = parseDatabaseUrl(url);
  const store = await openSharedStore({
    ...{ address, scope: newScope(), holder: "a test", logger: silentLogger },
  });
  // What a test writes before its engine leads is kept.
  await store.lead();
  // Nothing but this guards its server.
  return { ...store, isShared: false };
}
