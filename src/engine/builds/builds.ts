// Runs of the host's CI: a stack may wait for a green one of its image's build (`rollout.after`), and the
// latest ones are shown with the stack. What is known is a few seconds old at most when a decision needs it.
import type { Clock } from "../../lib/clock.ts";
import { describeError, isCapstanError } from "../../lib/errors.ts";
import type { DesiredStack } from "../../model/desired.ts";
import type { WorkflowRun } from "../../model/forge.ts";
import type { Action } from "../../model/plan.ts";
import type { Waiting } from "../../model/status.ts";
import type { Forge } from "../../ports-forge.ts";
import { tellNobody } from "../../ports-telemetry.ts";
import type { Tell } from "../../ports-telemetry.ts";
import type { Wakeups } from "../wakeups.ts";
import { buildVerdict } from "./build-runs.ts";
import { buildSources } from "./build-sources.ts";
import type { BuildSource } from "./build-sources.ts";
import { createEndedRuns } from "./ended-runs.ts";

/** The runs of one workflow that services are built by. */
export interface BuildStatus extends BuildSource {
  /** The newest first; empty when none is known. */
  readonly runs: readonly WorkflowRun[];
  /** Why nothing newer is known; null when all is well. */
  readonly error: string | null;
}

export interface Builds {
  /** What a stack waits for whose actions bring new images; null when nothing. It is sent for when there are news. */
  wait(desired: DesiredStack, actions: readonly Action[]): Waiting | null;
  /** The host says that runs moved. */
  changed(): void;
  /**
   * Sorted by repository and workflow; only those of the stack `only` where it is given. The first hundred are
   * asked anew where they are older than half a minute, and waited for a moment. Never rejects.
   */
  list(stacks: readonly DesiredStack[], only?: string): Promise<readonly BuildStatus[]>;
  /** Nobody is sent for any more. */
  stop(): void;
}

export interface BuildsOptions {
  /** Null: no Git host is known. */
  readonly forge: Pick<Forge, "runs"> | null;
  /** The host of that Git host's own registry; its images name their repositories. */
  readonly registryHost?: string | null;
  readonly clock: Clock;
  readonly wakeups: Pick<Wakeups, "goOn">;
  readonly tell?: Tell;
}

interface Known {
  readonly atMs: number;
  readonly runs: readonly WorkflowRun[];
  readonly error: string | null;
}

type Wanted = Pick<BuildSource, "repository" | "workflow">;

const freshMs = 20_000;
const shownMs = 30_000;
const runsAsked = 20;
const mostListed = 100;
/** Who looks does not wait longer for a host that is slow or gone. */
const patienceMs = 3_000;
/** Looked at again after so long, where no delivery says so before. */
const againMs = 30_000;
const laterMs = 120_000;

const keyOf = ({ repository, workflow }: Wanted): string => `${repository} ${workflow ?? ""}`;

/** No such repository, or one without CI. */
const isNoSource = (error: unknown): boolean =>
  isCapstanError(error, "not-found") || isCapstanError(error, "unsupported");

/** Whether a plan brings another image, or a service that is not there yet. */
function bringsImage(service: string, actions: readonly Action[]): boolean {
  return actions.some(
    (action) =>
      "service" in action &&
      action.service === service &&
      (action.type === "create-service" || action.changes.some(({ path }) => path === "image")),
  );
}

