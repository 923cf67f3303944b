// What a failed attempt leads to: another one later (W7), or the end, with the reason in words for people. The
// platform's failures are tried again for as long as they last, and count as no attempt (W7b).
import { backoffMs, stackBackoff } from "../../lib/backoff.ts";
import { isCapstanError } from "../../lib/errors.ts";
import type { DeploymentRow } from "../../model/observed.ts";
import type { Verdict } from "../../plan/input.ts";
import type { Platform } from "../../ports.ts";
import { failureCause } from "./failure-causes.ts";
import { jobOutput } from "./job-output.ts";
import { fallsText, refOf } from "./rollout-item.ts";
import type { FailureWords, Item } from "./rollout-item.ts";
import type { FailedStep } from "./rollout-state.ts";
import { createRowCauses } from "./row-causes.ts";
import { tellingLines } from "./telling-lines.ts";

/** W7: tries of one configuration after the first. */
const mostRetries = 3;
const logLines = 20;
const logLinesInReason = 3;
/** Logs that cannot be read are waited for: without them a platform's failure would count. */
const mostWaitsForLog = 5;

export interface Failure {
  readonly verdict: Verdict;
  /** When the next try is due; 0 where none is. */
  readonly afterMs: number;
  readonly words: Pick<FailureWords, "why" | "log">;
}

export interface Failures {
  /**
   * Counts the attempt, however often it is seen. `rows`: those of the configuration that failed, as the server
   * tells. Throws `unavailable` when the log cannot be read now.
   */
  judge(item: Item, step: FailedStep, rows: readonly DeploymentRow[]): Promise<Failure>;
}

/** Attempts at one configuration, and one commit of a branch that is followed, that failed. */
interface Attempts {
  readonly of: string;
  readonly counted: ReadonlySet<number>;
  readonly platform: ReadonlySet<number>;
}

export function createFailures(
  platform: Pick<Platform, "serviceLog" | "buildLog">,
  random: () => number,
): Failures {
  const failed = new Map<string, Attempts>();
  const rowCauses = createRowCauses((id) => platform.buildLog(id, logLines));

  async function logOf(
    item: Item,
    { again, deploymentId, toldBy }: FailedStep,
  ): Promise<readonly string[]> {
    // Of a deployment without a row nothing was logged.
    if (toldBy === "nothing" || (toldBy === "deployment" && deploymentId === null)) return [];
    try {
      const lines =
        toldBy === "deployment" && deploymentId !== null
          ? await platform.buildLog(deploymentId, logLines)
          : item.request.desired.job === undefined
            ? await platform.serviceLog(refOf(item.request), logLines)
            : await jobOutput(platform, item.request, logLines);
      return lines.filter((line) => line.trim() !== "").slice(-logLines);
    } catch (error) {
      const mayCome = isCapstanError(error, "unavailable") && item.troubles < mostWaitsForLog;
      if (again && mayCome) throw error;
      return [];
    }
  }

  /** What runs may print anything: only docker's own words and the log of a deployment say whose failure it is. */
  function platformOf(step: FailedStep, log: readonly string[]): string | null {
    if (step.platform !== null || !step.again) return step.platform;
    const cause = failureCause(step.deploymentId === null ? [step.reason] : log);
    return cause.kind === "platform" ? cause.says : null;
  }

  function attemptsOf({ request: { serviceId, want, head } }: Item): Attempts {
    const known = failed.get(serviceId);
    const of = `${want.hash} ${head ?? ""}`;
    if (known?.of === of) return known;
    return { of, counted: new Set(), platform: new Set() };
  }

  return {
    async judge(item, step, rows) {
      const { serviceId, want } = item.request;
      const { head } = item;
      // Without a row, what was to be built.
      const commit = item.state.commit ?? head;
      const tried = {
        want,
        ...(commit === null ? {} : { commit }),
        ...(head === null ? {} : { head }),
      };
      const log = await logOf(item, step);
      const said = tellingLines(log, logLinesInReason);
      const more = said.length === 0 ? "" : `: ${said.join(" | ")}`;
      const words = { why: step.reason, log };
      const cause = platformOf(step, log);
      if (step.again && step.deploymentId !== null) rowCauses.keep(step.deploymentId, cause);
      const before = attemptsOf(item);
      if (cause !== null) {
        const attempts = { ...before, platform: new Set([...before.platform, want.attempt]) };
        failed.set(serviceId, attempts);
        const afterMs = backoffMs(stackBackoff, attempts.platform.size, random());
        const isToldByLog = step.platform === null && step.deploymentId !== null;
        const isSaid = step.reason === cause;
        const details = isToldByLog ? more : isSaid ? "" : `: ${step.reason}`;
        const reason = `${cause}${details}`;
        const verdict: Verdict = { kind: "retry", ...tried, reason, platform: cause };
        return { verdict, afterMs, words: { ...words, why: cause } };
      }
      const counted = new Set([...before.counted, want.attempt]);
      failed.set(serviceId, { ...before, counted });
      const seen = step.again ? await rowCauses.counted(rows) : 0;
      const count = Math.max(counted.size, seen);
      const reason = `${step.reason}${fallsText(item)}${more}`;
      if (step.again && count <= mostRetries) {
        const afterMs = backoffMs(stackBackoff, count, random());
        return { verdict: { kind: "retry", ...tried, reason }, afterMs, words };
      }
      const times = count > 1 ? ` (tried ${count} times)` : "";
      const verdict: Verdict = { kind: "failed", ...tried, reason: `${reason}${times}` };
      return { verdict, afterMs: 0, words };
    },
  };
}
