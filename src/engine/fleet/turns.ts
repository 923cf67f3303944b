// Whether this process takes a server that nobody leads: one that leads fewer is to have it.
import type { Clock } from "../../lib/clock.ts";
import type { Lease, LeaseStanding } from "../../ports-lease.ts";
import type { Turn } from "../../ports-replicas.ts";
import { leftTo } from "./shares.ts";
import type { Told } from "./told.ts";

/** The one to whom a server is left has so long: it may not get it for a reason that nobody here can see. */
const leftForMs = 10_000;
const lookAgainMs = 1_000;

type Taken = Pick<Lease, "take">;

/** A server that does not answer keeps the others from their turn for so long. */
const othersWaitMs = 3_000;

/** One after another: each decision counts what the one before brought, unless that takes long. */
function createLane(clock: Clock): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    const late = new AbortController();
    const isLate = last.then(() => clock.sleep(othersWaitMs, late.signal));
    last = Promise.race([done.catch(() => undefined), isLate]).finally(() => {
      late.abort();
    });
    return done;
  };
}

export function createTurns(told: Told, clock: Clock): (server: string) => Turn {
  const alone = createLane(clock);
  const freeSince = new Map<string, number>();

  async function look(server: string, lease: Taken): Promise<LeaseStanding> {
    try {
      const standing = await lease.take(true);
      told.sees(server, standing.kind !== "unguarded");
      if (standing.kind === "held") told.leads(server);
      if (standing.kind !== "free") freeSince.delete(server);
      return standing;
    } catch (error) {
      told.sees(server, false);
      throw error;
    }
  }

  async function takeFree(server: string, lease: Taken): Promise<LeaseStanding> {
    await told.exchange();
    const sinceMs = freeSince.get(server) ?? clock.now();
    freeSince.set(server, sinceMs);
    const to = leftTo(told.self(), told.others(), server);
    if (to !== null && clock.now() - sinceMs < leftForMs) {
      const why = `nobody leads this server, and it is left to ${to.title}`;
      return { kind: "waits", why, text: "", forMs: lookAgainMs };
    }
    const standing = await lease.take();
    freeSince.delete(server);
    // Of several with the same store none leads one that nothing guards.
    if (standing.kind === "unguarded") told.sees(server, false);
    if (standing.kind !== "held") return standing;
    told.leads(server);
    await told.exchange();
    return standing;
  }

  return (server) => ({
    async take(lease) {
      const standing = await look(server, lease);
      return standing.kind === "free" ? alone(() => takeFree(server, lease)) : standing;
    },
    gaveBack() {
      told.leadsNoMore(server);
    },
    cannot() {
      told.sees(server, false);
    },
  });
}