export function createBuilds(options: BuildsOptions): Builds {
  const { forge, clock, wakeups, registryHost = null, tell = tellNobody } = options;
  const countEnded = createEndedRuns(tell);
  const known = new Map<string, Known>();
  const asking = new Map<string, Promise<Known>>();
  /** By stack: what it waits for. */
  const waiting = new Map<string, ReadonlySet<string>>();
  let stopped = false;

  function ask(source: Wanted): Promise<Known> {
    const key = keyOf(source);
    const under = asking.get(key);
    if (under !== undefined) return under;
    const asked = read(source).then((now) => {
      asking.delete(key);
      known.set(key, now);
      if (stopped) return now;
      for (const [stack, keys] of [...waiting]) {
        if (!keys.has(key)) continue;
        waiting.delete(stack);
        wakeups.goOn(stack, `runs of ${source.workflow ?? source.repository} are known`);
      }
      return now;
    });
    asking.set(key, asked);
    return asked;
  }

  async function read({ repository, workflow }: Wanted): Promise<Known> {
    const runs = known.get(keyOf({ repository, workflow }))?.runs ?? [];
    if (forge === null) {
      const error = "no Git host is set (FORGE): its runs cannot be asked for";
      return { atMs: clock.now(), runs, error };
    }
    try {
      const which = workflow === null ? { repository } : { repository, workflow };
      const now = await forge.runs({ ...which, limit: runsAsked });
      countEnded(keyOf({ repository, workflow }), repository, now);
      return { atMs: clock.now(), runs: now, error: null };
    } catch (error) {
      // A guess that was wrong is nobody's mistake.
      if (workflow === null && isNoSource(error))
        return { atMs: clock.now(), runs: [], error: null };
      return { atMs: clock.now(), runs, error: describeError(error) };
    }
  }

  /** What is known, asked for when it is old; what comes later than anybody waits is there the next time. */
  async function look(source: Wanted, mayAsk: boolean): Promise<Known> {
    const before = known.get(keyOf(source));
    const old = { atMs: 0, runs: before?.runs ?? [] };
    if (before !== undefined && clock.now() - before.atMs <= shownMs) return before;
    if (!mayAsk) return { ...old, error: "so many at a time are not asked for; look at its stack" };
    const late = Promise.withResolvers<Known>();
    const cancel = clock.after(patienceMs, () => {
      late.resolve({ ...old, error: "the Git host has not answered yet" });
    });
    const now = await Promise.race([ask(source), late.promise]);
    cancel();
    return now;
  }

  function waits(reason: Waiting["reason"], service: string, message: string): Waiting {
    const afterMs = reason === "build" ? againMs : laterMs;
    return { kind: "waiting", reason, message: `${service}: ${message}`, afterMs };
  }

  return {
    wait({ name, services }, actions) {
      waiting.delete(name);
      const unknown = new Set<string>();
      let held: Waiting | null = null;
      for (const { key: service, spec, rollout } of services) {
        const { after } = rollout;
        if (after === null || !bringsImage(service, actions)) continue;
        const key = keyOf(after);
        const now = known.get(key);
        if (now === undefined || clock.now() - now.atMs > freshMs) {
          unknown.add(key);
          void ask(after);
          continue;
        }
        if (now.error !== null) {
          held ??= waits("build-held", service, `runs of ${after.workflow}: ${now.error}`);
          continue;
        }
        const verdict = buildVerdict(spec.image, after, now.runs);
        if (verdict.kind === "running") held ??= waits("build", service, verdict.message);
        if (verdict.kind === "held") held = waits("build-held", service, verdict.message);
      }
      if (held !== null) return held;
      if (unknown.size === 0) return null;
      waiting.set(name, unknown);
      return waits("build", [...unknown].join(", "), "asks for its runs");
    },

    changed() {
      for (const [key, now] of known) known.set(key, { ...now, atMs: 0 });
    },

    async list(stacks, only) {
      const wanted = buildSources(stacks, forge === null ? null : registryHost).filter(
        ({ stacks: names }) => only === undefined || names.includes(only),
      );
      const all = wanted.map(async (source, index): Promise<BuildStatus> => {
        const { runs, error } = await look(source, index < mostListed);
        return { ...source, runs, error };
      });
      return (await Promise.all(all)).filter(
        ({ workflow, runs, error }) => workflow !== null || runs.length > 0 || error !== null,
      );
    },

    stop() {
      stopped = true;
      waiting.clear();
    },
  };
}
