// Tests that hold for every store, run on each: a file in a state folder, and PostgreSQL where it is installed.
import { afterEach, beforeEach, describe } from "vitest";
import { silentLogger } from "../../src/lib/logger.ts";
import { parseDatabaseUrl } from "../../src/store/postgres/address.ts";
import { openSharedStore } from "../../src/store/postgres/store.ts";
import { openStore } from "../../src/store/store.ts";
import type { StoreOptions, WholeStore } from "../../src/store/store.ts";
import { useFolder } from "../support/folder.ts";
import { commonDatabase, newScope, postgresPrograms } from "../support/postgres.ts";

export interface AnyStore {
  /** The store of this test, as a process opens it that writes; opened again, it is as after a restart. */
  readonly open: (options?: StoreOptions) => Promise<WholeStore>;
  /** As a process ends with it. */
  readonly end: (store: WholeStore) => Promise<void>;
}

type Open = (options?: StoreOptions) => Promise<WholeStore>;

function useFiles(): Open {
  const folder = useFolder("capstan-store-");
  return async (options) => openStore(folder(), options);
}

function useDatabase(): Open {
  let scope = "";
  beforeEach(() => {
    scope = newScope();
  });
  return async (options) => {
    const { url } = await commonDatabase();
    const store = await openSharedStore({
      ...{ logger: silentLogger, address: parseDatabaseUrl(url), scope, holder: "a test" },
      ...options,
    });
    await store.lead();
    return store;
  };
}

/** `tests` is called once for each store, with how it is opened. */
export function onEveryStore(tests: (store: AnyStore) => void): void {
  const kinds = { "in a file": useFiles, "in PostgreSQL": useDatabase };
  for (const [name, use] of Object.entries(kinds)) {
    describe.skipIf(use === useDatabase && postgresPrograms === null)(name, () => {
      const opened = new Set<WholeStore>();
      const openNow = use();
      const end = async (store: WholeStore): Promise<void> => {
        opened.delete(store);
        await store.handOver();
        store.close();
      };
      afterEach(async () => {
        for (const store of opened) await end(store);
      });
      tests({
        async open(options) {
          const store = await openNow(options);
          opened.add(store);
          return store;
        },
        end,
      });
    });
  }
}
