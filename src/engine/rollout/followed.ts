// The rollouts that are followed, each until it is dropped or has ended, and what is reported on the way: every
// state that is news, trouble in following it (then it is left alone for a while), and its verdict.
import { backoffMs, stackBackoff } from "../../lib/backoff.ts";
import type { Clock } from "../../lib/clock.ts";
import { describeError } from "../../lib/errors.ts";
import type { DeploymentRow } from "../../model/observed.ts";
import type { Verdict } from "../../plan/input.ts";
import type { Platform } from "../../ports.ts";
import type { AskedFor } from "./asked-for.ts";
import { createFailures } from "./failures.ts";
import type { GivenUp } from "./given-up.ts";
import { jobOutput } from "./job-output.ts";
import { fallsText, isNewTrouble, moveTo, newItem, nextTry, progressOf } from "./rollout-item.ts";
import type { FailureWords, Item, RolloutProgress, RolloutRequest } from "./rollout-item.ts";
import { lookedInVain } from "./rollout-state.ts";
import type { FailedStep, RolloutState } from "./rollout-state.ts";
import { createVerdicts } from "./verdicts.ts";
import type { Verdicts } from "./verdicts.ts";

export interface Followed {
  readonly verdicts: Verdicts;
  of(serviceId: string): Item | undefined;
  all(): readonly Item[];
  /** Whether it is still the attempt that is followed of its service. */
  isCurrent(item: Item): boolean;
  /** In the place of what was followed of that service. */
  begin(request: RolloutRequest): void;
  /** Follows it no more, without a verdict. */
  drop(serviceId: string): void;
  /** It has come this far. */
  report(item: Item, state: RolloutState): void;
  /** Following it failed; nothing is done about it for a while. */
  trouble(item: Item, what: string, error: unknown): void;
  /** The server could not be looked at since then. */
  lookedInVain(sinceMs: number): void;
  /** It runs and stays up, or it is a job that ended well. */
  healthy(item: Item): Promise<void>;
  /** The attempt failed: another one later, or the end. Throws `unavailable` when its log cannot be read now. */
  fail(item: Item, step: FailedStep, rows: readonly DeploymentRow[]): Promise<void>;
}

export interface FollowedOptions {
  readonly platform: Pick<Platform, "serviceLog" | "buildLog">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly givenUp: GivenUp;
  readonly askedFor: AskedFor;
  /** Called when a verdict is there. */
  readonly ended: (progress: RolloutProgress, verdict: Verdict, failure: FailureWords) => void;
  readonly progress: (progress: RolloutProgress) => void;
}

const outputLines = 20;

export function createFollowed(options: FollowedOptions): Followed {
  const { clock, random } = options;
  const items = new Map<string, Item>();
  const verdicts = createVerdicts(clock, options.givenUp);
  const failures = createFailures(options.platform, random);

  const isCurrent = (item: Item): boolean => items.get(item.request.serviceId) === item;

  function report(item: Item, state: RolloutState): void {
    if (moveTo(item, state)) options.progress(progressOf(item));
  }

  function finish(
    item: Item,
    verdict: Verdict,
    afterMs: number,
    failure: Omit<FailureWords, "nextAtMs">,
  ): void {
    const { serviceId } = item.request;
    if (isCurrent(item)) items.delete(serviceId);
    verdicts.give(item, verdict, afterMs);
    const nextAtMs = verdicts.retryAtMs(serviceId);
    options.ended(progressOf(item), verdict, { ...failure, nextAtMs });
  }

  return {
    verdicts,
    of: (serviceId) => items.get(serviceId),
    all: () => [...items.values()],
    isCurrent,
    begin(request) {
      const { serviceId } = request;
      const ended = verdicts.ended(serviceId);
      verdicts.forget(serviceId);
      const rowsBefore = options.askedFor.rowsBefore(request);
      const item =
        ended === null ? newItem(request, rowsBefore) : nextTry(request, rowsBefore, ended);
      items.set(serviceId, item);
      report(item, item.state);
    },
    drop(serviceId) {
      items.delete(serviceId);
    },
    report,
    trouble(item, what, error) {
      item.troubles += 1;
      item.quietUntilMs = clock.now() + backoffMs(stackBackoff, item.troubles, random());
      const message = `${what} failed: ${describeError(error)}; trying again`;
      item.state = { ...item.state, message };
      options.progress(progressOf(item));
    },
    lookedInVain(sinceMs) {
      for (const item of items.values()) item.state = lookedInVain(item.state, sinceMs);
    },
    async healthy(item) {
      const { want } = item.state;
      const commit = item.state.commit ?? item.head;
      const verdict: Verdict = {
        ...{ kind: "healthy", want },
        ...(commit === null ? {} : { commit }),
        ...(item.head === null ? {} : { head: item.head }),
      };
      // Its output goes when it is stopped; that it cannot be read keeps nothing from going on.
      const log =
        item.request.desired.job === undefined
          ? []
          : await jobOutput(options.platform, item.request, outputLines).catch(() => []);
      if (isCurrent(item)) finish(item, verdict, 0, { why: fallsText(item), log, isNews: true });
    },
    async fail(item, step, rows) {
      const { verdict, afterMs, words } = await failures.judge(item, step, rows);
      const isNews = verdict.kind !== "retry" || isNewTrouble(item, verdict.platform);
      finish(item, verdict, afterMs, { ...words, isNews });
    },
  };
}
