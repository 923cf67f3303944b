// Whether Git and the server can be read: each failure is an event once, until another one follows or it
// is over.
import { clockTime } from "../../lib/duration.ts";
import { describeError, isCapstanError, toCapstanError } from "../../lib/errors.ts";
import type { ErrorCode } from "../../lib/errors.ts";
import type { SecretOutage } from "../../ports-secrets.ts";
import { outageWords } from "../state/secret-outages.ts";
import type { ServerSeen } from "../state/servers-seen.ts";
import type { EventLog } from "./events.ts";

export interface Failing {
  /** As `errors` tells it. */
  readonly message: string;
  /** Of the error; while nobody answers that is news once, whatever was asked for. */
  readonly code?: ErrorCode;
  /** What is told instead where it is no mistake. */
  readonly calm?: string;
}

export interface Reachable {
  /** Null: it was read. */
  readonly sourceIs: (failing: Failing | null) => void;
  /** Null: it was read. */
  readonly platformIs: (failing: Failing | null) => void;
  readonly platformFailed: (error: unknown) => void;
  /** Whether a look showed the swarm; `takenAtMs`: when it began. */
  readonly swarmWas: (seen: boolean, takenAtMs: number) => void;
  /** Likewise of all of Dokploy's other servers that are of interest. */
  readonly serversWere: (servers: readonly ServerSeen[], takenAtMs: number) => void;
  /** Sources of secrets that cannot be read now; each is news once, and so is its return. */
  readonly secretsAre: (outages: readonly SecretOutage[]) => void;
  readonly errors: () => {
    readonly source: string | null;
    readonly platform: string | null;
    readonly swarm: string | null;
    readonly secrets: readonly string[];
  };
}

function failingOf(error: unknown): Failing {
  return { message: describeError(error), code: toCapstanError(error).code };
}

/** `isFirst`: nothing was read before. Then a repository without a commit is no mistake: the first push begins it. */
export function sourceFailing(error: unknown, isFirst: boolean): Failing {
  const failing = failingOf(error);
  if (!isFirst || !isCapstanError(error) || error.kind !== "no-commits") return failing;
  return { ...failing, calm: `${error.message}: waiting for the first commit` };
}

function silentSwarm(sinceMs: number): string {
  return `the swarm has not answered since ${clockTime(sinceMs)}: what runs is not known, and no rollout is judged until it does`;
}

function silentServer(name: string, sinceMs: number): string {
  return `the server ${name} has not answered since ${clockTime(sinceMs)}: nothing is done to what stands there until it does`;
}

export function createReachable(events: EventLog, isStopping: () => boolean): Reachable {
  let source: Failing | null = null;
  let platform: Failing | null = null;
  let swarm: Failing | null = null;
  /** Of looks that overlap, the one that began last counts. */
  let swarmLookedAtMs = 0;
  /** By server id, those that did not answer. */
  let silent: ReadonlyMap<string, Failing> = new Map();
  /** By source. */
  let secrets: ReadonlyMap<string, SecretOutage> = new Map();

  function tell(
    kind: "source-error" | "platform-error",
    failing: Failing | null,
    before: Failing | null,
  ): void {
    // What ends because Capstan ends is nobody's failure.
    if (failing === null || isStopping() || failing.message === before?.message) return;
    if (failing.code === "unavailable" && before?.code === "unavailable") return;
    const { message, calm } = failing;
    const about = { stack: null, revision: null };
    if (calm === undefined) events.add({ ...about, kind, level: "error", message });
    else events.add({ ...about, kind: "note", level: "info", message: calm });
  }

  /** What docker cannot be asked, on whichever server; null when nothing is silent. */
  function silences(): string | null {
    const all = [...(swarm === null ? [] : [swarm]), ...silent.values()];
    return all.length === 0 ? null : all.map(({ message }) => message).join("; ");
  }

  function platformIs(failing: Failing | null): void {
    const before = platform;
    platform = failing;
    tell("platform-error", failing, before);
  }

  return {
    // Whoever hears of it finds it in `errors` already.
    sourceIs(failing) {
      const before = source;
      source = failing;
      tell("source-error", failing, before);
    },
    platformIs,
    platformFailed: (error) => {
      platformIs(failingOf(error));
    },
    swarmWas(seen, takenAtMs) {
      if (takenAtMs < swarmLookedAtMs) return;
      swarmLookedAtMs = takenAtMs;
      const before = swarm;
      swarm = seen ? null : (before ?? { message: silentSwarm(takenAtMs) });
      tell("platform-error", swarm, before);
    },
    serversWere(servers, takenAtMs) {
      const before = silent;
      silent = new Map(
        servers.flatMap(({ id, name, seen }): [string, Failing][] =>
          seen ? [] : [[id, before.get(id) ?? { message: silentServer(name, takenAtMs) }]],
        ),
      );
      for (const [id, failing] of silent) tell("platform-error", failing, before.get(id) ?? null);
    },
    secretsAre(outages) {
      const before = secrets;
      secrets = new Map(outages.map((outage) => [outage.source, outage]));
      const about = { kind: "note", stack: null, revision: null } as const;
      if (isStopping()) return;
      for (const [source, outage] of secrets) {
        if (before.get(source)?.sinceMs === outage.sinceMs) continue;
        const message = `${source} cannot be read: ${outage.message}; secrets stay as they were read last`;
        events.add({ ...about, level: "error", message });
      }
      for (const source of before.keys()) {
        if (secrets.has(source)) continue;
        events.add({ ...about, level: "info", message: `${source} can be read again` });
      }
    },
    errors: () => ({
      source: source?.message ?? null,
      platform: platform?.message ?? null,
      swarm: silences(),
      secrets: [...secrets.values()].map(outageWords),
    }),
  };
}
