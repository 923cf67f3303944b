// Runs of the host's CI: a stack may wait for a green one of its image's build (`rollout.after`), and the
// latest ones are shown with the stack. What is known is a few seconds old at most when a decision needs it.
import type { Clock } from "../lib/clock.ts";
import { describeError } from "../lib/errors.ts";
import type { DesiredApplication, DesiredStack } from "../model/desired.ts";
import type { WorkflowRun } from "../model/forge.ts";
import type { Action } from "../model/plan.ts";
import type { Waiting } from "../model/status.ts";
import type { Forge } from "../ports-forge.ts";
import { buildVerdict } from "./build-runs.ts";

/** The runs of one workflow that services are built by. */
export interface BuildStatus {
  readonly repository: string;
  readonly workflow: string;
  /** Stacks that name it, sorted. */
  readonly stacks: readonly string[];
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
  /** Asked anew where it is older than half a minute. Never rejects. */
  list(stacks: readonly DesiredStack[]): Promise<readonly BuildStatus[]>;
  /** Nobody is sent for any more. */
  stop(): void;
}

export interface BuildsOptions {
  /** Null: no Git host is known. */
  readonly forge: Pick<Forge, "runs"> | null;
  readonly clock: Clock;
  readonly wake: (stack: string, reason: string) => void;
}

interface Known {
  readonly atMs: number;
  readonly runs: readonly WorkflowRun[];
  readonly error: string | null;
}

type After = NonNullable<DesiredApplication["rollout"]["after"]>;

const freshMs = 20_000;
const shownMs = 30_000;
const runsAsked = 20;
/** Looked at again after so long, where no delivery says so before. */
const againMs = 30_000;
const laterMs = 120_000;

const keyOf = ({ repository, workflow }: After): string => `${repository} ${workflow}`;

/** Whether a plan brings another image, or a service that is not there yet. */
function bringsImage(service: string, actions: readonly Action[]): boolean {
  return actions.some(
    (action) =>
      "service" in action &&
      action.service === service &&
      (action.type === "create-application" || action.changes.some(({ path }) => path === "image")),
  );
}

export function createBuilds({ forge, clock, wake }: BuildsOptions): Builds {
  const known = new Map<string, Known>();
  const asking = new Map<string, Promise<Known>>();
  /** By stack: what it waits for. */
  const waiting = new Map<string, ReadonlySet<string>>();
  let stopped = false;

  function ask(after: After): Promise<Known> {
    const key = keyOf(after);
    const under = asking.get(key);
    if (under !== undefined) return under;
    const asked = read(after).then((now) => {
      asking.delete(key);
      known.set(key, now);
      if (stopped) return now;
      for (const [stack, keys] of [...waiting]) {
        if (!keys.has(key)) continue;
        waiting.delete(stack);
        wake(stack, `runs of ${after.workflow} are known`);
      }
      return now;
    });
    asking.set(key, asked);
    return asked;
  }

  async function read({ repository, workflow }: After): Promise<Known> {
    const runs = known.get(keyOf({ repository, workflow }))?.runs ?? [];
    if (forge === null) {
      const error = "no Git host is set (FORGE): its runs cannot be asked for";
      return { atMs: clock.now(), runs, error };
    }
    try {
      const now = await forge.runs({ repository, workflow, limit: runsAsked });
      return { atMs: clock.now(), runs: now, error: null };
    } catch (error) {
      return { atMs: clock.now(), runs, error: describeError(error) };
    }
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

    async list(stacks) {
      const wanted = new Map<string, { after: After; stacks: Set<string> }>();
      for (const { name, services } of stacks) {
        for (const { after } of services.map(({ rollout }) => rollout)) {
          if (after === null) continue;
          const one = wanted.get(keyOf(after)) ?? { after, stacks: new Set<string>() };
          wanted.set(keyOf(after), { ...one, stacks: one.stacks.add(name) });
        }
      }
      return Promise.all(
        [...wanted].map(async ([key, { after, stacks: names }]): Promise<BuildStatus> => {
          const before = known.get(key);
          const isFresh = before !== undefined && clock.now() - before.atMs <= shownMs;
          const { runs, error } = isFresh ? before : await ask(after);
          return { ...after, stacks: [...names].sort(), runs, error };
        }),
      );
    },

    stop() {
      stopped = true;
      waiting.clear();
    },
  };
}
