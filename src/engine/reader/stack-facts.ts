// What an engine tells of one stack beyond its status: its resources as a tree, and which commits it goes
// by. Only what is known already; nothing is asked of the server.
import type { Reader } from "./reader.ts";
import type { StackStatus } from "../../model/status.ts";
import type { Orphans } from "../removal/orphans.ts";
import { timelines } from "../rollout/rollout-timeline.ts";
import type { Timeline } from "../rollout/rollout-timeline.ts";
import type { StackNode } from "./stack-node.ts";
import { stackTree } from "./stack-tree.ts";

/** What an engine tells of one stack beyond its status. */
export interface StackFacts {
  /** As of the last list and the last run; null when neither Git nor the server has anything of it. */
  tree(stack: string): StackNode | null;
  /** The commit that brought the newest change of it, or, since a start, the first one that was read. */
  changedIn(stack: string): string | null;
  /** The commit at which all of it was last seen healthy. */
  healthyAt(stack: string): string | null;
  /** Its rollouts, the newest first, those of earlier processes too, as far as they are remembered. */
  timelines(stack: string): readonly Timeline[];
}

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
        ...(view?.remote === undefined ? {} : { remote: view.remote }),
        servers: view?.servers ?? null,
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
