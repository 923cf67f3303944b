// Who may ask for what (law P6): the owner of a token, or, where there are no tokens and the server listens
// on loopback only, programs and pages of this machine.
import type { ApiToken } from "../../model/api-token.ts";
import { bearerOf, createTokenBook, tokenPerson } from "./bearer.ts";
import { comesFromElsewhere, localOperator } from "./local-request.ts";
import { grantIf, refuse } from "./verdict.ts";
import type { Access, Verdict } from "./verdict.ts";

export interface AccessOptions {
  readonly tokens: readonly ApiToken[];
  /** Whether the server listens on loopback only. */
  readonly isLoopback: () => boolean;
}

export function createAccess({ tokens, isLoopback }: AccessOptions): Access {
  const book = createTokenBook(tokens);

  function withoutTokens(request: Request): Verdict {
    const hint = "set API_TOKENS (`capstan token NAME` makes one), or HOST=127.0.0.1";
    if (!isLoopback()) return refuse(403, "the API is closed: there are no API_TOKENS", hint);
    const elsewhere = comesFromElsewhere(request);
    if (elsewhere === null) return { kind: "granted", person: localOperator };
    const detail = `without API_TOKENS only programs of this machine are answered, and ${elsewhere}`;
    return refuse(403, detail, hint);
  }

  return async (request, needs) => {
    if (book.isEmpty) return withoutTokens(request);
    const given = bearerOf(request.headers);
    if (given === null) {
      const hint = "send `Authorization: Bearer TOKEN`; CAPSTAN_TOKEN does that for commands";
      return refuse(401, "this needs a token", hint, 'Bearer realm="capstan"');
    }
    const token = book.owner(given);
    if (token === null) {
      const hint = "copy it again, or make a new one with `capstan token NAME`";
      const challenge = 'Bearer realm="capstan", error="invalid_token"';
      return refuse(401, "this token is not among API_TOKENS", hint, challenge);
    }
    return grantIf(tokenPerson(token), needs);
  };
}
