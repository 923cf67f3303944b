// What the two hashes of a service cover, as canonical text. A golden file holds the results: a new
// version of Capstan must never change the hash of an old manifest, or it would redeploy the world.
import { appliesLive, flatten, isIgnored, isWithin } from "./fields.ts";
import type { Configured } from "./specs.ts";

export interface HashInput {
  readonly service: Configured;
  readonly ignore: readonly string[];
  readonly secrets: ReadonlySet<string>;
  readonly variables: Readonly<Record<string, string>>;
  readonly secretVariables: ReadonlySet<string>;
}

export const hashLength = 12;

const projectReference = /\$\{\{\s*project\.([A-Za-z0-9_.-]+)\s*\}\}/g;

/** Names of the project variables that a service's env uses, sorted. */
export function usedVariables(env: Readonly<Record<string, string>>): readonly string[] {
  const names = new Set<string>();
  for (const value of Object.values(env)) {
    for (const match of value.matchAll(projectReference)) names.add(match[1] ?? "");
  }
  return [...names].sort();
}

/** The same of the entries that Git owns: what people keep in `ignore` is never written. */
export function variablesInUse(
  env: Readonly<Record<string, string>>,
  ignore: readonly string[],
): readonly string[] {
  const owned = Object.entries(env).filter(([name]) => !isIgnored(ignore, `env.${name}`));
  return usedVariables(Object.fromEntries(owned));
}

function entry(
  path: string,
  value: string,
  secret: boolean,
  mac: (text: string) => string,
): string {
  return JSON.stringify(secret ? [path, "mac", mac(`${path}\n${value}`)] : [path, value]);
}

/**
 * The canonical texts of the `run` and the `live` hash. `mac` is keyed, so that a secret cannot be
 * guessed from a marker.
 */
export function hashTexts(
  input: HashInput,
  mac: (text: string) => string,
): { readonly run: string; readonly live: string } {
  const run: string[] = [];
  const live: string[] = [];
  for (const [path, value] of flatten(input.service)) {
    if (isIgnored(input.ignore, path)) continue;
    const text = entry(path, value, isWithin(input.secrets, path), mac);
    (appliesLive(input.service.kind, path) ? live : run).push(text);
  }
  const variables = new Map(Object.entries(input.variables));
  for (const name of variablesInUse(input.service.spec.env, input.ignore)) {
    const value = variables.get(name);
    if (value !== undefined) {
      run.push(entry(`project.${name}`, value, input.secretVariables.has(name), mac));
    }
  }
  return { run: run.sort().join("\n"), live: live.sort().join("\n") };
}
