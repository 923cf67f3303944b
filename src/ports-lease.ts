// The lease of a server as a contract: of all processes, wherever they run, one writes to it (W12).

/** What came of asking for the lease. */
export type LeaseStanding =
  | { readonly kind: "held" }
  /** The key may not write tags: nothing guards this server, and nobody else is known to write. */
  | { readonly kind: "unguarded" }
  | {
      readonly kind: "waits";
      /** Why, as a sentence for people without its full stop: `the controller on host-a … holds this server`. */
      readonly why: string;
      /** Changes whenever its holder renews it. */
      readonly text: string;
      /** When it is over unless somebody renews it meanwhile. */
      readonly forMs: number;
    }
  /** Nobody has it, and it was not to be taken. */
  | { readonly kind: "free" };

/** What the lease of a server says, for people. */
export interface LeaseReport {
  /** In words: `the controller on host-a (process 42, since …)`. Null when a person broke it. */
  readonly holder: string | null;
  /** How things stand, as a sentence without its full stop. */
  readonly says: string;
  readonly state: "held" | "free" | "broken" | "unreadable";
  /** Names this one lease: who breaks it must know which one. */
  readonly code: string;
}

/**
 * That one process alone writes to a server, whatever its machine or state folder (W12). It stands in that server.
 * Once taken it is renewed by itself while there is work, and lapses when nothing is written for long. Methods throw
 * CapstanError when the server cannot be asked.
 */
export interface Lease {
  /**
   * Takes it if it is free or over; only looks where `onlyLooks` is true. May be called again and again; each call that
   * does not hold it looks once.
   */
  take(onlyLooks?: boolean): Promise<LeaseStanding>;
  /**
   * Call before the first write of a piece of work: makes sure of it, and takes it again when it had lapsed. What was
   * read before `sinceMs` (the clock's) may be old, as another process may have written meanwhile; while `epoch` is the
   * same nobody has. Throws `conflict` with who has it.
   */
  hold(): Promise<{ readonly epoch: number; readonly sinceMs: number }>;
  /** Whether this process may write now as one that got `epoch`. */
  isHeld(epoch: number): boolean;
  /** Calls `lost` with the reason, worded as `why`, when it is seen to be gone after this process took it. One listener. */
  onLost(lost: (why: string) => void): void;
  /** For others to take at once; nothing is written any more. Never throws, may be called twice. */
  giveBack(): Promise<void>;
  /** Null when there is none. */
  report(): Promise<LeaseReport | null>;
  /**
   * Takes it away from its holder, who notices at its next renewal; nobody writes before that. Throws `conflict`
   * unless `code` names the lease of now.
   */
  break(code: string): Promise<void>;
}
