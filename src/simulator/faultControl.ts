/** All that can be made to go wrong, in one place for tests and for the control endpoint. */
import type { Fault, FaultRule, FaultRules } from "./faults.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { DockerMode } from "./state.ts";
import { giveAddresses } from "./swarm.ts";
import type { ImageBehaviour } from "./swarmTypes.ts";
import type { World } from "./world.ts";

export interface FaultControl {
  /** A fault of the transport; returns what takes it back. Hits once unless `times` says more. */
  add(rule: FaultRule): () => void;
  list(): Fault[];
  /**
   * Takes back every rule, every image's behaviour, held pulls, a docker or a server that is down and a full network.
   */
  clear(): void;
  /** From now on images whose name contains `match` behave like this; the newest rule wins. */
  image(match: string, behaviour: ImageBehaviour): void;
  /** Pulls of images whose name contains `match` do not end before what is returned is called. */
  holdPulls(match: string): () => void;
  /**
   * `swarm.getNodeApps` answers `[]` and deployments fail. True is what Dokploy's source does:
   * `swarm.getNodes` then has no value at all.
   */
  dockerDown(mode: DockerMode | boolean): void;
  /** The network has no address left: services that start or are replaced now have tasks that stay `new`. */
  noAddresses(on: boolean): void;
  /** Resolves when the server listens again; down for 8 to 15 simulated seconds, or until `sooner` aborts. */
  restart(options?: { downMs?: number; sooner?: AbortSignal }): Promise<void>;
  /**
   * Refuses connections for that many simulated milliseconds, or until `sooner` aborts; resolves when it
   * accepts again.
   */
  refuse(ms: number, sooner?: AbortSignal): Promise<void>;
  /** As if ten domains had been created at once: nothing is answered until a restart. */
  hang(): void;
}

const DOWN_AT_LEAST_MS = 8000;
const DOWN_SPREAD_MS = 7000;

export function createFaultControl(
  world: World,
  rules: FaultRules,
  lifecycle: Lifecycle,
): FaultControl {
  const { tables } = world;
  return {
    add: (rule) => rules.add(rule),
    list: () => rules.list(),
    clear: () => {
      rules.clear();
      tables.images = [];
      world.held.clear();
      tables.dockerDown = "off";
      tables.noAddresses = false;
      for (const server of tables.servers.values())
        Object.assign(server, { reach: "up", slowMs: 0 });
      giveAddresses(world);
    },
    image: (match, behaviour) => {
      tables.images.unshift({ match, behaviour });
    },
    holdPulls: (match) => {
      const held = { match };
      world.held.add(held);
      return () => void world.held.delete(held);
    },
    dockerDown: (mode) => {
      tables.dockerDown = mode === true ? "undefined" : mode === false ? "off" : mode;
    },
    noAddresses: (on) => {
      tables.noAddresses = on;
      if (!on) giveAddresses(world);
    },
    restart: (options) =>
      lifecycle.restart(
        options?.downMs ?? DOWN_AT_LEAST_MS + world.scratch.next() * DOWN_SPREAD_MS,
        options?.sooner,
      ),
    refuse: (ms, sooner) => lifecycle.refuse(ms, sooner),
    hang: () => {
      tables.hung = true;
    },
  };
}
