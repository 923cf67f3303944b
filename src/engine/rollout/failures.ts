// What a failed attempt leads to: another one later (W7), or the end, with the reason in words for people.
import { backoffMs, stackBackoff } from "../../lib/backoff.ts";
import type { Verdict } from "../../plan/input.ts";
import type { Platform } from "../../ports.ts";
import { fallsText, refOf } from "./rollout-item.ts";
import type { FailureWords, Item } from "./rollout-item.ts";
import { tellingLines } from "./telling-lines.ts";

/** W7: tries of one configuration after the first. */
const mostRetries = 3;
const logLines = 20;
const logLinesInReason = 3;

export interface FailedStep {
  /** Whether another attempt can help. */
  readonly again: boolean;
  readonly reason: string;
  /** Its row, whose log may tell why. */
  readonly deploymentId: string | null;
}

export interface Failure {
  readonly verdict: Verdict;
  /** When the next try is due; 0 where none is. */
  readonly afterMs: number;
  readonly words: FailureWords;
}

export interface Failures {
  /** Counts the attempt, however often it is seen. `rowsFailed`: how many failed as the server's rows tell. */
  judge(item: Item, step: FailedStep, rowsFailed: number): Promise<Failure>;
}

export function createFailures(
  platform: Pick<Platform, "serviceLog" | "buildLog">,
  random: () => number,
): Failures {
  /** By service: which attempts at which configuration failed. */
  const failed = new Map<
    string,
    { readonly hash: string; readonly attempts: ReadonlySet<number> }
  >();

  async function logOf(
    item: Item,
    { again, deploymentId }: FailedStep,
  ): Promise<readonly string[]> {
    // Of a deployment without a row nothing was logged, and what runs is of another one.
    if (again && deploymentId === null) return [];
    try {
      const lines =
        again && deploymentId !== null
          ? await platform.buildLog(deploymentId, logLines)
          : await platform.serviceLog(refOf(item.request), logLines);
      return lines.filter((line) => line.trim() !== "").slice(-logLines);
    } catch {
      return [];
    }
  }

  return {
    async judge(item, step, rowsFailed) {
      const { serviceId, want } = item.request;
      const log = await logOf(item, step);
      const said = tellingLines(log, logLinesInReason);
      const more = said.length === 0 ? "" : `: ${said.join(" | ")}`;
      const reason = `${step.reason}${fallsText(item)}${more}`;
      const words = { why: step.reason, log };
      const known = failed.get(serviceId);
      const before = known?.hash === want.hash ? known.attempts : [];
      const attempts = new Set([...before, want.attempt]);
      failed.set(serviceId, { hash: want.hash, attempts });
      const count = Math.max(attempts.size, rowsFailed);
      if (step.again && count <= mostRetries) {
        const afterMs = backoffMs(stackBackoff, count, random());
        return { verdict: { kind: "retry", want, reason }, afterMs, words };
      }
      const times = count > 1 ? ` (tried ${count} times)` : "";
      const verdict: Verdict = { kind: "failed", want, reason: `${reason}${times}` };
      return { verdict, afterMs: 0, words };
    },
  };
}
