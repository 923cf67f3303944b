// What an event says to programs, beside its line for people. Pages, the API and commands decide by this and
// never by the line. The store keeps it as JSON, so every shape is checked when it is read back.
import { z } from "zod";
import { causeSchema } from "./cause.ts";
import type { ActionType } from "./plan.ts";

const actionTypes = [
  "create-project",
  "update-project",
  "create-environment",
  "create-service",
  "move-service",
  "create-child",
  "update-child",
  "delete-child",
  "configure-service",
  "rollout",
  "stop-service",
  "mark",
  "delete-service",
  "delete-environment",
  "delete-project",
  "create-record",
  "update-record",
  "delete-record",
] as const satisfies readonly ActionType[];

/** What older versions wrote into the store. */
const olderTypes: Readonly<Record<string, ActionType>> = {
  "create-application": "create-service",
  "move-application": "move-service",
  "configure-application": "configure-service",
};

/** As the store has it, also from an older version. */
export const actionTypeSchema = z.preprocess(
  (type) => (typeof type === "string" ? (olderTypes[type] ?? type) : type),
  z.enum(actionTypes),
);

export const actionDataSchema = z.object({
  type: actionTypeSchema,
  status: z.enum(["done", "failed", "not-executed"]),
  /** The service's key; null for what is not of a service. */
  service: z.string().nullable(),
  /** What it is about: `project shop`, `domain shop.example.com of app/web`. */
  target: z.string(),
  cause: causeSchema,
});

const fieldChangeSchema = z.object({
  path: z.string(),
  was: z.string().nullable(),
  is: z.string().nullable(),
});

/** In the order in which a rollout passes through them; it may go back to an earlier one. */
export const rolloutPhases = [
  "waiting", // in Capstan's own queue
  "requested", // Dokploy was asked to deploy
  "queued", // in Dokploy's queue
  "deploying", // Dokploy builds or pulls
  "starting", // the swarm starts the containers
  "settling", // all run: they must stay up for `stableFor`
  "probing", // its HTTP probe is asked
  "healthy",
  "retry", // it failed and is tried again
  "failed", // it was given up
] as const;

export const rolloutDataSchema = z.object({
  /** The service's key. */
  service: z.string(),
  phase: z.enum(rolloutPhases),
  /** 1 for the first deploy of a configuration, one more for each redeploy or retry. */
  attempt: z.number(),
  /** Containers as last seen; null while nobody looked. */
  running: z.number().nullable(),
  wanted: z.number().nullable(),
  /** Why it failed, without the log's lines; null unless the phase is `retry` or `failed`. */
  why: z.string().nullable(),
  /** The last lines of the build's or the service's log, the newest last; empty unless it failed, or is a job. */
  log: z.array(z.string()).readonly(),
});

export const eventDataSchema = z.object({
  /** Of kinds `action` and `drift`. */
  action: actionDataSchema.optional(),
  /** Of kind `drift`: what was set back, secrets masked. */
  changes: z.array(fieldChangeSchema).readonly().optional(),
  /** Of kind `rollout`. */
  rollout: rolloutDataSchema.optional(),
  /** Of kind `problem`: where the mistake is. */
  problem: z.object({ file: z.string(), line: z.number(), column: z.number() }).optional(),
  /** Of kind `outcome`: how the run ended. `reason`: what a waiting stack waits for, null otherwise. */
  outcome: z
    .object({
      kind: z.enum([
        "converged",
        "progressing",
        "waiting",
        "failed",
        "degraded",
        "terminal",
        "removed",
      ]),
      reason: z.string().nullable(),
      /** Whether the stack was Ready afterwards. */
      ready: z.boolean(),
    })
    .optional(),
  /** Of kind `note`: what somebody asked for. */
  asked: z
    .object({
      what: z.enum(["reconcile", "redeploy", "suspend", "resume", "approve"]),
      by: z.string(),
    })
    .optional(),
});

export type ActionData = z.infer<typeof actionDataSchema>;
export type RolloutPhase = (typeof rolloutPhases)[number];
export type RolloutData = z.infer<typeof rolloutDataSchema>;
type Read = z.infer<typeof eventDataSchema>;
export type EventData = { readonly [K in keyof Read]?: Exclude<Read[K], undefined> };

/** Keys of words that programs decide by, and of names that everybody may see: no redactor changes them. */
export const vocabulary: ReadonlySet<string> = new Set([
  "type",
  "kind",
  "status",
  "what",
  "when",
  "phase",
  "reason",
  "service",
  "file",
]);

/**
 * Whether an action of kind `drift` set something back. The deploy that follows corrected fields, and the marker
 * that proves it, belong to the same correction.
 */
export function isCorrection({ type, status, cause }: ActionData): boolean {
  if (status !== "done" || type === "mark") return false;
  const isOfFields = cause.kind === "drift" && cause.change.what === "fields";
  return type !== "rollout" || !isOfFields;
}

/** Of a larger record only what `eventDataSchema` names; absent parts stay absent. */
export function eventData(data: EventData): EventData {
  const { action, changes, rollout, problem, outcome, asked } = data;
  return {
    ...(action === undefined ? {} : { action }),
    ...(changes === undefined ? {} : { changes }),
    ...(rollout === undefined ? {} : { rollout }),
    ...(problem === undefined ? {} : { problem }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(asked === undefined ? {} : { asked }),
  };
}

/** Whose request an event is about; null: nobody's. */
export function personOf({ action, asked }: EventData): string | null {
  if (asked !== undefined) return asked.by;
  const cause = action?.cause;
  return cause?.kind === "person" ? cause.by : null;
}
