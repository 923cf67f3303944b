// Stores on disk for the tests of one file: a state folder and warnings of its own for each test.
import { afterEach, beforeEach } from "vitest";
import { createLogger } from "../../src/lib/logger.ts";
import type { Logger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import type { Store } from "../../src/ports-store.ts";
import { openStore } from "../../src/store/store.ts";
import type { StoreOptions } from "../../src/store/store.ts";
import { useFolder } from "../support/folder.ts";

export interface Stores {
  readonly stateDir: () => string;
  /** A store in the state folder, or in another one; closed after the test. */
  readonly open: (options?: StoreOptions & { readonly directory?: string }) => Store;
  /** Messages of warnings and errors that were logged in this test. */
  readonly warnings: () => readonly string[];
  /** Collects them. */
  readonly logger: Logger;
  /** Closes something else after the test. */
  readonly closeLater: (...all: readonly { close(): void }[]) => void;
}

export function useStores(): Stores {
  const stateDir = useFolder("capstan-store-");
  const opened: { close(): void }[] = [];
  let warnings: string[] = [];
  const logger = createLogger({
    level: "warn",
    redactor: createRedactor(),
    write: (line) => warnings.push((JSON.parse(line) as { msg: string }).msg),
  });
  beforeEach(() => {
    warnings = [];
  });
  afterEach(() => {
    for (const one of opened.splice(0)) one.close();
  });
  return {
    stateDir,
    open({ directory = stateDir(), ...options } = {}) {
      const store = openStore(directory, { logger, ...options });
      opened.push(store);
      return store;
    },
    warnings: () => warnings,
    logger,
    closeLater: (...all) => void opened.push(...all),
  };
}
