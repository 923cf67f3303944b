// A deployment from the portal: somebody asked for a stack by its name, and a manifest went to Git. Only
// who asked for what, and which commit it became, is kept of it; how far it is is read from the commit's
// checks and the stack's events.
import type { Role } from "./person.ts";

export type DeploymentStatus =
  | "initializing" // the manifest is on its way into Git, or waits there
  | "creating_project"
  | "creating_application"
  | "deploying"
  | "completed"
  | "failed";

/** What the store keeps. */
export interface DeploymentRecord {
  /** `dep_<time>_<random>`: whoever knows it may follow the deployment. */
  readonly id: string;
  /** The stack's name. */
  readonly name: string;
  readonly template: string;
  readonly owner: { readonly id: string; readonly name: string; readonly role: Role };
  /** Where it will answer; null when the template gives it no domain. */
  readonly url: string | null;
  readonly startedAtMs: number;
  /** The manifest's commit on the branch; null while there is none. */
  readonly sha: string | null;
  /** In pull-request mode; null otherwise. */
  readonly review: { readonly number: number; readonly url: string } | null;
  /** When the manifest was committed, or its pull request opened; null before. */
  readonly writtenAtMs: number | null;
  /** How it ended; null while it goes on. */
  readonly end: {
    readonly atMs: number;
    readonly status: "completed" | "failed";
    readonly error: DeploymentError | null;
  } | null;
}

export interface DeploymentError {
  /** One sentence in plain words. */
  readonly message: string;
  /** The last lines of the build's or the service's log; empty when there are none. */
  readonly log: readonly string[];
}

export type StepId = "written" | "review" | "seen" | "project" | "application" | "deploy" | "ready";

export interface DeploymentStep {
  readonly id: StepId;
  /** `Starting the container` */
  readonly title: string;
  readonly state: "done" | "active" | "waiting" | "failed";
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  /** A pull request to review; null elsewhere. */
  readonly link: string | null;
}

/** The whole state, as each `progress` event carries it. */
export interface DeploymentState {
  readonly id: string;
  readonly name: string;
  readonly status: DeploymentStatus;
  readonly url: string | null;
  readonly error: DeploymentError | null;
  readonly projectId: string | null;
  readonly applicationId: string | null;
  /** The share of its steps that are done, 0 to 100; never falls. */
  readonly progress: number;
  /** The title of the active step, for people. */
  readonly currentStep: string;
  readonly steps: readonly DeploymentStep[];
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
}
