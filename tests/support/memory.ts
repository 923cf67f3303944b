// Store and secrets in memory, for tests that are about neither.
import { parseEventId, startOf } from "../../src/model/event-id.ts";
import type { BackoffRecord, EventFilter, RunRecord } from "../../src/model/history.ts";
import { personOf } from "../../src/model/event-data.ts";
import { secretName } from "../../src/model/secret-name.ts";
import type { Event } from "../../src/model/status.ts";
import type { Secrets, SecretTable } from "../../src/ports-secrets.ts";
import type {
  HealthyRevision,
  Intent,
  Lock,
  Memo,
  StackOrigin,
  Store,
  Suspension,
  Tombstone,
} from "../../src/ports-store.ts";

/** `events` is the newest first. */
function olderThan(events: readonly Event[], before: EventFilter["before"]): readonly Event[] {
  if (before === undefined) return events;
  const id = parseEventId(before);
  if (id === null) return [];
  const numbers = events.map((event) => {
    const parsed = parseEventId(event.id ?? "");
    return parsed?.epoch === id.epoch ? parsed.number : null;
  });
  if (numbers.every((number) => number === null)) {
    return events.filter(({ atMs }) => atMs < startOf(id.epoch));
  }
  const last = numbers.findLastIndex((number) => number !== null && number >= id.number);
  return events.slice(last === -1 ? numbers.findIndex((number) => number !== null) : last + 1);
}

export function memoryStore(): Store {
  const intents = new Map<string, Intent>();
  const known = new Map<string, string>();
  const runs: RunRecord[] = [];
  const events: Event[] = [];
  const backoffs = new Map<string, BackoffRecord>();
  const tombstones = new Map<string, Tombstone>();
  const origins = new Map<string, StackOrigin>();
  const healthy = new Map<string, HealthyRevision>();
  const memos = new Map<string, Memo>();
  const suspensions = new Map<string, Suspension>();
  return {
    saveIntent: (intent) => void intents.set(intent.resource, intent),
    removeIntent: (resource) => void intents.delete(resource),
    intents: () => [...intents.values()],
    saveKnownProject: (stack, projectId) => void known.set(stack, projectId),
    removeKnownProject: (stack) => void known.delete(stack),
    knownProjects: () => known,
    recordRun: (run) => void runs.push(run),
    recordEvent: (event) => void events.push(event),
    saveBackoff: (backoff) => void backoffs.set(backoff.stack, backoff),
    removeBackoff: (stack) => void backoffs.delete(stack),
    runs: (stack, limit) =>
      runs
        .toReversed()
        .filter((run) => stack === null || run.stack === stack)
        .slice(0, limit),
    events: (limit, filter = {}) =>
      olderThan(events.toReversed(), filter.before)
        .filter(({ stack }) => filter.stack === undefined || stack === filter.stack)
        .filter(({ kind }) => filter.kinds === undefined || filter.kinds.includes(kind))
        .filter(({ level }) => filter.levels?.includes(level) ?? true)
        .filter((event) => filter.by === undefined || personOf(event) === filter.by)
        .filter(({ atMs }) => atMs >= (filter.sinceMs ?? 0))
        .slice(0, limit),
    backoffs: () => [...backoffs.values()].sort((a, b) => (a.stack < b.stack ? -1 : 1)),
    saveTombstones: (added) => {
      for (const one of added) {
        tombstones.set(one.id, { ...(tombstones.get(one.id) ?? one), stack: one.stack });
      }
    },
    removeTombstones: (ids) => {
      for (const id of ids) tombstones.delete(id);
    },
    tombstones: () => [...tombstones.values()],
    saveStackOrigin: (origin) => void origins.set(origin.stack, origin),
    removeStackOrigin: (stack) => void origins.delete(stack),
    stackOrigins: () => origins,
    saveSuspension: (suspension) => void suspensions.set(suspension.stack, suspension),
    removeSuspension: (stack) => void suspensions.delete(stack),
    suspensions: () => [...suspensions.values()],
    saveHealthyRevision: (one) => void healthy.set(one.stack, one),
    removeHealthyRevision: (stack) => void healthy.delete(stack),
    healthyRevisions: () => healthy,
    saveMemo: (memo) => void memos.set(JSON.stringify([memo.kind, memo.stack, memo.key]), memo),
    removeMemo: (kind, stack, key) => void memos.delete(JSON.stringify([kind, stack, key])),
    memos: () => [...memos.values()],
    isShared: false,
    written: async () => undefined,
    caughtUp: async () => undefined,
    lead: async () => undefined,
    handOver: async () => undefined,
    onLost: () => undefined,
    onChanged: () => () => undefined,
    trouble: () => null,
    close: () => undefined,
  };
}

/** Secrets that a test may change: `values` is alive. */
export function memorySecrets(values: Map<string, string>): Secrets {
  const table = (valueOf: (name: string) => string | null): SecretTable => ({
    get: valueOf,
    values: [...values.keys()].flatMap((name) => valueOf(name) ?? []),
    known: [...values.keys()].sort().map((name) => ({ name, source: "memory", folder: null })),
    unread: () => [],
  });
  return {
    at: async () => {
      const now = new Map([...values].map(([name, value]) => [secretName(name), value]));
      return table((name) => now.get(secretName(name)) ?? null);
    },
    namesAt: async (_tree, standIn) => {
      const names = new Set([...values.keys()].map(secretName));
      return table((name) => (names.has(secretName(name)) ? standIn : null));
    },
    refresh: async () => undefined,
    version: async () => JSON.stringify([...values].sort()),
    outages: () => [],
    checks: [],
  };
}

/** A lock that nobody else wants. */
export function freeLock(): Lock {
  return { take: () => null, release: () => undefined };
}
