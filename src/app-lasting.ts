// What a process keeps when it starts anew: all else is made again, as what it knows is old by then.
import { randomBytes } from "node:crypto";
import { createGiven } from "./engine/fleet/given.ts";
import type { Given } from "./engine/fleet/given.ts";
import { createLeftovers } from "./store/postgres/leaving.ts";
import type { Leftovers } from "./store/postgres/leaving.ts";

export interface Lasting {
  /** Its name among those that have the same store. */
  readonly replicaId: string;
  readonly leftovers: Leftovers;
  readonly given: Given;
}

export function createLasting(): Lasting {
  return {
    replicaId: randomBytes(8).toString("hex"),
    leftovers: createLeftovers(),
    given: createGiven(),
  };
}
