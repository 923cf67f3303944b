// The checks of hosts over time: when each host is looked at, a few at once, and what was last found. Runs only read
// here and wait for nobody; a finding that changed sends for its stack.
import PQueue from "p-queue";
import { backoffMs } from "../../lib/backoff.ts";
import type { BackoffPolicy } from "../../lib/backoff.ts";
import { hostCheckTypes } from "../../model/host-check.ts";
import type { HostFindings, HostReport } from "../../model/host-check.ts";
import { noHosts } from "../../model/host-check.ts";
import type { DesiredStack } from "../../model/desired.ts";
import type { RecordWish } from "../../plan/record-wishes.ts";
import type { Wakeups } from "../wakeups.ts";
import { reportOf } from "./host-conditions.ts";
import { hostTargets } from "./host-targets.ts";
import type { HostTarget } from "./host-targets.ts";
import { lookAtHost } from "./look-at-host.ts";
import type { HostLookDeps } from "./look-at-host.ts";

export interface HostChecks {
  /** Hosts of a stack as its newest run has them; all that is not known of them yet is due at once. */
  watch(stack: DesiredStack, managed: readonly RecordWish[]): void;
  forget(stack: string): void;
  /** What was last found. */
  report(stack: string): HostReport;
  /** Begins what is due; resolves when that has ended. */
  look(): Promise<void>;
  /** Looks until nothing holds the stack up any more, `withinMs` is over, or `goesOn` says no. */
  settle(stack: string, withinMs: number, goesOn: () => boolean): Promise<void>;
  /** Something of the stack was changed: its hosts are looked at again with the next tick. */
  soon(stack: string): void;
}

export interface HostChecksOptions extends HostLookDeps {
  /** Between two looks at a host that is well. */
  readonly intervalMs: number;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly wakeups: Pick<Wakeups, "goOn">;
}

/** For who checks nothing. */
export const noHostChecks: HostChecks = {
  watch: () => undefined,
  forget: () => undefined,
  report: () => noHosts,
  look: () => Promise.resolve(),
  settle: () => Promise.resolve(),
  soon: () => undefined,
};

const mostAtOnce = 4;
/** A new record takes seconds to reach all name servers, and a certificate some more. */
const soonMs = 5_000;
const retryBackoff = (maxMs: number): BackoffPolicy => ({ firstMs: soonMs, maxMs, jitter: 0.2 });

interface Watched {
  readonly stack: string;
  readonly target: HostTarget;
  findings: HostFindings | null;
  failures: number;
  dueAtMs: number;
  isUnderWay: boolean;
}

const keyOf = (stack: string, target: HostTarget): string => JSON.stringify([stack, target]);

/** What of findings is news: words may hold a date. */
function textOf(findings: HostFindings | null): string {
  if (findings === null) return "";
  return hostCheckTypes
    .map((type) => `${findings[type].status} ${findings[type].message}`)
    .join("\n");
}

export function createHostChecks(options: HostChecksOptions): HostChecks {
  const { clock, random, wakeups, intervalMs, settings } = options;
  const queue = new PQueue({ concurrency: mostAtOnce });
  const watched = new Map<string, Watched>();
  const of = (stack: string): readonly Watched[] =>
    [...watched.values()].filter((one) => one.stack === stack);

  async function lookAt(one: Watched): Promise<void> {
    const before = textOf(one.findings);
    const findings = await lookAtHost(one.target, options);
    one.isUnderWay = false;
    one.findings = findings;
    const isWell = hostCheckTypes.every((type) => findings[type].status === "True");
    one.failures = isWell ? 0 : one.failures + 1;
    const nextMs = isWell
      ? Math.round(intervalMs * (0.9 + 0.2 * random()))
      : backoffMs(retryBackoff(intervalMs), one.failures, random());
    one.dueAtMs = clock.now() + nextMs;
    const isWatched = watched.get(keyOf(one.stack, one.target)) === one;
    if (isWatched && textOf(findings) !== before)
      wakeups.goOn(one.stack, "a check of its host changed");
  }

  async function begin(due: readonly Watched[]): Promise<void> {
    await Promise.all(
      due.map((one) => {
        one.isUnderWay = true;
        return queue.add(() => lookAt(one));
      }),
    );
  }

  const dueOf = (all: Iterable<Watched>): readonly Watched[] =>
    [...all].filter(({ isUnderWay, dueAtMs }) => !isUnderWay && dueAtMs <= clock.now());

  return {
    watch(stack, managed) {
      const { name } = stack;
      const targets = hostTargets(stack, managed, settings);
      const keys = new Set(targets.map((target) => keyOf(name, target)));
      for (const one of of(name)) {
        const key = keyOf(name, one.target);
        if (!keys.has(key)) watched.delete(key);
      }
      for (const target of targets) {
        const key = keyOf(name, target);
        if (watched.has(key)) continue;
        const fresh = { findings: null, failures: 0, dueAtMs: clock.now(), isUnderWay: false };
        watched.set(key, { stack: name, target, ...fresh });
      }
    },
    forget(stack) {
      for (const one of of(stack)) watched.delete(keyOf(stack, one.target));
    },
    report: (stack) =>
      reportOf(
        of(stack).map(({ target: { host, isManaged }, findings }) => ({
          host,
          isManaged,
          findings,
        })),
      ),
    look: () => begin(dueOf(watched.values())),
    async settle(stack, withinMs, goesOn) {
      const endMs = clock.now() + withinMs;
      await begin(dueOf(of(stack)));
      while (reportOf(of(stack).map(({ target, findings }) => ({ ...target, findings }))).holds) {
        if (clock.now() + soonMs > endMs) return;
        await clock.sleep(soonMs);
        if (!goesOn()) return;
        await begin(of(stack).filter(({ isUnderWay }) => !isUnderWay));
      }
    },
    soon(stack) {
      for (const one of of(stack)) {
        one.failures = 0;
        one.dueAtMs = Math.min(one.dueAtMs, clock.now());
      }
    },
  };
}
