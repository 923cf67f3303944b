// One Dokploy server, as the rest of the engine works with it.
import type { Clock } from "../../lib/clock.ts";
import { isCapstanError } from "../../lib/errors.ts";
import type { HttpClient } from "../../lib/http.ts";
import type { Platform, PlatformInfo } from "../../ports.ts";
import type { Store } from "../../ports-store.ts";
import { createListTrust } from "../drift/list-trust.ts";
import type { Reachable } from "../events/reachable.ts";
import { createIntents } from "../memory/intents.ts";
import type { Intents } from "../memory/intents.ts";
import type { Memory } from "../memory/memory.ts";
import type { StackRecords } from "../memory/stack-records.ts";
import { createAskedFor } from "../rollout/asked-for.ts";
import { createGivenUp } from "../rollout/given-up.ts";
import { createProbe } from "../rollout/probe.ts";
import { createRollouts } from "../rollout/rollouts.ts";
import type { Rollouts, RolloutsOptions } from "../rollout/rollouts.ts";
import { serversSeen } from "../state/servers-seen.ts";
import { createWorld } from "../state/world.ts";
import type { View, World } from "../state/world.ts";

export interface Site {
  readonly platform: Platform;
  readonly world: World;
  readonly rollouts: Rollouts;
  /** Creates that were sent and not answered (W3). */
  readonly intents: Intents;
  /** Version, role and rights as last checked; null before. */
  info(): PlatformInfo | null;
  /** Checks them now. Throws what the platform throws, with a hint. */
  check(): Promise<PlatformInfo>;
}

export interface SiteSettings {
  /** The owner in markers is `<instance>/<stack>`. */
  readonly instance: string;
  /** How far apart two observations must be that lack what a lost answer may have made (W3). */
  readonly lookAgainMs: number;
  /** Between two looks at rollouts in flight. */
  readonly rolloutTickMs: number;
  /** Address of Traefik for HTTP probes, with the domain as Host header; null: through the domain. */
  readonly traefikAddress: string | null;
}

/** What a rollout asks and tells. */
export type RolloutHooks = Pick<RolloutsOptions, "mayDeploy" | "released" | "progress" | "ended">;

export interface SiteOptions {
  readonly platform: Platform;
  readonly store: Store;
  readonly memory: Memory;
  /** Ids of servers on which something was removed that is not known to be gone: they are looked at. */
  readonly leftOn: () => ReadonlySet<string>;
  readonly records: Pick<StackRecords, "field">;
  /** Takes secrets out of what is kept. */
  readonly redact: (text: string) => string;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly settings: SiteSettings;
  /** Hears whether the server can be read. */
  readonly reachable: Pick<Reachable, "platformIs" | "platformFailed" | "swarmWas" | "serversWere">;
  /** Called after each list that is trusted. */
  readonly listed: (view: View) => void;
  readonly hooks: RolloutHooks;
}

export function createSite(options: SiteOptions): Site {
  const { platform, store, clock, settings } = options;
  const { platformIs, platformFailed, swarmWas, serversWere } = options.reachable;
  const intents = createIntents(store, clock, settings.lookAgainMs);
  const trust = createListTrust({
    platform,
    known: () => world.current()?.ownership.byId.keys() ?? store.knownProjects().values(),
  });
  const world: World = createWorld({
    instance: settings.instance,
    clock,
    list: async (sinceMs, named) => {
      try {
        const also = options.leftOn();
        const snapshot = await trust.list(sinceMs, { named, also });
        platformIs(null);
        swarmWas(snapshot.swarm !== null, snapshot.takenAtMs);
        serversWere(serversSeen(snapshot, { named, also }), snapshot.takenAtMs);
        return snapshot;
      } catch (error) {
        platformFailed(error);
        throw error;
      }
    },
    listed: options.listed,
  });
  const rollouts = createRollouts({
    ...options.hooks,
    platform,
    intents,
    clock,
    random: options.random,
    givenUp: createGivenUp(options.memory, options.records, options.redact),
    askedFor: createAskedFor(options.memory, options.records),
    probe: createProbe(options.http, settings.traefikAddress),
    tickMs: settings.rolloutTickMs,
    looked: (running) => {
      swarmWas(running.swarm !== null, running.takenAtMs);
      world.recordSwarm(running, running.takenAtMs);
    },
    failed: platformFailed,
  });
  let info: PlatformInfo | null = null;
  return {
    platform,
    world,
    rollouts,
    intents,
    info: () => info,
    async check() {
      try {
        info = await platform.check(world.current() === null);
      } catch (error) {
        if (isCapstanError(error, "unavailable")) platformFailed(error);
        throw error;
      }
      return info;
    },
  };
}
