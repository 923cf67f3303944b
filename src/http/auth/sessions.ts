// Who is signed in. The cookie holds a random id, the store what the id stands for: signing out ends a session
// for good, also for a copy of its cookie.
import { createHash } from "node:crypto";
import type { Clock } from "../../lib/clock.ts";
import { describeError } from "../../lib/errors.ts";
import type { Logger } from "../../lib/logger.ts";
import type { Person } from "../../model/person.ts";
import type { SessionStore } from "../../ports-sessions.ts";
import { createCookie } from "./cookies.ts";
import { createSeal } from "./seal.ts";

export interface Sessions {
  /** Null when nobody is signed in, or no longer. A store that cannot be read counts as nobody. */
  personOf(headers: Headers): Promise<Person | null>;
  /**
   * Begins a session with a new id and ends the one that the request came with: an id that somebody planted in the
   * browser is worth nothing. Resolves to a Set-Cookie. Throws when the store cannot be written.
   */
  begin(headers: Headers, person: Person, proof: string): Promise<string>;
  /** Resolves to a Set-Cookie. Throws when the store cannot be written: then nobody was signed out. */
  end(headers: Headers): Promise<string>;
}

export interface SessionDeps {
  readonly store: SessionStore;
  readonly secret: Uint8Array;
  readonly secure: boolean;
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly logger: Logger;
  /** The person as of now: null when what let them in no longer holds. */
  readonly present: (person: Person, proof: string) => Person | null;
}

const idBytes = 32;

function hashOf(id: string): string {
  return createHash("sha256").update(id).digest("hex");
}

export function createSessions(deps: SessionDeps): Sessions {
  const { store, clock, logger, ttlMs } = deps;
  const cookie = createCookie("capstan_session", deps.secure);
  const seal = createSeal(deps.secret, "session", clock);

  async function idHashOf(headers: Headers): Promise<string | null> {
    const sealed = cookie.read(headers);
    if (sealed === null) return null;
    const id = (await seal.open(sealed))?.id;
    return id === undefined ? null : hashOf(id);
  }

  async function forget(headers: Headers): Promise<void> {
    const idHash = await idHashOf(headers);
    if (idHash !== null) store.removeSession(idHash);
  }

  return {
    async personOf(headers) {
      const idHash = await idHashOf(headers);
      if (idHash === null) return null;
      try {
        // It may have begun, or ended, at another process.
        await store.caughtUp();
        const session = store.session(idHash);
        if (session === null || session.expiresAtMs <= clock.now()) return null;
        return deps.present(session.person, session.proof);
      } catch (error) {
        logger.warn({ error: describeError(error) }, "sessions cannot be read");
        return null;
      }
    },
    async begin(headers, person, proof) {
      await forget(headers);
      const id = Buffer.from(deps.randomBytes(idBytes)).toString("base64url");
      const startedAtMs = clock.now();
      const expiresAtMs = startedAtMs + ttlMs;
      store.saveSession({ idHash: hashOf(id), person, proof, startedAtMs, expiresAtMs });
      await store.written();
      return cookie.write(await seal.seal({ id }, ttlMs), ttlMs);
    },
    async end(headers) {
      await forget(headers);
      await store.written();
      return cookie.clear();
    },
  };
}
