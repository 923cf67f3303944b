// What an engine tells of one stack beyond its status: its resources as a tree, and which commits it goes
// by. Only what is known already; nothing is asked of the server.
import type { StackStatus } from "../../model/status.ts";
import type { Store } from "../../ports.ts";
import type { DesiredState } from "../state/desired-state.ts";
import type { World } from "../state/world.ts";
import type { Rollouts } from "../rollout/rollouts.ts";
import type { Orphans } from "../removal/orphans.ts";
import { timelines } from "../rollout/rollout-timeline.ts";
import { stackTree } from "./stack-tree.ts";
import type { StackFacts } from "./stack-tree.ts";

const eventsLooked = 400;
const timelinesShown = 20;

interface FactsCore {
  readonly desired: DesiredState;
  readonly world: World;
  readonly rollouts: Pick<Rollouts, "active" | "verdict">;
  readonly store: Pick<Store, "events" | "healthyRevisions">;
  readonly controller: () => { statuses(): ReadonlyMap<string, StackStatus> };
}

export interface StackFactsParts {
  /** The parts of now: they are made anew when this process becomes the one that writes. */
  readonly core: () => FactsCore;
  readonly orphans: Pick<Orphans, "current">;
  readonly instance: string;
}

export function createStackFacts({ core: now, orphans, instance }: StackFactsParts): StackFacts {
  return {
    tree(stack) {
      const { desired, world, rollouts, controller } = now();
      const view = world.current();
      const projects = view?.ownership.owned.get(stack) ?? [];
      const applications = projects
        .flatMap(({ environments }) => environments)
        .flatMap(({ services }) => services)
        .map(({ id }) => id);
      return stackTree({
        stack,
        instance,
        desired: desired.current()?.byName.get(stack) ?? null,
        projects,
        swarm: view?.swarm ?? null,
        status: controller().statuses().get(stack) ?? null,
        rolling: new Set(rollouts.active(stack).map(({ request }) => request.serviceId)),
        failed: new Set(applications.filter((id) => rollouts.verdict(id)?.kind === "failed")),
        orphans: orphans.current().filter((orphan) => orphan.stack === stack),
      });
    },
    changedIn: (stack) => now().desired.current()?.changedIn.get(stack) ?? null,
    timelines(stack) {
      const events = now().store.events(eventsLooked, { stack, kinds: ["rollout"] });
      return timelines([...events].reverse()).slice(0, timelinesShown);
    },
    healthyAt: (stack) => now().store.healthyRevisions().get(stack)?.revision ?? null,
  };
}
