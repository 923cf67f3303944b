// How Dokploy stores each kind of service that Capstan manages. One row a kind, complete by the compiler.
import { z } from "zod";
import { keepIgnored } from "../../model/fields.ts";
import type { ServiceDetails } from "../../model/observed.ts";
import type { Configured, ManagedKind, SpecOf } from "../../model/specs.ts";
import type { Configuration } from "../../ports.ts";
import type { Input } from "../calls.ts";
import type { NamedLists } from "../named.ts";
import { writeLabels } from "../networks.ts";
import { idInput } from "../services.ts";
import { application } from "./application.ts";
import { compose } from "./compose.ts";
import { database } from "./database.ts";
import type { DokployKind } from "./kind.ts";

const kinds: { readonly [K in ManagedKind]: DokployKind<SpecOf[K]> } = {
  application,
  compose,
  postgres: database("postgres"),
  mysql: database("mysql"),
  mariadb: database("mariadb"),
  mongo: database("mongo"),
  redis: database("redis"),
  libsql: database("libsql"),
};

/** The row of a kind; the caller passes it only specs of that kind. */
function kindOf(kind: ManagedKind): DokployKind<Configured["spec"]> {
  return kinds[kind] as unknown as DokployKind<Configured["spec"]>;
}

/** Of all kinds: what `whole-row.ts` puts in. */
const paused = z.object({ pausedFor: z.string().optional() });

/** The shape of `<kind>.one`. */
export function detailsShape(kind: ManagedKind): z.ZodType<ServiceDetails> {
  return kinds[kind].details.and(paused);
}

/** Dokploy's names of a field, or of what a group of fields becomes, by its path. */
export function storedFields(kind: ManagedKind): ReadonlyMap<string, readonly string[]> {
  const names = kinds[kind].fields.flatMap((fields) => Object.entries(fields));
  const known = names.filter((entry): entry is [string, string] => entry[1] !== undefined);
  const byPath = Map.groupBy(known, ([, path]) => path);
  return new Map([...byPath].map(([path, entries]) => [path, entries.map(([name]) => name)]));
}

/** The part of the input of `<kind>.create` that only this kind has. */
export function creationFields({ kind, spec }: Configured): Input {
  return kindOf(kind).create(spec);
}

/** The input of the one `<kind>.update` that configures a service. `names`: the lists of what it names. */
export function configurationFields(
  serviceId: string,
  { desired, observed, description, want }: Configuration,
  names: NamedLists,
): Input {
  const { kind, ignore } = desired;
  const have = observed?.spec ?? null;
  const others = observed?.otherNetworks ?? [];
  return {
    ...idInput(kind, serviceId),
    description,
    // A compose service has none: its file carries the label.
    ...(kind === "compose" ? {} : { labelsSwarm: writeLabels(observed?.labels ?? {}, want) }),
    ...kindOf(kind).configure(keepIgnored(desired, have, ignore), {
      ignore,
      others,
      have,
      want,
      names,
    }),
  };
}
