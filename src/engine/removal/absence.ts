// Laws O3 and O4: whether what was removed is really gone, swarm services included. What still runs is
// told to people only when Dokploy itself says that its application is gone: a list alone may lack it.
import { kindTitle } from "../../model/kinds/table.ts";
import { swarmOn } from "../../model/observed.ts";
import type { ServiceRef } from "../../model/observed.ts";
import { serverTitle } from "../../plan/servers.ts";
import type { Clock } from "../../lib/clock.ts";
import { CapstanError } from "../../lib/errors.ts";
import type { Outcome } from "../../model/status.ts";
import type { Platform } from "../../ports.ts";
import type { Tombstone } from "../../ports-store.ts";
import type { Tombstones } from "./tombstones.ts";
import type { View, World } from "../state/world.ts";

export interface Absence {
  /** Null when nothing of the stack's removals is left; otherwise how its run ends. */
  look(stack: string, view: View, going: ReadonlySet<string>): Promise<Outcome | null>;
}

/** Each absence is verified on a list of its own (O3). */
export const verifyRemoval: Outcome = {
  kind: "waiting",
  reason: "deployment",
  message: "removed; checking that everything is gone",
  afterMs: 0,
};

const swarmSilent: Outcome = {
  kind: "waiting",
  reason: "deployment",
  message: "removed; whether its containers are gone is not known, as the swarm does not answer",
  afterMs: null,
};

/** ` on the server edge`; nothing for Dokploy's own host. */
function placesText(view: View, running: readonly Tombstone[]): string {
  const ids = new Set(running.flatMap(({ serverId }) => serverId ?? []));
  if (ids.size === 0) return "";
  return ` on ${[...ids].map((id) => serverTitle(id, view.servers)).join(" and ")}`;
}

export function createAbsence(options: {
  readonly platform: Pick<Platform, "existing">;
  readonly tombstones: Tombstones;
  readonly world: Pick<World, "distrust">;
  readonly clock: Clock;
  readonly alert: (message: string) => void;
}): Absence {
  const { platform, tombstones, world, clock } = options;

  async function confirmGone(stack: string, running: readonly Tombstone[]): Promise<void> {
    const services = running.flatMap(({ id, kind }): ServiceRef[] =>
      kind === "project" || kind === "environment" ? [] : [{ id, kind }],
    );
    if (services.length === 0) return;
    const there = await platform.existing(services);
    for (const { id, kind } of services.filter((service) => there.has(service.id))) {
      const message = `Dokploy's list lacks the ${kindTitle(kind)} ${id} of ${stack}, which still exists`;
      world.distrust(clock.now());
      options.alert(message);
      throw new CapstanError("unavailable", message, {
        hint: "the key may have lost its rights: use one of an owner or admin of the organisation",
      });
    }
  }

  return {
    async look(stack, view, going) {
      if (tombstones.of(stack).length === 0) return null;
      const { running, unknown } = tombstones.settle(stack, view, going);
      if (running.length > 0) {
        await confirmGone(stack, running);
        const names = running.flatMap(({ appName }) => appName ?? []).join(" ");
        const where = placesText(view, running);
        const message = `still running although deleted: ${names}; remove by hand with \`docker service rm ${names}\`${where}`;
        return { kind: "failed", message, retryAfterMs: null };
      }
      if (!unknown) return null;
      const isSilent = tombstones
        .of(stack)
        .some(
          ({ appName, serverId = null }) => appName !== null && swarmOn(view, serverId) === null,
        );
      return isSilent ? swarmSilent : verifyRemoval;
    },
  };
}
