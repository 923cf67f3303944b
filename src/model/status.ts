// What Capstan says of a stack: how the last run ended, and the conditions that people and checks read.
import type { EventData } from "./event-data.ts";
import type { HostCheckType } from "./host-check.ts";
import type { Hold } from "./hold.ts";
import type { Plan } from "./plan.ts";

/** Which revision of a stack failed and to which it was taken back; whole ids where they are known. */
export interface RollbackState {
  readonly from: string;
  readonly to: string;
  /** `failed`: what it was taken back to does not run either, or cannot be read any more. */
  readonly state: "under-way" | "done" | "failed";
}

/** How one run of one stack ended. One function turns it into conditions, events and the next run. */
export type Outcome =
  | {
      readonly kind: "converged";
      /**
       * What was built from Git, and which images run whose tags are followed, one clause a service (`web is built from
       * 08c723a15865`), and what keeps newer ones from being seen; absent: nothing.
       */
      readonly builds?: readonly string[];
      /** What was adopted and not deployed since, one clause a service; absent: nothing. */
      readonly adopted?: readonly string[];
    }
  /** All is written; rollouts are under way and will trigger the next run. */
  | { readonly kind: "progressing"; readonly message: string }
  /** Something outside must happen first; judged again after `afterMs`, or on the next list. */
  | {
      readonly kind: "waiting";
      readonly reason:
        | "suspended"
        | "approval"
        | "conflict"
        | "dry-run"
        | "deployment"
        | "platform" // a deploy failed for want of a registry, the docker daemon or disk space (W7b)
        | "swarm" // all is written, and the swarm cannot be read: what runs is not known
        | "server" // another server of that Dokploy does not answer: what concerns it is left alone
        | "secrets" // a source of its secrets cannot be read: it stays as it is
        | "answer"
        | "version"
        | "retained" // it left Git, and what its manifest said stays
        | "fight" // what was corrected is set back again and again
        | "window" // outside its sync windows
        | "dependency" // what it depends on is not ready
        | "preview" // a preview of which is not known now whether its pull request still wants it
        | "build" // the build of its image is under way
        | "build-held" // the build of its image failed, or there is none
        | "dns" // all else is written, and a DNS record is not as Git says
        | "host" // all is written and runs, and a managed host cannot be reached yet
        | "template"; // other stacks of its template come first, or one of them failed
      readonly message: string;
      readonly afterMs: number | null;
      /** What of the message is news when it changes; absent: all of it. */
      readonly lasting?: string;
      /** Of `approval`: what waits. Absent where the removals wait for `--prune` instead. */
      readonly hold?: Hold;
    }
  /** Tried again with backoff. */
  | { readonly kind: "failed"; readonly message: string; readonly retryAfterMs: number | null }
  /** All is written and a rollout was given up: judged again on every list, deployed again on new input only. */
  | {
      readonly kind: "degraded";
      readonly message: string;
      /** The stack is held at an older revision (H4); absent: it is not. */
      readonly rollback?: RollbackState;
    }
  /** Not tried again until its input changes. */
  | { readonly kind: "terminal"; readonly message: string }
  /** The stack left Git and nothing of it is left on the server; `message` where that is not all. */
  | { readonly kind: "removed"; readonly message?: string };

/** What is said of a stack that left Git and is gone. */
export const removedWords = "removed";

export type Waiting = Extract<Outcome, { kind: "waiting" }>;
export type OutcomeKind = Outcome["kind"];

export interface Condition {
  readonly type: "Ready" | "Synced" | "Healthy" | "Suspended" | HostCheckType;
  readonly status: "True" | "False" | "Unknown";
  /** One CamelCase word for programs. */
  readonly reason: string;
  readonly message: string;
  readonly revision: string;
  /** Since when it has this status, in ms. */
  readonly sinceMs: number;
  /** It is shown, and holds up nothing; absent: false. */
  readonly isAdvisory?: true;
}

/** Drift that is left as it is (`sync.drift: propose`): what becomes of it. Never a value. */
export interface DriftState {
  readonly reason:
    | "DriftFound" // about to be proposed
    | "DriftProposed"
    | "DriftHeld" // nothing of it can be written
    | "DriftNotProposed"; // there is no Git host, or it does not take it
  readonly message: string;
  /** The open pull request; null: there is none. */
  readonly proposal: { readonly number: number; readonly url: string } | null;
  /** What cannot be written into the manifest, and why. */
  readonly held: readonly {
    /** Its key, or `project`. */
    readonly service: string;
    readonly path: string;
    readonly why: string;
  }[];
}

export interface ServiceStatus {
  readonly key: string;
  readonly appName: string;
  readonly running: number;
  readonly wanted: number;
}

export interface StackStatus {
  readonly name: string;
  readonly project: string;
  readonly revision: string;
  readonly outcome: Outcome;
  readonly conditions: readonly Condition[];
  /** The plan of the last run, before it was carried out. */
  readonly plan: Plan | null;
  readonly urls: readonly string[];
  /** Null or absent: none is left. */
  readonly drift?: DriftState | null;
  /** When its health was last known; null: never. */
  readonly healthKnownMs?: number | null;
  readonly lastRunMs: number;
}

export type EventKind =
  | "revision" // a new commit is desired
  | "source-error"
  | "platform-error"
  | "problem" // a mistake in a manifest
  | "run-started"
  | "action" // one action ended
  | "rollout" // a deployment's progress
  | "drift"
  | "outcome" // a run ended
  | "note";

/** What happened, in words for people, and as data for everything that decides by it. */
export interface Event extends EventData {
  /** `<process>-<number>`, or `h-<number>` for what an older version recorded; absent before it is in the log. */
  readonly id?: string;
  readonly atMs: number;
  readonly kind: EventKind;
  readonly level: "info" | "warn" | "error";
  readonly stack: string | null;
  readonly revision: string | null;
  /** One line for people, without secrets. */
  readonly message: string;
}
