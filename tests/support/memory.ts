// Store and secrets in memory, for tests that are about neither.
import type { Intent, Secrets, Store } from "../../src/ports.ts";

export function memoryStore(): Store {
  const intents = new Map<string, Intent>();
  const known = new Map<string, string>();
  return {
    saveIntent: (intent) => void intents.set(intent.resource, intent),
    removeIntent: (resource) => void intents.delete(resource),
    intents: () => [...intents.values()],
    saveKnownProject: (stack, projectId) => void known.set(stack, projectId),
    removeKnownProject: (stack) => void known.delete(stack),
    knownProjects: () => known,
    close: () => undefined,
  };
}

/** Secrets that a test may change: `values` is alive. */
export function memorySecrets(values: Map<string, string>): Secrets {
  return {
    get: async (name) => values.get(name) ?? null,
    names: async () => [...values.keys()].sort(),
    version: async () => JSON.stringify([...values].sort()),
  };
}
