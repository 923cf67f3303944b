// Who is signed in, as the store keeps it.
import type { Person } from "./model/person.ts";
import type { Followed, Kept } from "./ports-store.ts";

export interface SessionRecord {
  /** SHA-256 of the id that the cookie carries: whoever reads the store cannot make a cookie from it. */
  readonly idHash: string;
  readonly person: Person;
  /** What let the person in, such as the hash of a token; the session ends with it. */
  readonly proof: string;
  readonly startedAtMs: number;
  readonly expiresAtMs: number;
}

/** Losing it does no harm: people sign in again. All methods throw as the store does. */
export interface SessionStore extends Kept, Followed {
  /** Also forgets expired sessions, and the oldest ones of this person and of all where there are too many. */
  saveSession(session: SessionRecord): void;
  /** Null for one that ended or was never there. Expiry is for the caller to judge. */
  session(idHash: string): SessionRecord | null;
  /** Does nothing for one that is not there. */
  removeSession(idHash: string): void;
}
