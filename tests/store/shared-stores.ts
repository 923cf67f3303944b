// Processes that share a store in PostgreSQL, for the tests of one file: each test has a scope of its own.
import { afterEach, beforeEach } from "vitest";
import { isCapstanError } from "../../src/lib/errors.ts";
import type { CapstanError } from "../../src/lib/errors.ts";
import { createLogger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import { parseDatabaseUrl } from "../../src/store/postgres/address.ts";
import { openSharedStore } from "../../src/store/postgres/store.ts";
import type { SharedStoreOptions } from "../../src/store/postgres/store.ts";
import type { WholeStore } from "../../src/store/store.ts";
import { startCutProxy } from "../support/cut-proxy.ts";
import type { CutProxy } from "../support/cut-proxy.ts";
import { commonDatabase, createTestDatabase, newScope } from "../support/postgres.ts";
import type { TestDatabase } from "../support/postgres.ts";

/** For tests in which the database is away. */
export const quick = { connectMs: 1_000, statementMs: 500 };

export interface SharedStores {
  readonly scope: () => string;
  /** A process more; it ends with the test. */
  readonly open: (
    more?: Partial<SharedStoreOptions> & { readonly url?: string },
  ) => Promise<WholeStore>;
  /** A database of this test alone. */
  readonly ownDatabase: () => Promise<TestDatabase>;
  /** A way to a database that can be cut. */
  readonly cutOff: (url: string) => Promise<CutProxy & { readonly url: string }>;
  /** Messages that were logged in this test. */
  readonly lines: () => readonly string[];
}

export function useSharedStores(): SharedStores {
  const closers: (() => Promise<void> | void)[] = [];
  let lines: string[] = [];
  let scope = "";
  const logger = createLogger({
    level: "info",
    redactor: createRedactor(),
    write: (line) => lines.push((JSON.parse(line) as { msg: string }).msg),
  });
  beforeEach(() => {
    lines = [];
    scope = newScope();
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function open(more: Partial<SharedStoreOptions> & { readonly url?: string } = {}) {
    const { url = (await commonDatabase()).url, ...options } = more;
    const store = await openSharedStore({
      ...{ address: parseDatabaseUrl(url), scope, holder: "capstan run on host-a", logger },
      ...{ random: () => 0.5, openWithinMs: 20_000, answerWithinMs: 2_000, ...options },
    });
    closers.push(async () => {
      await store.handOver();
      store.close();
    });
    return store;
  }

  async function ownDatabase(): Promise<TestDatabase> {
    const database = await createTestDatabase();
    closers.push(() => database.remove());
    return database;
  }

  async function cutOff(url: string): Promise<CutProxy & { readonly url: string }> {
    const { port } = new URL(url);
    const proxy = await startCutProxy(Number(port));
    closers.push(() => proxy.close());
    return { ...proxy, url: url.replace(`:${port}/`, `:${proxy.port}/`) };
  }

  return { scope: () => scope, open, ownDatabase, cutOff, lines: () => lines };
}

export async function failure(work: Promise<unknown>): Promise<CapstanError> {
  try {
    await work;
  } catch (error) {
    if (isCapstanError(error)) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

export const suspended = (store: WholeStore): readonly string[] =>
  store.suspensions().map(({ stack }) => stack);

export function suspend(store: WholeStore, stack: string): void {
  store.saveSuspension({ stack, by: "ops", sinceMs: 1 });
}
