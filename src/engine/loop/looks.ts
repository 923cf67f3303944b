// The looks at the server that happen by themselves, and the runs that they ask for.
import type { Clock } from "../../lib/clock.ts";
import type { Secrets } from "../../ports-secrets.ts";
import { checkable, createRota, findSuspects } from "../drift/deep-check.ts";
import type { Reader } from "../reader/reader.ts";
import { secretsIn } from "../state/secret-outages.ts";
import type { Orphans } from "../removal/orphans.ts";
import type { Wakeups } from "../wakeups.ts";
import type { Controller } from "./controller.ts";

export interface Looks {
  /** All stacks are compared with Git, by a list from now. */
  resync(): Promise<void>;
  /** The branches and tags that services follow are asked for new commits and images. */
  follow(): Promise<void>;
  /** Sources of secrets that are due are asked; what changed is read, and what cannot be read is told. */
  secrets(): Promise<void>;
  /** Hosts whose check is due are asked. */
  checkHosts(): Promise<void>;
  /** A share of all services is read whole. */
  deepCheck(elapsedMs: number): Promise<void>;
}

export function createLooks(options: {
  readonly reader: Reader;
  readonly wakeups: Wakeups;
  readonly controller: Pick<Controller, "suspect">;
  readonly orphans: Orphans;
  readonly secrets: Pick<Secrets, "refresh" | "version" | "outages">;
  readonly clock: Clock;
  readonly deepCheckIntervalMs: number;
  readonly ending: AbortSignal;
}): Looks {
  const { reader, wakeups, controller, orphans, secrets, clock, ending } = options;
  const { site, desired } = reader;
  const rota = createRota(options.deepCheckIntervalMs);
  let secretsVersion: string | null = null;
  let outages = "";

  /** Stacks whose secrets are not of now, or are again, say so at once. */
  function tellOutages(): void {
    const now = secrets.outages();
    const key = JSON.stringify(now.map(({ source, sinceMs }) => [source, sinceMs]));
    reader.reachable.secretsAre(now);
    if (key === outages) return;
    outages = key;
    for (const [name, stack] of desired.current()?.byName ?? []) {
      if (secretsIn(stack).length > 0) wakeups.goOn(name, "a source of secrets");
    }
  }

  return {
    async resync() {
      const nowMs = clock.now();
      if (site.info() === null) await site.check();
      await reader.refresh("resync").catch(() => false);
      const loaded = desired.current();
      if (loaded === null) return;
      const view = await site.world.since(nowMs);
      // What cannot be carried out says why, also where it was read before anything ran.
      for (const stack of [...loaded.byName.keys(), ...loaded.manifests.brokenStacks]) {
        wakeups.look(stack, "resync", view.takenAtMs);
      }
      await orphans.look(view);
    },

    async follow() {
      await reader.heads.look([...(desired.current()?.byName.values() ?? [])]);
    },

    async secrets() {
      await secrets.refresh();
      const version = await secrets.version();
      tellOutages();
      if (version === secretsVersion || desired.current() === null) return;
      await reader.refresh("a secret may have changed");
      secretsVersion = version;
    },

    // What is under way goes on beside the next tick, and ends by itself.
    checkHosts() {
      void reader.hostChecks.look();
      return Promise.resolve();
    },

    async deepCheck(elapsedMs) {
      const loaded = desired.current();
      const view = site.world.current();
      if (loaded === null || view === null || ending.aborted) return;
      const due = rota.next(checkable(loaded, view), elapsedMs);
      if (due.length === 0) return;
      const busy = new Set(site.rollouts.active().map(({ request }) => request.serviceId));
      const suspects = await findSuspects(site.platform, due, busy).catch((error: unknown) => {
        rota.giveBack();
        throw error;
      });
      // What was left for a proposal may be undone by now.
      const left = due.filter(({ stack, desired: { key } }) => reader.knownLeft.of(stack).has(key));
      for (const { stack, serviceId } of new Set([...suspects, ...left])) {
        controller.suspect(stack, [serviceId]);
        wakeups.look(stack, "deep check");
      }
    },
  };
}
