// The looks at the server that happen by themselves, and the runs that they ask for.
import type { Clock } from "../../lib/clock.ts";
import { checkable, createRota, findSuspects } from "../drift/deep-check.ts";
import type { Reader } from "../reader/reader.ts";
import type { Orphans } from "../removal/orphans.ts";
import type { Wakeups } from "../wakeups.ts";
import type { Controller } from "./controller.ts";

export interface Looks {
  /** All stacks are compared with Git, by a list from now. */
  resync(): Promise<void>;
  /** The branches and tags that services follow are asked for new commits and images. */
  follow(): Promise<void>;
  /** A share of all services is read whole. */
  deepCheck(elapsedMs: number): Promise<void>;
}

export function createLooks(options: {
  readonly reader: Reader;
  readonly wakeups: Wakeups;
  readonly controller: Pick<Controller, "suspect">;
  readonly orphans: Orphans;
  readonly clock: Clock;
  readonly deepCheckIntervalMs: number;
  readonly ending: AbortSignal;
}): Looks {
  const { reader, wakeups, controller, orphans, clock, ending } = options;
  const { site, desired } = reader;
  const rota = createRota(options.deepCheckIntervalMs);
  return {
    async resync() {
      const nowMs = clock.now();
      if (site.info() === null) await site.check();
      await reader.refresh("resync").catch(() => false);
      const loaded = desired.current();
      if (loaded === null) return;
      const view = await site.world.since(nowMs);
      for (const stack of loaded.byName.keys()) wakeups.look(stack, "resync", view.takenAtMs);
      await orphans.look(view);
    },

    async follow() {
      await reader.heads.look([...(desired.current()?.byName.values() ?? [])]);
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
