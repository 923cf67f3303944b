// Follows all rollouts together: one batch of reads a tick for all of them, deploy requests with room
// in Dokploy's queue, and a verdict for each when it ends. What is next is decided in rollout-judge.
import { backoffMs, stackBackoff } from "../../lib/backoff.ts";
import type { Clock } from "../../lib/clock.ts";
import { describeError } from "../../lib/errors.ts";
import { inScope } from "../../lib/scope.ts";
import { sameWant } from "../../model/marker.ts";
import type { DeploymentRow } from "../../model/observed.ts";
import type { Verdict } from "../../plan/input.ts";
import type { Platform, RolloutObservation, TaskState } from "../../ports.ts";
import type { Intents } from "../memory/intents.ts";
import { createDeployRequests } from "./deploy-requests.ts";
import type { DeployAnswer } from "./deploy-requests.ts";
import { createFailures } from "./failures.ts";
import type { FailedStep } from "./failures.ts";
import { nextToInspect } from "./inspection.ts";
import { lookInto } from "./look-into.ts";
import type { Probe } from "./probe.ts";
import {
  deploying,
  fallsText,
  inQueue,
  inView,
  isDirect,
  isNewTrouble,
  keepRows,
  moveTo,
  nextTry,
  newItem,
  progressOf,
  refOf,
  viewOf,
} from "./rollout-item.ts";
import type {
  FailureWords,
  Inspected,
  Item,
  RolloutProgress,
  RolloutRequest,
} from "./rollout-item.ts";
import { deployTitle, failedAttempts, lookedInVain, timedOut } from "./rollout-state.ts";
import { isInDoubt, judge } from "./rollout-judge.ts";
import type { RolloutState, RolloutView } from "./rollout-state.ts";
import { createVerdicts } from "./verdicts.ts";

export interface Rollouts {
  /** Follows an attempt to its end; the same attempt again changes nothing (false), a newer one replaces it. */
  follow(request: RolloutRequest): boolean;
  /** What became of an attempt; one whose retry is not due yet reads as failed. */
  verdict(serviceId: string): Verdict | undefined;
  /** When the next try of an attempt that failed is due; null when none is to come. */
  retryAtMs(serviceId: string): number | null;
  /** Forgets a verdict, so that the attempt is looked at again. */
  forget(serviceId: string): void;
  /** Ends the following of what is about to be removed, after a deploy request that is under way (W9). */
  halt(serviceId: string): Promise<void>;
  /** How long a deploy request without an answer may still land; 0: there is none. */
  mayLandForMs(serviceId: string): number;
  /** Rollouts of one stack that have not ended. */
  active(stack?: string): readonly RolloutProgress[];
  /** For how long no look at the server has succeeded. */
  failingForMs(): number;
  /** Ends all following; nothing is written any more. */
  stop(): Promise<void>;
}

export interface RolloutsOptions {
  readonly platform: Platform;
  readonly intents: Intents;
  readonly clock: Clock;
  readonly random: () => number;
  readonly probe: Probe;
  readonly tickMs: number;
  /** Whether a deploy may be requested for a stack at this moment (H6). */
  readonly mayDeploy: (stack: string) => boolean;
  /** Called when a rollout is no longer followed because its deploy may not be requested now. */
  readonly released: (request: RolloutRequest) => void;
  /** Called when a verdict is there. */
  readonly ended: (progress: RolloutProgress, verdict: Verdict, failure: FailureWords) => void;
  readonly progress: (progress: RolloutProgress) => void;
  /** Called after each look at the server. */
  readonly looked: (observation: RolloutObservation) => void;
  readonly failed: (error: unknown) => void;
}

/** W7: this many deploys of ours wait or run in Dokploy's queue at most. */
const mostInQueue = 4;
const noFailure = { why: "", log: [], isNews: true } as const;

