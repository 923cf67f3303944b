// What manifests name of a server is named as Dokploy names it: a name that the server does not have, or has twice, stops
// the plan of its stack before anything is written.
import type { DesiredService, DesiredStack } from "../model/desired.ts";
import { isIgnored } from "../model/fields.ts";
import { namesIn, thingTitles } from "../model/server-names.ts";
import type { NamedThing, NameUse, ServerNames } from "../model/server-names.ts";

function ownUses(service: DesiredService): readonly NameUse[] {
  return namesIn(service).filter(({ field }) => !isIgnored(service.ignore, field));
}

/** Which lists of names the services need. */
export function namedBy({ services }: Pick<DesiredStack, "services">): readonly NamedThing[] {
  return [...new Set(services.flatMap(ownUses).map(({ thing }) => thing))].sort();
}

function shown(names: readonly string[]): string {
  const known = [...new Set(names)].sort();
  return known.length === 0 ? "it has none" : `it has ${known.join(", ")}`;
}

/** Why the service may not be planned; null when it may. */
export function refusedName(service: DesiredService, names: ServerNames): string | null {
  for (const { thing, name, path } of ownUses(service)) {
    const known = names[thing];
    if (known === undefined) continue;
    const count = known.filter((one) => one === name).length;
    if (count === 1) continue;
    const { file, line, column } = service.namePlaces?.get(path) ?? service.place;
    const { one, many } = thingTitles[thing];
    const what =
      count === 0
        ? `Dokploy has no ${one} ${name}: ${shown(known)}`
        : `Dokploy has ${count} ${many} of the name ${name}: rename all but one`;
    return `${file}:${line}:${column} ${service.key} ${path}: ${what}`;
  }
  return null;
}
