// What goes wrong with the database, told so that a person can mend it.
import { CapstanError } from "../../lib/errors.ts";
import { isUntrusted, untrustedHint } from "../../lib/unanswered.ts";
import type { DatabaseAddress } from "./address.ts";

interface PostgresError {
  readonly code?: unknown;
  readonly message?: unknown;
}

/** Another process became the one that writes: nothing was written. */
export class TakenOverError extends CapstanError {
  constructor(holder: string | null) {
    super("conflict", `${holder ?? "another process"} has taken over the store in the database`);
  }
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as PostgresError;
  return typeof code === "string" ? code : "";
}

/** Any failure of the database, or of the way there. Messages of the server hold no password. */
export function databaseError(address: DatabaseAddress, error: unknown): CapstanError {
  if (error instanceof CapstanError) return error;
  const where = `the database ${address.title}`;
  const { message } = (error ?? {}) as PostgresError;
  const said = (typeof message === "string" ? message : String(error)).replaceAll(/\s+/g, " ");
  const failure = (
    code: "unavailable" | "forbidden" | "unauthorised" | "invalid",
    what: string,
    hint: string,
  ): CapstanError => new CapstanError(code, `${where} ${what}`, { hint, cause: error });
  const code = codeOf(error);
  if (isUntrusted([code])) {
    return failure("invalid", `shows a certificate that is not trusted: ${said}`, untrustedHint);
  }
  switch (code) {
    case "28P01":
    case "28000":
      return failure("unauthorised", `refuses the login: ${said}`, "look at DATABASE_URL");
    case "3D000":
      return failure("invalid", "does not exist", "create it, or correct DATABASE_URL");
    case "42501":
      return failure(
        "forbidden",
        `refuses: ${said}`,
        "let the user of DATABASE_URL create and write tables: GRANT CREATE, USAGE ON SCHEMA …",
      );
    case "53100":
      return failure("unavailable", "has no room left on its disk", "free some space there");
    case "53300":
      return failure("unavailable", "has no connection left", "raise its max_connections");
    case "25006":
      return failure("unavailable", "is read-only", "DATABASE_URL must lead to the primary server");
    case "57014":
      return failure("unavailable", "does not answer in time", "look at its load and its locks");
    default:
      return failure(
        "unavailable",
        /^[0-9A-Z]{5}$/.test(code) ? `fails: ${said} (${code})` : `does not answer: ${said}`,
        "look whether it runs, and whether this machine reaches it",
      );
  }
}
