// How several processes share servers, pure: who leads fewer takes what is free, and who leads too many leaves some to
// the one that leads the fewest. Each decides for itself from what all said, and two never differ by more than one
// server for long. That two do not write at once is the lease's affair, not this one's.
import type { Replica, ReplicaNote } from "../../ports-replicas.ts";

type Self = ReplicaNote & { readonly id: string };

/** A process that has just begun takes what is free first. */
const youngMs = 15_000;

/** To whom a server that nobody leads is left; null: to nobody. */
export function leftTo(own: Self, others: readonly Replica[], server: string): Replica | null {
  const fewer = others.filter(
    ({ leads, waits }) => leads.length < own.leads.length && waits.includes(server),
  );
  return fewest(fewer);
}

/**
 * Who is to get some of what this one leads; null: nobody. One process at a time finds somebody. `mayGet`: whom this one
 * leaves something at all.
 */
export function givesTo(
  own: Self,
  others: readonly Replica[],
  mayGet: (other: Replica) => boolean,
): Replica | null {
  const isMost = others.every(
    ({ id, leads }) =>
      leads.length < own.leads.length || (leads.length === own.leads.length && id > own.id),
  );
  if (!isMost) return null;
  return fewest(
    others.filter(
      (other) =>
        other.ageMs >= youngMs &&
        other.leads.length + 2 <= own.leads.length &&
        own.leads.some((server) => other.waits.includes(server)) &&
        mayGet(other),
    ),
  );
}

function fewest(some: readonly Replica[]): Replica | null {
  return (
    some.toSorted((a, b) => a.leads.length - b.leads.length || (a.id < b.id ? -1 : 1))[0] ?? null
  );
}