export function createRollouts(options: RolloutsOptions): Rollouts {
  const { platform, clock } = options;
  const items = new Map<string, Item>();
  const verdicts = createVerdicts(clock);
  const requests = createDeployRequests(options);
  const failures = createFailures(platform, options.random);
  const abort = new AbortController();
  let loop: Promise<void> | null = null;
  /** Since when no look has succeeded. */
  let failingSinceMs: number | null = null;

  function report(item: Item, state: RolloutState): void {
    if (moveTo(item, state)) options.progress(progressOf(item));
  }

  function trouble(item: Item, what: string, error: unknown): void {
    item.troubles += 1;
    item.quietUntilMs = clock.now() + backoffMs(stackBackoff, item.troubles, options.random());
    const message = `${what} failed: ${describeError(error)}; trying again`;
    item.state = { ...item.state, message };
    options.progress(progressOf(item));
  }

  function finish(
    item: Item,
    verdict: Verdict,
    afterMs: number,
    failure: Omit<FailureWords, "nextAtMs"> = noFailure,
  ): void {
    const { serviceId } = item.request;
    if (items.get(serviceId) === item) items.delete(serviceId);
    verdicts.give(item, verdict, afterMs);
    const nextAtMs = verdicts.retryAtMs(serviceId);
    options.ended(progressOf(item), verdict, { ...failure, nextAtMs });
  }

  async function fail(item: Item, step: FailedStep, rows: readonly DeploymentRow[]): Promise<void> {
    const { verdict, afterMs, words } = await failures.judge(item, step, rows);
    const isNews = verdict.kind !== "retry" || isNewTrouble(item, verdict.platform);
    finish(item, verdict, afterMs, { ...words, isNews });
  }

  async function issue(item: Item, observation: RolloutObservation): Promise<void> {
    const { stack, serviceId } = item.request;
    if (!options.mayDeploy(stack)) {
      // It is owed as long as the marker says so: whoever may deploy again finds it there.
      items.delete(serviceId);
      options.released(item.request);
      return;
    }
    const answer = requests.send(item.request, observation.takenAtMs);
    if (answer === null) return;
    const ended = answer
      .then((said) => answered(item, said))
      // Of a direct one nobody waits for the end: what fails there must not end the process (Q7).
      .catch((error: unknown) => {
        trouble(item, "its deploy request", error);
      });
    if (isDirect(item)) report(item, deploying(item.state, clock.now()));
    else await ended;
  }

  async function answered(item: Item, answer: DeployAnswer): Promise<void> {
    item.state = { ...item.state, deployingSinceMs: null };
    if (items.get(item.request.serviceId) !== item) return;
    switch (answer.kind) {
      case "accepted": {
        item.troubles = 0;
        const requested = { phase: "requested", message: "deployment requested" } as const;
        report(item, { ...item.state, ...requested, issuedAtMs: clock.now() });
        return;
      }
      case "unknown":
        return;
      case "failed": {
        const { again, reason } = answer;
        await fail(item, { again, reason, deploymentId: null, platform: null }, []);
        return;
      }
      case "trouble":
        trouble(item, "its deploy request", answer.error);
        return;
    }
  }

  /** Asks the probe beside the ticks, so that a slow site delays no other rollout. */
  async function askProbe(item: Item, state: RolloutState, nowMs: number): Promise<void> {
    const { want, desired } = item.request;
    if (desired.rollout.http === null || item.probed === null) {
      report(item, state);
      finish(item, { kind: "healthy", want }, 0, { ...noFailure, why: fallsText(item) });
      return;
    }
    const refused = item.probed;
    if (refused !== undefined && timedOut(state, nowMs)) {
      const failed = { again: false, reason: refused, deploymentId: null, platform: null };
      await fail(item, failed, []);
      return;
    }
    report(item, { ...state, phase: "probing", message: refused ?? "asking its probe" });
    item.probing ??= options.probe(desired).then((answer) => {
      item.probed = answer;
      item.probing = null;
    });
  }

  type Need = "nothing" | "inspect" | "issue";

  /** Judges one item and acts on it, as far as that needs neither another look nor room in the queue. */
  async function step(item: Item, view: RolloutView): Promise<Need> {
    const title = deployTitle(item.request.want);
    const seen =
      view.rows.some((row) => row.title === title) || view.jobs.some((job) => job.title === title);
    if (seen) requests.forget(item.request);
    const { state, step: next } = judge(item.state, view);
    switch (next.kind) {
      case "inspect":
        return isInDoubt(item.state, view) ? "inspect" : "nothing";
      case "wait":
        report(item, state);
        return "nothing";
      case "issue":
        report(item, state);
        return "issue";
      case "healthy":
        await askProbe(item, state, view.nowMs);
        return "nothing";
      case "failed":
        report(item, state);
        await fail(item, next, failedAttempts(view.rows, item.request.want.hash));
        return "nothing";
    }
  }

  async function guardedStep(item: Item, view: RolloutView): Promise<Need> {
    try {
      const need = await step(item, view);
      if (need === "nothing") item.troubles = 0;
      return need;
    } catch (error) {
      trouble(item, "following it", error);
      return "nothing";
    }
  }

  async function tasksOf(item: Item): Promise<readonly TaskState[]> {
    try {
      return await platform.tasks(item.request.appName);
    } catch (error) {
      trouble(item, "looking at its tasks", error);
      return [];
    }
  }

  function reportWaiting(item: Item): void {
    if (isDirect(item)) return;
    const message = "waiting for room in Dokploy's queue";
    report(item, { ...item.state, phase: "waiting", message });
  }

  async function tick(): Promise<void> {
    const looked = inView(items.values());
    const asked = looked.filter(({ rows }) => rows === null);
    const observation = await platform.observeRollouts(asked.map(({ request }) => refOf(request)));
    keepRows(looked, observation);
    options.looked(observation);
    const current = (item: Item): boolean =>
      !abort.signal.aborted &&
      items.get(item.request.serviceId) === item &&
      item.quietUntilMs <= observation.takenAtMs;

    const issues: Item[] = [];
    const inspect: Inspected[] = [];
    for (const item of looked) {
      if (!current(item)) continue;
      const need = await guardedStep(item, viewOf(item, observation, null, null));
      const service = observation.swarm?.get(item.request.appName);
      if (need === "issue") issues.push(item);
      if (need === "inspect" && service !== undefined) inspect.push({ item, service });
    }
    let room = mostInQueue - inQueue(looked, observation);
    const queued = issues.filter((item) => !isDirect(item)).length;
    const direct = requests.hasRoomForDirect();
    const { now, later } = nextToInspect(inspect, { queue: room - queued, direct });
    await lookInto(now, {
      platform,
      tasksOf,
      async judge(item, live, tasks) {
        if (!current(item)) return false;
        item.inspectedAtMs = observation.takenAtMs;
        const need = await guardedStep(item, viewOf(item, observation, live, tasks));
        if (need === "issue") issues.push(item);
        return need === "inspect";
      },
    });
    for (const { item } of later) reportWaiting(item);
    for (const item of issues) {
      if (!current(item) || requests.isUnderWay(item.request.serviceId)) continue;
      if (isDirect(item)) {
        if (requests.hasRoomForDirect()) await issue(item, observation);
        continue;
      }
      if (room <= 0) {
        reportWaiting(item);
        continue;
      }
      room -= 1;
      await issue(item, observation);
    }
  }

  async function run(): Promise<void> {
    while (items.size > 0 && !abort.signal.aborted) {
      try {
        await tick();
        failingSinceMs = null;
      } catch (error) {
        failingSinceMs ??= clock.now();
        for (const item of items.values()) item.state = lookedInVain(item.state, failingSinceMs);
        options.failed(error);
      }
      if (items.size > 0) await clock.sleep(options.tickMs, abort.signal);
    }
  }

  function wake(): void {
    if (loop !== null || abort.signal.aborted) return;
    // A moment's pause lets the stacks of one commit begin together and share the first look. The loop follows
    // the rollouts of all stacks, whichever began it.
    loop = inScope(null, () =>
      clock.sleep(Math.min(options.tickMs, 50), abort.signal).then(run),
    ).finally(() => {
      loop = null;
      if (items.size > 0) wake();
    });
  }

  return {
    follow(request) {
      const { serviceId, want } = request;
      const old = items.get(serviceId);
      if (old !== undefined && sameWant(old.request.want, want)) return false;
      if (old !== undefined) requests.forget(old.request);
      const ended = verdicts.ended(serviceId);
      verdicts.forget(serviceId);
      const item = ended === null ? newItem(request) : nextTry(request, ended);
      items.set(serviceId, item);
      report(item, item.state);
      wake();
      return true;
    },
    verdict: (serviceId) => verdicts.of(serviceId),
    retryAtMs: (serviceId) => verdicts.retryAtMs(serviceId),
    forget(serviceId) {
      verdicts.forget(serviceId);
      items.delete(serviceId);
    },
    async halt(serviceId) {
      items.delete(serviceId);
      await requests.settled(serviceId);
      items.delete(serviceId);
    },
    mayLandForMs: (serviceId) => requests.mayLandForMs(serviceId),
    active: (stack) =>
      [...items.values()]
        .filter((item) => stack === undefined || item.request.stack === stack)
        .map(progressOf),
    failingForMs: () => (failingSinceMs === null ? 0 : clock.now() - failingSinceMs),
    async stop() {
      abort.abort();
      await loop;
    },
  };
}
