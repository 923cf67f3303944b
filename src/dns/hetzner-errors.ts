// What the codes of Hetzner's Cloud API mean: each its code here and a hint that says what a person can do.
// The code counts, not the status: the API is not consistent in the latter.
import { CapstanError } from "../lib/errors.ts";
import type { ErrorCode, ErrorKind } from "../lib/errors.ts";

/** Why the same request may be sent again by itself; it was not carried out. */
export type Again = "limit" | "busy" | null;

interface Meaning {
  readonly code: ErrorCode;
  readonly kind?: ErrorKind;
  readonly hint?: string;
  readonly again?: Again;
}

const token = "make a token in Hetzner Console (the project of the zone, Security, API tokens)";
const broken: Meaning = {
  code: "unavailable",
  hint: "this is a problem at Hetzner; see status.hetzner.com",
};

const meanings: Readonly<Record<string, Meaning>> = {
  unauthorized: {
    code: "unauthorised",
    hint: `the token is wrong or was deleted: ${token} and set it as HETZNER_API_TOKEN; tokens of the old DNS Console do not work`,
  },
  forbidden: { code: "forbidden", hint: `the token may not do this: ${token} with Read & Write` },
  token_readonly: {
    code: "forbidden",
    kind: "token-read-only",
    hint: `the token may only read: ${token} with Read & Write`,
  },
  not_found: {
    code: "not-found",
    hint: "it is not there, or in another project: a token sees one project's zones only",
  },
  uniqueness_error: {
    code: "conflict",
    kind: "exists",
    hint: "records of that name and type exist already: run `capstan dns check`",
  },
  conflict: {
    code: "conflict",
    hint: "somebody else changed the zone at the same time: try again",
    again: "busy",
  },
  locked: {
    code: "conflict",
    kind: "locked",
    hint: "another change of the zone is still under way: try again in a minute",
    again: "busy",
  },
  resource_locked: {
    code: "forbidden",
    kind: "protected",
    hint: "Hetzner locked it: ask their support",
  },
  protected: {
    code: "forbidden",
    kind: "protected",
    hint: "somebody protected these records against changes: lift the protection in Hetzner Console",
  },
  rate_limit_exceeded: { code: "rate-limited", again: "limit" },
  incorrect_zone_mode: {
    code: "unsupported",
    hint: "it is a secondary zone: Hetzner copies its records from your own name server, so change them there",
  },
  invalid_input: { code: "invalid" },
  json_error: { code: "invalid" },
  unsupported_error: { code: "unsupported" },
  deprecated_api_endpoint: {
    code: "unsupported",
    hint: "Hetzner removed this part of its API: update Capstan",
  },
  resource_limit_exceeded: {
    code: "invalid",
    hint: "the project may have no more of these: raise the limit in Hetzner Console",
  },
  maintenance: { ...broken, again: "busy" },
  resource_unavailable: broken,
  unavailable: broken,
  service_error: broken,
  server_error: broken,
  unknown_error: broken,
  bad_gateway: broken,
  timeout: broken,
};

/** Stands in for a code that is not in the table above. */
const byStatus: Readonly<Record<number, string>> = {
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  410: "deprecated_api_endpoint",
  423: "locked",
  429: "rate_limit_exceeded",
};
/** Nothing more is known of a 409 with a new code: it may last, and it may be the answer to a change that was made. */
const newConflict: Meaning = {
  code: "conflict",
  hint: "run `capstan dns check`, then try again",
};
/** Only these statuses say by themselves that nothing was done and that the same request may work later. */
const againStatuses: ReadonlySet<number> = new Set([423, 429]);

export interface Understood {
  readonly meaning: Meaning;
  /** Whether Hetzner itself says that it was not carried out, as opposed to having failed somewhere. */
  readonly refused: boolean;
}

/** What a code means. The status decides for a new code, but does not cause another try unless it is 423 or 429. */
export function understand(code: string | null, status: number): Understood {
  const known = code === null ? undefined : meanings[code];
  const meaning = known ?? meaningOf(status);
  return { meaning, refused: meaning.code !== "unavailable" };
}

function meaningOf(status: number): Meaning {
  if (status === 409) return newConflict;
  const meaning = meanings[byStatus[status] ?? ""];
  if (meaning === undefined) return status >= 500 ? broken : { code: "invalid" };
  return againStatuses.has(status) ? meaning : { ...meaning, again: null };
}

/** The error of an action that ended in one; `line` is what Hetzner says of it. */
export function actionError(code: string, what: string, line: string): CapstanError {
  const { code: ours, kind, hint } = meanings[code] ?? { code: "unavailable" };
  return new CapstanError(ours, `Hetzner started to ${what} and then failed: ${line}`, {
    hint: hint ?? "run `capstan dns check`, then try again",
    ...(kind === undefined ? {} : { kind }),
  });
}

/** `name: is too long; …` of an `invalid_input`; empty without such details. */
export function fieldWords(details: unknown): string {
  if (typeof details !== "object" || details === null) return "";
  const { fields } = details as { readonly fields?: unknown };
  if (!Array.isArray(fields)) return "";
  return fields
    .slice(0, 5)
    .flatMap((field: unknown) => {
      if (typeof field !== "object" || field === null) return [];
      const { name, messages } = field as { readonly name?: unknown; readonly messages?: unknown };
      const said = Array.isArray(messages) ? messages.filter((one) => typeof one === "string") : [];
      return typeof name === "string" && said.length > 0 ? [`${name} ${said.join(", ")}`] : [];
    })
    .join("; ");
}
