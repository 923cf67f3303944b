// Who sent a request (law P6): the owner of its token, else whoever is signed in, else, where nobody has to sign
// in and the server listens on loopback only, an operator on this machine.
import type { Person } from "../../model/person.ts";
import { bearerOf, tokenPerson } from "./bearer.ts";
import type { TokenBook } from "./bearer.ts";
import { comesFromElsewhere, localOperator } from "./local-request.ts";
import { isUnsafe, senderOf } from "./origin.ts";
import type { Sessions } from "./sessions.ts";
import { refuse } from "./verdict.ts";
import type { Refused } from "./verdict.ts";

export type Sender =
  | {
      readonly kind: "person";
      readonly person: Person;
      readonly by: "token" | "session" | "this machine";
    }
  | { readonly kind: "nobody"; readonly refused: Refused }
  /** What it claims to be is wrong, or it was forged: it is not answered as nobody either. */
  | { readonly kind: "impostor"; readonly refused: Refused };

export interface WhoOptions {
  readonly book: TokenBook;
  /** Null where nobody can sign in. */
  readonly sessions: Sessions | null;
  /** Whether people sign in at a provider; then nobody is trusted for working on this machine. */
  readonly needsSignIn: boolean;
  /** Whether the server listens on loopback only. */
  readonly isLoopback: () => boolean;
  readonly publicUrl: string | null;
}

/** Another site's page embeds it, unlike a link that somebody followed. */
function isEmbedded(request: Request, publicUrl: string | null): boolean {
  const isLink = request.headers.get("sec-fetch-mode") === "navigate";
  return !isLink && senderOf(request, publicUrl) === "foreign";
}

/** Never throws. The answer for one request is worked out once. */
export function createWho(options: WhoOptions): (request: Request) => Promise<Sender> {
  const { book, sessions, needsSignIn, isLoopback, publicUrl } = options;
  const isOpen = book.isEmpty && !needsSignIn;
  const known = new WeakMap<Request, Promise<Sender>>();

  function onThisMachine(request: Request): Sender {
    const hint =
      "set API_TOKENS (`capstan token NAME --role operator` makes one), or HOST=127.0.0.1";
    const nobody = (detail: string): Sender => ({
      kind: "nobody",
      refused: refuse(403, detail, hint),
    });
    if (!isLoopback()) return nobody("the API is closed: there are no API_TOKENS");
    const elsewhere = comesFromElsewhere(request);
    if (elsewhere === null) return { kind: "person", person: localOperator, by: "this machine" };
    return nobody(
      `without API_TOKENS only programs of this machine are answered, and ${elsewhere}`,
    );
  }

  function byToken(given: string): Sender {
    const token = book.owner(given);
    if (token !== null) return { kind: "person", person: tokenPerson(token), by: "token" };
    const hint = "copy it again, or make a new one with `capstan token NAME`";
    const challenge = 'Bearer realm="capstan", error="invalid_token"';
    const detail = "this token is not among API_TOKENS";
    return { kind: "impostor", refused: refuse(401, detail, hint, challenge) };
  }

  function bySession(request: Request, person: Person): Sender {
    // A program has no cookies: who sends one and does not say where from is not believed.
    if (!isUnsafe(request) || senderOf(request, publicUrl) === "own") {
      return { kind: "person", person, by: "session" };
    }
    const hint = "use the pages of this server; programs send a token instead of a cookie";
    const detail = "a page of another site sent it, or a browser that does not say where from";
    return { kind: "impostor", refused: refuse(403, detail, hint) };
  }

  async function work(request: Request): Promise<Sender> {
    const given = bearerOf(request.headers);
    if (given !== null && !isOpen) return byToken(given);
    const person = (await sessions?.personOf(request.headers)) ?? null;
    if (person !== null && (isUnsafe(request) || !isEmbedded(request, publicUrl))) {
      return bySession(request, person);
    }
    if (isOpen) return onThisMachine(request);
    const hint = "sign in at /sign-in, or send `Authorization: Bearer …` (commands: CAPSTAN_TOKEN)";
    return {
      kind: "nobody",
      refused: refuse(401, "sign in first", hint, 'Bearer realm="capstan"'),
    };
  }

  return (request) => {
    const sender = known.get(request) ?? work(request);
    known.set(request, sender);
    return sender;
  };
}
