// What is decided about a request: who sent it, or why it is refused.
import { mayDo } from "../../model/person.ts";
import type { Person, Role } from "../../model/person.ts";
import { problem } from "../problem.ts";

export interface Refused {
  readonly kind: "refused";
  readonly status: 401 | 403 | 415;
  readonly detail: string;
  readonly hint: string;
  /** For the header WWW-Authenticate; null unless the status is 401. */
  readonly challenge: string | null;
}

export type Verdict = { readonly kind: "granted"; readonly person: Person } | Refused;

/**
 * Whether a request may do what needs this role. Judges only who sent the request: nothing is changed and no
 * other host is asked. Never throws.
 */
export type Access = (request: Request, needs: Role) => Promise<Verdict>;

export function refuse(
  status: Refused["status"],
  detail: string,
  hint: string,
  challenge: string | null = null,
): Refused {
  return { kind: "refused", status, detail, hint, challenge };
}

export function grantIf(person: Person, needs: Role): Verdict {
  if (mayDo(person, needs)) return { kind: "granted", person };
  const may = person.role === "viewer" ? "may only look" : "may not do this";
  return refuse(403, `${person.name} ${may}`, `ask somebody who has the role ${needs}`);
}

/** As problem details. */
export function refusal({ status, detail, hint, challenge }: Refused): Response {
  const headers = challenge === null ? {} : { "WWW-Authenticate": challenge };
  return problem(status, detail, headers, { hint });
}
