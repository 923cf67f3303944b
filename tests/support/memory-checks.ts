// Checks of commits in memory, for tests that are not about the store.
import type { CheckStore, OwedCheck } from "../../src/ports-forge.ts";

export function memoryChecks(): CheckStore {
  const rows = new Map<string, OwedCheck>();
  return {
    written: async () => undefined,
    saveChecks(saved) {
      for (const row of saved) {
        const key = `${row.sha} ${row.context}`;
        const old = rows.get(key);
        rows.set(key, {
          ...row,
          owed: row.owed || (old?.owed ?? false),
          version: (old?.version ?? 0) + (row.owed ? 1 : 0),
        });
      }
    },
    checks: (sha) =>
      [...rows.values()]
        .filter((row) => row.sha === sha)
        .sort((a, b) => (a.context < b.context ? -1 : 1)),
    newestCommits: (limit) =>
      [...rows.values()]
        .filter(({ context }) => context.endsWith("/reconcile"))
        .map(({ sha }) => sha)
        .reverse()
        .slice(0, limit),
    pendingChecks: () => [...rows.values()].filter(({ state }) => state === "pending"),
    owedCount: () => [...rows.values()].filter(({ owed }) => owed).length,
    owedChecks: (limit) => [...rows.values()].filter(({ owed }) => owed).slice(0, limit),
    checkTold({ sha, context, version }) {
      const key = `${sha} ${context}`;
      const row = rows.get(key);
      if (row?.version === version) rows.set(key, { ...row, owed: false });
    },
  };
}
