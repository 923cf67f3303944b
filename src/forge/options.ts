// What an adapter of a Git host is built from, and what the hosts differ in on the way to them.
import type { Clock } from "../lib/clock.ts";
import type { HttpClient } from "../lib/http.ts";
import type { Logger } from "../lib/logger.ts";
import type { Redactor } from "../lib/redact.ts";
import type { ForgeDoctor } from "../ports-diagnosis.ts";
import type { Forge } from "../ports-forge.ts";

export interface HostOptions {
  /** Address of the host, with the path below which it lives if there is one; its API's path may be at the end. */
  readonly url: string;
  readonly token: string;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly redactor: Redactor;
  /** A number in [0, 1), for the jitter of waits. */
  readonly random?: () => number;
  /** Gives up reads that are under way and starts nothing more. */
  readonly signal?: AbortSignal;
}

export interface ForgeOptions extends HostOptions {
  /** `owner/name`; on GitLab with any number of groups. */
  readonly repository: string;
}

/**
 * The repositories of one host: all of them with one login, one limit of requests at a time and the pauses that the host
 * asks for. Throws `invalid` for what is no repository's name; asks nothing of the host.
 */
export type Repositories = (repository: string) => Forge & ForgeDoctor;

/** One host as its requests see it. */
export interface Dialect {
  /** What people call it: `Gitea at git.example.com`. */
  readonly title: string;
  /** Address of its API without a slash at its end. */
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The parameter for the size of pages, and the largest size. */
  readonly pageSize: readonly [parameter: string, size: number];
  /** What the token must be allowed, as part of a sentence. */
  readonly rights: string;
}
