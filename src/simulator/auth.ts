/**
 * API keys and their rate limits. A verification costs one of the key's remaining calls; a plain
 * call under /api costs two of them, a tRPC request one whatever it carries.
 */
import type { ApiKey, Role, Tables } from "./state.ts";

export interface NewKey {
  key: string;
  role: Role;
  rateLimit?: { max: number; remaining?: number };
  accessedProjects?: string[];
  accessedEnvironments?: string[];
  accessedServices?: string[];
}

export function addKey(tables: Tables, given: NewKey): ApiKey {
  const key: ApiKey = {
    key: given.key,
    role: given.role,
    accessedProjects: given.accessedProjects ?? [],
    accessedEnvironments: given.accessedEnvironments ?? [],
    accessedServices: given.accessedServices ?? [],
    ...(given.rateLimit !== undefined && {
      rateLimit: {
        max: given.rateLimit.max,
        remaining: given.rateLimit.remaining ?? given.rateLimit.max,
      },
    }),
  };
  tables.keys.set(key.key, key);
  return key;
}

/** The key's holder, or undefined for a key that is missing, wrong or used up: all look alike. */
export function verify(tables: Tables, header: string | undefined): ApiKey | undefined {
  const key = tables.keys.get(header ?? "");
  if (key?.rateLimit === undefined) return key;
  if (key.rateLimit.remaining <= 0) return undefined;
  key.rateLimit.remaining--;
  return key;
}
