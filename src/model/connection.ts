// What a look at one of the systems that Capstan depends on found.

export type ConnectionStatus =
  | "pass"
  | "warn" // it works, and something should be done
  | "fail"
  | "skip"; // not set up, so that there is nothing to look at

export interface Connection {
  /** Stable, for programs: `dokploy.version`. */
  readonly id: string;
  /** `Version of Dokploy` */
  readonly title: string;
  readonly status: ConnectionStatus;
  /** What was found, in one sentence. */
  readonly message: string;
  /** What to do about it; null when nothing is to be done. */
  readonly next: string | null;
}
