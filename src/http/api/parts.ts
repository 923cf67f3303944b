// What the API's addresses work with.
import type { Engine } from "../../engine/engine.ts";
import type { Portal } from "../../engine/portal/portal.ts";
import type { Promotions } from "../../engine/portal/promotions.ts";
import type { Proposals } from "../../engine/portal/proposals.ts";
import type { Versions } from "../../engine/portal/versions.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Connection } from "../../model/connection.ts";
import type { CheckStore } from "../../ports-forge.ts";
import type { Commits } from "../../ports.ts";
import type { Links } from "../links.ts";
import type { Hand } from "./handed.ts";
import type { Board } from "./board-contract.ts";
import type { CommitBook } from "./commit-book.ts";
import type { StackCommits } from "./stack-commits.ts";
import type { LogTails } from "./log-tail.ts";
import type { SseStreams } from "./sse.ts";
import type { Feed } from "./feed.ts";

/** What is known of the controller itself. */
export interface Identity {
  readonly version: string;
  readonly instance: string;
  readonly branch: string;
}

/** What reading needs; pages use it as well. */
export interface ReadParts {
  readonly engine: Engine;
  readonly feed: Feed;
  readonly redact: (text: string) => string;
  readonly identity: Identity;
  readonly links: Links;
  readonly book: CommitBook;
  readonly stackCommits: StackCommits;
  /** Null where stacks are not read from Git. */
  readonly versions: Versions | null;
  /** Null where stacks are not read from Git. */
  readonly commits: Commits | null;
  readonly checks: Pick<CheckStore, "checks" | "newestCommits" | "written">;
}

export interface ApiParts extends ReadParts {
  readonly clock: Clock;
  readonly streams: SseStreams;
  /** Of deployments: dashboards and they leave each other room. */
  readonly portalStreams: SseStreams;
  /** Null where nothing can be written to Git. */
  readonly portal: Portal | null;
  /** Null likewise. */
  readonly proposals: Proposals | null;
  /** Null likewise. */
  readonly promotions: Promotions | null;
  /** Looks at all systems that are set up; null where nobody can. */
  readonly connections: (() => Promise<readonly Connection[]>) | null;
  readonly board: Board;
  readonly tails: LogTails;
  /** As `ApiDeps.hand`. */
  readonly hand: (path: string) => Hand | null;
}
