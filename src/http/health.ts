// How a controller is, in one object without secrets: for people, dashboards and alarms. `ok` is said
// only when Git and the server were both read and nothing is failing.
import type { EngineState } from "../engine/engine.ts";
import type { StackStatus } from "../model/status.ts";

export interface Health {
  readonly status: "ok" | "degraded";
  readonly timestamp: string;
  readonly version: string;
  readonly service: "capstan";
  readonly activeDeployments: number;
  readonly stacks: { readonly ready: number; readonly waiting: number; readonly failed: number };
  /** Mistakes in manifests. */
  readonly problems: number;
  /** Only where another process is the active one, and this one takes over when that ends. */
  readonly standby?: true;
  /** Why Git or the server cannot be read; empty when both can. */
  readonly errors: {
    readonly source?: string;
    readonly platform?: string;
    readonly swarm?: string;
    readonly store?: string;
    readonly secrets?: string;
  };
}

export interface HealthInput {
  readonly state: EngineState;
  readonly stacks: readonly StackStatus[];
  readonly nowMs: number;
  readonly version: string;
  /** Takes secrets out of texts of unknown origin. */
  readonly redact: (text: string) => string;
}

const longestError = 500;

type Standing = keyof Health["stacks"];

function standing({ outcome, conditions }: StackStatus): Standing {
  if (conditions.some(({ type, status }) => type === "Ready" && status === "True")) return "ready";
  switch (outcome.kind) {
    case "progressing":
    case "waiting":
    case "removed":
      return "waiting";
    // All is written, and what runs is not healthy.
    case "converged":
    case "failed":
    case "degraded":
    case "terminal":
      return "failed";
  }
}

export function healthOf({ state, stacks, nowMs, version, redact }: HealthInput): Health {
  const counts = { ready: 0, waiting: 0, failed: 0 };
  for (const status of stacks) counts[standing(status)] += 1;
  const { sourceError, platformError, swarmError, storeError, secretErrors } = state;
  const text = (error: string): string =>
    redact(error).replaceAll(/\s+/g, " ").slice(0, longestError);
  const problems = state.problems.length;
  const secrets = secretErrors.length === 0 ? null : secretErrors.join("; ");
  const errors = [sourceError, platformError, swarmError, storeError, secrets];
  const isOut = errors.some((error) => error !== null);
  const read = state.ready && !isOut;
  return {
    status: read && problems === 0 && counts.failed === 0 ? "ok" : "degraded",
    timestamp: new Date(nowMs).toISOString(),
    version,
    service: "capstan",
    ...(state.waitsFor === null ? {} : { standby: true as const }),
    activeDeployments: state.activeDeployments,
    stacks: counts,
    problems,
    errors: {
      ...(sourceError === null ? {} : { source: text(sourceError) }),
      ...(platformError === null ? {} : { platform: text(platformError) }),
      ...(swarmError === null ? {} : { swarm: text(swarmError) }),
      ...(storeError === null ? {} : { store: text(storeError) }),
      ...(secrets === null ? {} : { secrets: text(secrets) }),
    },
  };
}
