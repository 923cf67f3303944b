// Destinations are named in manifests as Dokploy names them, and only a server knows which ones there are: a name that it
// does not have, or has twice, stops the plan of its stack before anything is written.
import { childKey, childrenOf, destinationOf, rowOf } from "../model/children.ts";
import type { DesiredService, DesiredStack } from "../model/desired.ts";
import { isIgnored } from "../model/fields.ts";

export function usesDestinations({ spec }: DesiredService): boolean {
  return childrenOf(spec).some((child) => destinationOf(child) !== null);
}

export function namesDestinations({ services }: DesiredStack): boolean {
  return services.some(usesDestinations);
}

function shown(names: readonly string[]): string {
  const known = [...new Set(names)].sort();
  return known.length === 0 ? "it has none" : `it has ${known.join(", ")}`;
}

/** Why the service may not be planned; null when it may. `known`: the names on the server; null: nobody asked. */
export function refusedDestination(
  service: DesiredService,
  known: readonly string[] | null,
): string | null {
  if (known === null) return null;
  for (const child of childrenOf(service.spec)) {
    const name = destinationOf(child);
    if (name === null) continue;
    const path = `${rowOf(child.kind).root}.${childKey(child)}`;
    if (isIgnored(service.ignore, path)) continue;
    const count = known.filter((one) => one === name).length;
    if (count === 1) continue;
    const { file, line, column } = service.namePlaces?.get(`${path}.destination`) ?? service.place;
    const what =
      count === 0
        ? `Dokploy has no destination ${name}: ${shown(known)}`
        : `Dokploy has ${count} destinations of the name ${name}: rename all but one`;
    return `${file}:${line}:${column} ${service.key} ${path}.destination: ${what}`;
  }
  return null;
}
