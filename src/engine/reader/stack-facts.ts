// What an engine tells of one stack beyond its status: its resources as a tree, and which commits it goes
// by. Only what is known already; nothing is asked of the server.
import type { Reader } from "./reader.ts";
import type { StackStatus } from "../../model/status.ts";
import type { Orphans } from "../removal/orphans.ts";
import { timelines } from "../rollout/rollout-timeline.ts";
import { stackTree } from "./stack-tree.ts";
import type { StackFacts } from "./stack-tree.ts";

const eventsLooked = 400;
const timelinesShown = 20;

export interface StackFactsParts {
  /** That of now: another one is made when this process becomes the one that writes. */
  readonly reader: () => Pick<Reader, "desired" | "site" | "store">;
  readonly statuses: () => ReadonlyMap<string, StackStatus>;
  readonly orphans: Pick<Orphans, "current">;
  readonly instance: string;
}

export function createStackFacts({
  reader,
  statuses,
  orphans,
  instance,
}: StackFactsParts): StackFacts {
  return {
    tree(stack) {
      const { desired, site } = reader();
      const { world, rollouts } = site;
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
        status: statuses().get(stack) ?? null,
        rolling: new Set(rollouts.active(stack).map(({ request }) => request.serviceId)),
        failed: new Set(applications.filter((id) => rollouts.verdict(id)?.kind === "failed")),
        orphans: orphans.current().filter((orphan) => orphan.stack === stack),
      });
    },
    changedIn: (stack) => reader().desired.current()?.changedIn.get(stack) ?? null,
    timelines(stack) {
      const events = reader().store.events(eventsLooked, { stack, kinds: ["rollout"] });
      return timelines([...events].reverse()).slice(0, timelinesShown);
    },
    healthyAt: (stack) => reader().store.healthyRevisions().get(stack)?.revision ?? null,
  };
}
