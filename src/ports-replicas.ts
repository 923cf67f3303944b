// The processes that share several servers, as each of them says of itself: which it leads, and which it would lead.

import type { Lease, LeaseStanding } from "./ports-lease.ts";

export interface ReplicaNote {
  /** Names of the servers that it leads. */
  readonly leads: readonly string[];
  /** Those that it would take if they were free; of these it can see the lease. */
  readonly waits: readonly string[];
}

export interface Replica extends ReplicaNote {
  /** Of one process, however often it starts anew. */
  readonly id: string;
  /** In words for people: `capstan run on host-a (process 42)`. */
  readonly title: string;
  /** How long ago it began to say so; it starts anew now and then. */
  readonly ageMs: number;
}

export interface Replicas {
  readonly id: string;
  /**
   * Says it to the others, and returns what those said that were heard of lately. `beginsAnew`: its age is counted from
   * now. Throws `unavailable` when they cannot be asked.
   */
  exchange(note: ReplicaNote, beginsAnew?: boolean): Promise<readonly Replica[]>;
  /** The others hear of it no more. Throws likewise. */
  leave(): Promise<void>;
}

/** Which of several processes takes a server that nobody leads. */
export interface Turn {
  /** As `Lease.take`; `waits` too where nobody has it and another process is to take it. */
  take(lease: Pick<Lease, "take">): Promise<LeaseStanding>;
  /** What was taken was given back at once. */
  gaveBack(): void;
  /** It cannot be taken here now, whoever leaves it to this process. */
  cannot(): void;
}
