// Whether it is a stack's turn to be changed: its sync windows (H6), the stacks that it depends on (H5),
// the builds of its images and the rollout of its template (H8), in this order. Who waits is sent for when
// that for which it waits has ended or the window opens; nobody but a build is polled.
import type { Clock } from "../../lib/clock.ts";
import type { DesiredStack } from "../../model/desired.ts";
import type { Action } from "../../model/plan.ts";
import type { Waiting } from "../../model/status.ts";
import type { StackRecords } from "../memory/stack-records.ts";
import type { Builds } from "../builds/builds.ts";
import type { Loaded } from "../state/desired-state.ts";
import { createAlarms } from "./alarms.ts";
import { beginsRollout, dependencyWait, isCurrent } from "./order.ts";
import type { RunEnd } from "./order.ts";
import { createTemplateAdmission } from "./template-admission.ts";
import { openingText, windowState } from "./windows.ts";
import type { WindowState } from "./windows.ts";
import type { View } from "../state/world.ts";
import type { Wakeups } from "../wakeups.ts";

export interface Admission {
  /** A new revision: what it changes for those who wait. */
  loaded(loaded: Loaded): void;
  /** Null: the actions may be carried out now. Otherwise why not; it is sent for when that may be over. */
  admit(
    desired: DesiredStack,
    actions: readonly Action[],
    loaded: Loaded,
    view: View,
  ): Waiting | null;
  /** How a run ended. Call it for every run. */
  ended(name: string, judged: RunEnd): void;
  /** Nobody is sent for any more. */
  stop(): void;
}

export interface AdmissionOptions {
  readonly clock: Clock;
  /** Their fields go when the stack is gone. */
  readonly records: Pick<StackRecords, "field">;
  readonly wakeups: Pick<Wakeups, "goOn" | "look">;
  /** Whether rollouts of a stack are under way. */
  readonly isBusy: (name: string) => boolean;
  /** Whether a stack will be run at all: a pass may be over a few stacks only. */
  readonly expects: (name: string) => boolean;
  /** Whether the images that a plan brings are built. */
  readonly builds: Pick<Builds, "wait">;
}

function closedWindow({ next }: Extract<WindowState, { kind: "closed" }>, nowMs: number): Waiting {
  const opens = next === null ? "none ever opens again" : `the next opens ${openingText(next)}`;
  return {
    kind: "waiting",
    reason: "window",
    message: `outside its sync windows nothing is written; ${opens}`,
    afterMs: next === null ? null : next.atMs - nowMs,
  };
}

export function createAdmission(options: AdmissionOptions): Admission {
  const { clock, records, wakeups, isBusy, expects, builds } = options;
  const templates = createTemplateAdmission(expects);
  const judged = records.field<RunEnd>("last run");
  /** Who waits for a dependency, with all that it depends on. */
  const dependents = records.field<readonly string[]>("dependencies waited for");
  const alarms = createAlarms(clock, (name) => {
    wakeups.look(name, "its sync window opened");
  });
  let current: Loaded | null = null;

  function sync(loaded: Loaded): Loaded {
    if (current === null || loaded.sequence > current.sequence) {
      current = loaded;
      templates.sync(loaded);
    }
    return current;
  }

  function callNext(loaded: Loaded): void {
    for (const name of templates.next(loaded)) wakeups.goOn(name, "its template's turn");
  }

  return {
    loaded(loaded) {
      const newest = sync(loaded);
      for (const name of dependents.keys()) wakeups.goOn(name, "a new revision");
      callNext(newest);
    },

    admit(desired, actions, loaded, view) {
      if (actions.length === 0) return null;
      const { name } = desired;
      const nowMs = clock.now();
      sync(loaded);
      const window = windowState(desired.sync.windows, nowMs);
      if (window.kind === "closed") return closedWindow(window, nowMs);
      const dependency = dependencyWait(desired, loaded, judged);
      if (dependency !== null) {
        dependents.set(name, desired.dependsOn);
        return { kind: "waiting", reason: "dependency", message: dependency, afterMs: null };
      }
      const build = builds.wait(desired, actions);
      if (build !== null) return build;
      const message = beginsRollout(actions) ? templates.take(desired, loaded, view) : null;
      return message === null
        ? null
        : { kind: "waiting", reason: "template", message, afterMs: null };
    },

    ended(name, now) {
      const { outcome } = now;
      const before = judged.get(name);
      judged.set(name, now);
      if (outcome.kind !== "waiting" || outcome.reason !== "dependency") dependents.delete(name);
      if (outcome.kind === "waiting" && outcome.reason === "window" && outcome.afterMs !== null) {
        alarms.set(name, clock.now() + outcome.afterMs);
      } else {
        alarms.clear(name);
      }
      templates.ended(name, now, isBusy(name));
      if (current === null) return;
      const isNews =
        before?.ready !== now.ready ||
        before.message !== now.message ||
        isCurrent(name, before, current) !== isCurrent(name, now, current);
      for (const [dependent, names] of isNews ? dependents : []) {
        if (names.includes(name)) wakeups.goOn(dependent, `${name} changed`);
      }
      callNext(current);
    },

    stop() {
      alarms.stop();
    },
  };
}
