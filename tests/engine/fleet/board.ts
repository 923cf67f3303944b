// Processes that share servers, in memory and in virtual time: each takes what is its turn, and starts anew when it is
// to leave some to others.
import { createGiven } from "../../../src/engine/fleet/given.ts";
import type { Given } from "../../../src/engine/fleet/given.ts";
import { createSpread } from "../../../src/engine/fleet/spread.ts";
import type { Spread } from "../../../src/engine/fleet/spread.ts";
import type { Lease } from "../../../src/ports-lease.ts";
import type { Replica, ReplicaNote, Replicas } from "../../../src/ports-replicas.ts";
import type { VirtualClock } from "../../support/virtual-clock.ts";

const heardWithinMs = 10_000;
const leaseMs = 20_000;
const anewMs = 2_000;
const lookAgainMs = 5_000;

interface Said extends ReplicaNote {
  readonly sinceMs: number;
  readonly atMs: number;
}

export interface Board {
  /** A process begins. `cannotReach`: servers that it sees no lease of. */
  begin(id: string, cannotReach?: readonly string[]): void;
  /** It ends and gives back what it leads; or, killed, says nothing and leaves its leases to run out. */
  end(id: string, isKilled: boolean): Promise<void>;
  /** Who leads each server. */
  leaders(): ReadonlyMap<string, string>;
  /** How often processes started anew. */
  restarts(): number;
}

export function createBoard(servers: readonly string[], clock: VirtualClock): Board {
  const said = new Map<string, Said>();
  const held = new Map<string, { readonly by: string; readonly untilMs: number }>();
  const running = new Map<string, { readonly ending: AbortController; readonly spread: Spread }>();
  let restarts = 0;
  /** By process. */
  const givens = new Map<string, Given>();

  const replicasOf = (id: string): Replicas => ({
    id,
    async exchange(note, beginsAnew = false) {
      const nowMs = clock.now();
      const sinceMs = beginsAnew ? nowMs : (said.get(id)?.sinceMs ?? nowMs);
      said.set(id, { ...note, sinceMs, atMs: nowMs });
      return [...said].flatMap(([other, { leads, waits, ...times }]): readonly Replica[] =>
        other === id || nowMs - times.atMs > heardWithinMs
          ? []
          : [{ id: other, title: other, leads, waits, ageMs: nowMs - times.sinceMs }],
      );
    },
    async leave() {
      said.delete(id);
    },
  });

  const isRunning = (id: string): boolean => running.has(id);
  const leaderOf = (server: string): string | null => {
    const lease = held.get(server);
    if (lease === undefined) return null;
    return isRunning(lease.by) || lease.untilMs > clock.now() ? lease.by : null;
  };

  function leaseOf(id: string, server: string, isReachable: boolean): Pick<Lease, "take"> {
    return {
      async take(onlyLooks = false) {
        if (!isReachable) throw new Error("it cannot be reached");
        const by = leaderOf(server);
        if (by === id) return { kind: "held" };
        if (by !== null) return { kind: "waits", why: "", text: "", forMs: lookAgainMs };
        if (onlyLooks) return { kind: "free" };
        held.set(server, { by: id, untilMs: Infinity });
        return { kind: "held" };
      },
    };
  }

  function begin(id: string, cannotReach: readonly string[] = []): void {
    const given = givens.get(id) ?? createGiven();
    givens.set(id, given);
    const spread = createSpread({ replicas: replicasOf(id), servers, given, clock });
    const ending = new AbortController();
    running.set(id, { ending, spread });
    spread.begin(() => true);
    for (const server of servers) {
      const lease = leaseOf(id, server, !cannotReach.includes(server));
      void (async () => {
        while (!ending.signal.aborted) {
          const standing = await spread
            .turn(server)
            .take(lease)
            .catch(() => ({ kind: "failed" as const }));
          if (standing.kind === "held") return;
          const ms = standing.kind === "waits" ? standing.forMs : lookAgainMs;
          await clock.sleep(Math.min(ms, lookAgainMs), ending.signal);
        }
      })();
    }
    void spread.gaveOver.then(async () => {
      if (ending.signal.aborted) return;
      restarts += 1;
      await end(id, false);
      await clock.sleep(anewMs);
      if (!isRunning(id)) begin(id, cannotReach);
    });
  }

  async function end(id: string, isKilled: boolean): Promise<void> {
    const one = running.get(id);
    if (one === undefined) return;
    one.ending.abort();
    if (isKilled) {
      for (const [server, { by }] of held) {
        if (by === id) held.set(server, { by, untilMs: clock.now() + leaseMs });
      }
      one.spread.end();
      running.delete(id);
      return;
    }
    await one.spread.leaving();
    for (const [server, { by }] of held) if (by === id) held.delete(server);
    one.spread.end();
    running.delete(id);
  }

  return {
    begin,
    end,
    leaders: () =>
      new Map(
        servers.flatMap((server) => {
          const by = leaderOf(server);
          return by === null ? [] : [[server, by] as const];
        }),
      ),
    restarts: () => restarts,
  };
}
