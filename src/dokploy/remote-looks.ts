// When Dokploy's other servers are asked what runs there, and for how long anybody waits for it. Dokploy reaches them over
// ssh and waits some 20 s for one that is gone: nothing that concerns others may wait for that, and such requests may not
// take the few places that there are.
import PQueue from "p-queue";
import { backoffMs } from "../lib/backoff.ts";
import type { BackoffPolicy } from "../lib/backoff.ts";
import type { Clock } from "../lib/clock.ts";
import type { Swarm } from "../model/observed.ts";
import type { Hosts } from "./hosts.ts";

export interface RemoteLooks {
  /**
   * What runs on these servers, each asked after this call; one that does not say so in time is absent. Never throws.
   * A server that failed is asked again after a while only, and then hardly waited for.
   */
  see(serverIds: ReadonlySet<string>): Promise<ReadonlyMap<string, Swarm>>;
}

/** A look that takes a healthy server longer is not waited for. */
const patienceMs = 10_000;
/** Where the look before failed, or took longer than that. A refused connection says so at once, and ssh needs a second where all is well. */
const littlePatienceMs = 2_000;
const again: BackoffPolicy = { firstMs: 5_000, maxMs: 60_000, jitter: 0 };
/** Of the four requests that may be under way. */
const mostUnderWay = 2;

interface Looked {
  failures: number;
  /** How long the last one took that has ended. */
  tookMs: number;
  dueAtMs: number;
  /** Null when it could not be told. */
  underWay: Promise<Swarm | null> | null;
}

export function createRemoteLooks(hosts: Pick<Hosts, "look">, clock: Clock): RemoteLooks {
  const looks = new Map<string, Looked>();
  const queue = new PQueue({ concurrency: mostUnderWay });

  function lookedAt(serverId: string): Looked {
    const known = looks.get(serverId) ?? { failures: 0, tookMs: 0, dueAtMs: 0, underWay: null };
    looks.set(serverId, known);
    return known;
  }

  function begin(serverId: string, looked: Looked): Promise<Swarm | null> {
    const beganAtMs = clock.now();
    const look = queue.add(() => hosts.look(serverId)).catch(() => null);
    const underWay = look.then((swarm) => {
      looked.underWay = null;
      looked.tookMs = clock.now() - beganAtMs;
      looked.failures = swarm === null ? looked.failures + 1 : 0;
      if (swarm === null) looked.dueAtMs = clock.now() + backoffMs(again, looked.failures, 0);
      return swarm;
    });
    looked.underWay = underWay;
    return underWay;
  }

  /** What a look comes to within this time; null when it has not ended by then. */
  async function within(look: Promise<Swarm | null>, ms: number): Promise<Swarm | null> {
    const ended = new AbortController();
    try {
      return await Promise.race([look, clock.sleep(ms, ended.signal).then(() => null)]);
    } finally {
      ended.abort();
    }
  }

  async function see(serverId: string): Promise<Swarm | null> {
    const looked = lookedAt(serverId);
    const { failures, tookMs } = looked;
    const ms = failures > 0 || tookMs > patienceMs ? littlePatienceMs : patienceMs;
    // One that began before says nothing of what was done since.
    if (looked.underWay !== null) await within(looked.underWay, ms);
    if (looked.underWay !== null) return null;
    if (looked.failures > 0 && clock.now() < looked.dueAtMs) return null;
    return within(begin(serverId, looked), ms);
  }

  return {
    async see(serverIds) {
      const ids = [...serverIds].sort();
      const seen = await Promise.all(ids.map(see));
      return new Map(
        ids.flatMap((id, index): [string, Swarm][] => {
          const swarm = seen[index] ?? null;
          return swarm === null ? [] : [[id, swarm]];
        }),
      );
    },
  };
}
