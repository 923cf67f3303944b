// What became of a commit, piece by piece: what its checks on the Git host and its page are made of.
import type { CheckState } from "./forge.ts";

/** Why a check says what it says; each has its state in `engine/checks/words.ts`. */
export type CheckReason =
  | "seen" // Capstan knows of the commit and has not read it yet
  | "unread" // likewise, and Git cannot be read
  | "queued"
  | "progressing"
  | "platform" // the registry, the docker daemon or disk space is missing: tried again until it is there
  | "healthy"
  | "removed"
  | "kept" // it left Git, and what its manifest said stays
  | "unchanged" // nothing of it had to be done
  | "failed" // tried again
  | "unhealthy" // all is written, and what runs is not well
  | "degraded" // given up until new input comes
  | "problem" // a mistake in a manifest
  | "approval"
  | "conflict"
  | "fight"
  | "version"
  | "suspended"
  | "left" // it is no longer in Git, and since a restart nothing is known of what is left of it
  | "window"
  | "secrets" // a source of its secrets cannot be read: tried again until it can
  | "dependency"
  | "template"
  | "build"
  | "build-held"
  | "dns" // a DNS record is not as Git says
  | "host" // all runs, and a managed host cannot be reached yet
  | "dry-run"
  | "superseded"
  | "planned"; // of a pull request

/** One check of one commit; the newest of a context replaces the others. */
export interface CheckRow {
  /** The whole id of the commit. */
  readonly sha: string;
  readonly context: string;
  /** Null for those that are about the commit as a whole. */
  readonly stack: string | null;
  readonly reason: CheckReason;
  readonly state: CheckState;
  /** One line without secrets. */
  readonly description: string;
  /** What the commit asked of the stack, as far as it is known by now. */
  readonly change: "created" | "changed" | "removed" | "unchanged" | null;
  readonly atMs: number;
  /** Whether the host has still to be told. */
  readonly owed: boolean;
}
