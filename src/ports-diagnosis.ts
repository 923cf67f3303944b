// What edges tell of themselves to whoever looks for what is wrong: the doctor's contracts.
import type { PlatformInfo } from "./ports.ts";

/** Null: this server, or this key, does not tell. */
export interface PlatformDiagnosis {
  /** Its clock minus ours, in milliseconds, give or take half of the request's time. */
  readonly clockAheadMs: number | null;
  /** What the server would not take of what Capstan sends, as its own description says; null without one. */
  readonly apiDifferences: readonly string[] | null;
  /** Deployments that run at the same time. */
  readonly buildsConcurrency: number | null;
  /** Whether the swarm shows a node that is ready. */
  readonly swarm: boolean | null;
  readonly disk: { readonly totalBytes: number; readonly usedBytes: number } | null;
  /** Networks that are nearly out of addresses count: nothing starts on a full one. */
  readonly networks: readonly {
    readonly name: string;
    readonly inUse: number;
    readonly capacity: number;
  }[];
  /** Dokploy's own PostgreSQL and Traefik. */
  readonly services: readonly {
    readonly name: string;
    readonly healthy: boolean;
    readonly message: string;
  }[];
}

export interface PlatformDoctor {
  /** Version, role and limits of the key. Throws as `Platform.check` does. */
  check(): Promise<PlatformInfo>;
  /** Reads only. What cannot be read is null or empty; throws only when nothing can be. */
  diagnose(): Promise<PlatformDiagnosis>;
}

/** A webhook that a Git host keeps for the repository. */
export interface HookInfo {
  readonly url: string;
  readonly active: boolean;
  /** What the host says of its last delivery; null where it does not tell. */
  readonly lastStatus: string | null;
}

export interface ForgeRight {
  /** `comment on pull requests` */
  readonly may: string;
  /** Null: the host does not tell. */
  readonly granted: boolean | null;
}

/** What the token may do with the repository, as the host says; null: it does not tell. */
export interface ForgeDiagnosis {
  readonly login: string;
  /** Whether the account may write to the repository. */
  readonly mayPush: boolean | null;
  /** What else Capstan does there with this token. */
  readonly rights: readonly ForgeRight[];
  /** What a token needs, in words. */
  readonly needed: string;
  readonly isArchived: boolean;
  readonly defaultBranch: string | null;
  /** Null: this token may not see them. */
  readonly hooks: readonly HookInfo[] | null;
}

export interface ForgeDoctor {
  /** Reads only. Throws as the Git host's other methods do. */
  diagnose(): Promise<ForgeDiagnosis>;
}
