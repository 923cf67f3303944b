// What survives a restart on this machine, in one SQLite file. Git and Dokploy are the truth: the file may
// be deleted at any time, also while it is open, and then only costs some observing.
import { join, resolve } from "node:path";
import { CapstanError } from "../lib/errors.ts";
import { silentLogger } from "../lib/logger.ts";
import { readChecks, writeCheck } from "./checks.ts";
import { openDatabase } from "./database.ts";
import type { Database } from "./database.ts";
import { readDeployments, writeDeployment } from "./deployments.ts";
import { readHealthyRevisions, writeHealthyRevision } from "./healthy-revisions.ts";
import { readBackoffs, writeBackoffs } from "./history-rows.ts";
import { readMemos, writeMemo } from "./memos.ts";
import { readIntents, readProjects, writeIntent, writeProject } from "./projects.ts";
import { readStackOrigins, readTombstones, writeStackOrigin, writeTombstone } from "./removals.ts";
import { migrate } from "./schema.ts";
import { readSuspensions, writeSuspension } from "./suspensions.ts";
import { createTables } from "./tables.ts";
import type { StoreOptions, WholeStore } from "./tables.ts";

export type { StoreOptions, WholeStore } from "./tables.ts";

/** The file of a state folder. */
export function storeFile(stateDir: string): string {
  return join(resolve(stateDir), "store.sqlite");
}

/**
 * Opens the store of a state folder, or begins one. A damaged file is moved aside, with a warning. Throws
 * `forbidden`, `invalid` or `unavailable` when the folder cannot be used; so do all its methods.
 */
export function openStore(stateDir: string, options: StoreOptions = {}): WholeStore {
  const logger = options.logger ?? silentLogger;
  const database = openDatabase({
    file: storeFile(stateDir),
    logger,
    migrate,
    carry(from) {
      const intents = readIntents(from);
      const projects = readProjects(from);
      const tombstones = readTombstones(from);
      const origins = readStackOrigins(from);
      const suspensions = readSuspensions(from);
      const healthy = readHealthyRevisions(from);
      const memos = readMemos(from);
      const checks = readChecks(from);
      const deployments = readDeployments(from);
      const backoffs = new Map(readBackoffs(from).map((backoff) => [backoff.stack, backoff]));
      return (to) => {
        for (const intent of intents) writeIntent(to, intent);
        for (const [stack, projectId] of projects) writeProject(to, stack, projectId);
        for (const tombstone of tombstones) writeTombstone(to, tombstone);
        for (const origin of origins.values()) writeStackOrigin(to, origin);
        for (const suspension of suspensions) writeSuspension(to, suspension);
        for (const one of healthy.values()) writeHealthyRevision(to, one);
        for (const memo of memos) writeMemo(to, memo);
        for (const check of checks) writeCheck(to, check);
        for (const deployment of deployments) writeDeployment(to, deployment);
        writeBackoffs(to, backoffs);
      };
    },
  });
  return alone(database, options);
}

/** A file is written before its methods return, and whoever may write holds the lock of its folder. */
function alone(database: Database, options: StoreOptions): WholeStore {
  const { flush, ...tables } = createTables(database, options);
  const nobodyElse = async (): Promise<never> => {
    throw new CapstanError("internal", "nobody else has this store");
  };
  const atOnce = async (): Promise<void> => undefined;
  return {
    ...tables,
    isShared: false,
    written: atOnce,
    caughtUp: atOnce,
    lead: atOnce,
    async handOver() {
      flush();
    },
    onLost: () => undefined,
    onChanged: () => () => undefined,
    trouble: () => null,
    hand: nobodyElse,
    leave: nobodyElse,
    serve: () => undefined,
    replicas: () => null,
  };
}
