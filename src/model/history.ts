// What Capstan remembers of its own work: runs with their actions, and what it waits for after failures.
import type { Cause } from "./cause.ts";
import type { ActionType } from "./plan.ts";
import type { OutcomeKind } from "./status.ts";

export interface ActionRecord {
  /** Null: an older version recorded it, without data. */
  readonly type: ActionType | null;
  /** The service's key; null for what is not of a service. */
  readonly service: string | null;
  /** Null: an older version recorded it, without data. */
  readonly cause: Cause | null;
  /** `deploy app/web` */
  readonly title: string;
  readonly status: "done" | "failed" | "not-executed";
  /** Why it failed or was not executed; empty when done. */
  readonly message: string;
  /** Its cause in one line (H7): `image changed in Git (stacks/shop.yaml:12, 3f9c0aa1b2c4)`. */
  readonly reason: string;
}

/** A run that did something, or that ended differently from the one before. */
export interface RunRecord {
  readonly stack: string;
  readonly revision: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly outcome: OutcomeKind;
  /** One line for people, without secrets. */
  readonly message: string;
  /** What woke it: `poll`, `resync`, `a rollout ended`. */
  readonly reasons: readonly string[];
  readonly actions: readonly ActionRecord[];
}

export interface BackoffRecord {
  readonly stack: string;
  /** In a row. */
  readonly failures: number;
  /** When it is tried again. */
  readonly dueAtMs: number;
  /** Digest of what Git and the secrets said when it failed: another one is new input. */
  readonly input: string;
}

export interface EventFilter {
  readonly stack?: string | undefined;
  /** Any when absent or empty; so are the levels. */
  readonly kinds?: readonly string[] | undefined;
  readonly levels?: readonly string[] | undefined;
  /** Only what this person asked for. */
  readonly by?: string | undefined;
  /** Only what happened at this time or later. */
  readonly sinceMs?: number | undefined;
  /** Only what is older than the event of this id; nothing where nobody knows of it. */
  readonly before?: string | undefined;
}
