// What this process says of itself to those with which it shares servers, and what it heard of them.
import type { Replica, ReplicaNote, Replicas } from "../../ports-replicas.ts";

export interface Told {
  leads(server: string): void;
  leadsNoMore(server: string): void;
  /** Whether its lease can be seen: what cannot be is not waited for. */
  sees(server: string, canSee: boolean): void;
  /** From now on it says that it leads none and waits for all: it is about to start anew. */
  leaves(): void;
  /** From now on it says nothing, and the others hear of it no more. Never rejects. */
  ends(): Promise<void>;
  self(): ReplicaNote & { readonly id: string };
  /** As last heard. */
  others(): readonly Replica[];
  /** Says it, and hears of the others. Never rejects: of whom nothing can be heard nothing is waited for. */
  exchange(): Promise<void>;
}

export function createTold(replicas: Replicas, servers: readonly string[]): Told {
  const led = new Set<string>();
  const seen = new Set(servers);
  let others: readonly Replica[] = [];
  let isLeaving = false;
  let hasBegun = false;
  let hasEnded = false;

  const note = (): ReplicaNote =>
    isLeaving
      ? { leads: [], waits: servers }
      : { leads: [...led], waits: [...seen].filter((server) => !led.has(server)) };

  return {
    leads: (server) => void led.add(server),
    leadsNoMore: (server) => void led.delete(server),
    sees(server, canSee) {
      if (canSee) seen.add(server);
      else seen.delete(server);
    },
    leaves() {
      isLeaving = true;
    },
    async ends() {
      hasEnded = true;
      await replicas.leave().catch(() => undefined);
    },
    self: () => ({ id: replicas.id, ...note() }),
    others: () => others,
    async exchange() {
      if (hasEnded) return;
      const beginsAnew = !hasBegun || isLeaving;
      hasBegun = true;
      others = await replicas.exchange(note(), beginsAnew).catch(() => []);
    },
  };
}
