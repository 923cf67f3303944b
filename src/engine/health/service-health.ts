// Whether one service that was rolled out is well, and how it was of late: one that ends again and again is looked at
// in every run until it stays up, one that was restarted is remembered with when and why.
import type { Clock } from "../../lib/clock.ts";
import type { DesiredService } from "../../model/desired.ts";
import { replicasOf, runningOf, runsInParts } from "../../model/kinds/table.ts";
import type { ObservedService, SwarmService } from "../../model/observed.ts";
import type { Swarm } from "../../plan/addresses.ts";
import type { Platform, TaskState } from "../../ports.ts";
import type { StackRecords } from "../memory/stack-records.ts";
import { countText } from "../rollout/rollout-judge.ts";
import { stuckTask } from "../rollout/stuck-tasks.ts";
import { createOfLate } from "./of-late.ts";
import type { OneOf } from "./of-late.ts";
import { stability } from "./stability.ts";
import { createTroubleWords } from "./trouble-words.ts";

export interface Subject {
  readonly stack: string;
  readonly service: DesiredService;
  readonly observed: ObservedService;
  readonly swarm: Swarm;
  /** Whether its tasks are looked at also when as many run as are wanted. */
  readonly isDeep: boolean;
  /** A plan that is not carried out now would change it: it is judged by the replicas that it was last given. */
  readonly isChanging: boolean;
}

export interface ServiceHealth {
  /** One line when it is not well; null when it is, or nobody can tell. */
  judge(subject: Subject): Promise<string | null>;
  /** What of a stack ended once of late and is well, as last seen. */
  restarts(stack: string): readonly string[];
}

export interface HealthOptions {
  /** Their fields go when the stack is gone. */
  readonly records: Pick<StackRecords, "field">;
  readonly clock: Clock;
  /** Told once of each restart. */
  readonly restarted: (stack: string, message: string) => void;
}

function wantedOf({ service, isChanging }: Subject, live: SwarmService): number {
  return isChanging ? live.wanted : (replicasOf(service) ?? live.wanted);
}

/** Nothing of it is there. */
function goneText(service: DesiredService): string | null {
  const what = runsInParts(service.kind) ? "its containers are gone" : "its swarm service is gone";
  return replicasOf(service) === 0 ? null : `${service.key}: ${what}`;
}

export function createServiceHealth(
  platform: Pick<Platform, "tasks" | "serviceLog">,
  { clock, records, restarted }: HealthOptions,
): ServiceHealth {
  const words = createTroubleWords(platform, records);
  const ofLate = createOfLate(records);

  /** Null when they cannot be read. */
  const tasksOf = (appName: string): Promise<readonly TaskState[] | null> =>
    platform.tasks(appName).catch(() => null);

  function well(one: OneOf): void {
    ofLate.well(one);
    words.forget(one.stack, one.id);
  }

  function noteRestart({ stack, service, observed: { id } }: Subject, last: TaskState): void {
    const one = { stack, id };
    if (ofLate.wasRestarted(one)) return;
    well(one);
    const at = new Date(clock.now() - last.ageMs).toISOString().slice(0, 16).replace("T", " ");
    const why = last.error === "" ? "" : `: ${last.error}`;
    const line = `${service.key} was restarted at ${at} UTC${why}`;
    ofLate.restarted(one, line);
    restarted(stack, line);
  }

  /** Not as many run as are wanted. */
  async function judgeCount(subject: Subject, live: SwarmService, wanted: number): Promise<string> {
    const { running } = live;
    const { stack, service, observed, swarm } = subject;
    const tasks = (await tasksOf(observed.appName)) ?? [];
    const one = { stack, id: observed.id };
    if (stability(tasks, service.rollout.stableForMs).kind === "loop") ofLate.flaps(one);
    const stuck = stuckTask(tasks, swarm);
    const why = stuck === null ? "" : ` (${stuck.text})`;
    const what = `${service.key}: ${countText(live, wanted)}${why}`;
    const trouble = { what, tasks, running, wanted, stuck: stuck?.kind ?? null };
    return words.lineOf(stack, observed, trouble, ofLate.isFlapping(one));
  }

  /** As many read as running as are wanted: whether they stay up. */
  async function judgeTasks(subject: Subject, running: number): Promise<string | null> {
    const { stack, service, observed } = subject;
    const one = { stack, id: observed.id };
    const tasks = await tasksOf(observed.appName);
    // Nothing says that it stays up now.
    if (tasks === null) return ofLate.isFlapping(one) ? words.last(stack, one.id) : null;
    const found = stability(tasks, service.rollout.stableForMs);
    switch (found.kind) {
      case "steady":
        well(one);
        return null;
      case "restarted":
        noteRestart(subject, found.last);
        return null;
      case "loop": {
        ofLate.forgetRestart(one);
        const what = `${service.key}: it does not stay up`;
        const trouble = { what, tasks: found.failed, running, wanted: running, stuck: null };
        const line = await words.lineOf(stack, observed, trouble, ofLate.isFlapping(one));
        ofLate.flaps(one);
        return line;
      }
    }
  }

  return {
    async judge(subject) {
      const { stack, service, observed, swarm, isDeep } = subject;
      const live = runningOf(service, swarm, observed.appName);
      if (live === undefined) return goneText(service);
      const wanted = wantedOf(subject, live);
      if (live.running !== wanted) return judgeCount(subject, live, wanted);
      const one = { stack, id: observed.id };
      if (isDeep || ofLate.isFlapping(one) || ofLate.wasRestarted(one)) {
        return judgeTasks(subject, live.running);
      }
      words.forget(stack, observed.id);
      return null;
    },
    restarts: (stack) => ofLate.restarts(stack),
  };
}
