// What a host's refusals mean: each status its code and a hint that says what a person can do.
import { CapstanError } from "../lib/errors.ts";
import type { ErrorCode } from "../lib/errors.ts";
import type { HttpResponse } from "../lib/http.ts";
import type { Redactor } from "../lib/redact.ts";
import { shortLine } from "../lib/short-text.ts";
import type { Dialect } from "./options.ts";
import { refusalWords } from "./words.ts";

/** What was asked, for the message: `set the status of 1a2b3c4d5e6f`. */
export interface Asked {
  readonly what: string;
  readonly isWrite: boolean;
  /** A write that may be sent again without harm; its lost answer is no uncertainty. */
  readonly harmless: boolean;
}

export const hints = {
  observe: "it may have happened: look before it is sent again",
  address:
    "FORGE_URL must be the address of the host's start page, such as https://git.example.com; if it is, a proxy or a sign-in page answers in its place",
} as const;

interface Meaning {
  readonly code: ErrorCode;
  readonly hint?: (dialect: Dialect) => string;
}

const meanings: Readonly<Record<number, Meaning>> = {
  401: {
    code: "unauthorised",
    hint: ({ rights }) =>
      `the token is wrong, has expired or was withdrawn: make one with ${rights} and set it as FORGE_TOKEN`,
  },
  403: {
    code: "forbidden",
    hint: ({ rights }) =>
      `the token needs ${rights}, and its account must be allowed to write to the repository and branch`,
  },
  404: {
    code: "not-found",
    hint: () =>
      "it is not there, or the token may not see it: check FORGE_REPOSITORY, the token's rights and whether its account belongs to the repository",
  },
  405: { code: "unsupported", hint: () => "this version of the host does not know the request" },
  409: { code: "conflict" },
  410: { code: "unsupported", hint: () => "the host has switched this off for the repository" },
  413: { code: "invalid", hint: () => "it is too large for the host, or a quota is used up" },
  423: { code: "forbidden", hint: () => "the repository is archived: nobody can write to it" },
  451: { code: "forbidden", hint: () => "the host has blocked the repository" },
};

/** The error that an answer means which is no success. `pausedMs`: it is a refusal for too many requests. */
export function refusalError(
  response: HttpResponse & { readonly json: unknown },
  asked: Asked,
  context: {
    readonly dialect: Dialect;
    readonly redactor: Redactor;
    readonly pausedMs: number | null;
  },
): CapstanError {
  const { status } = response;
  const { dialect, redactor, pausedMs } = context;
  const told = refusalWords(response.json);
  const line = shortLine(told ?? `status ${status}`, redactor);
  const message = `${dialect.title} refused to ${asked.what}: ${line}`;
  if (pausedMs !== null) {
    return new CapstanError("rate-limited", `${message} (too many requests)`, {
      retryAfterMs: pausedMs,
      hint: "Capstan waits as long as the host asks; another program may use up the same account's limit",
    });
  }
  if (status >= 300 && status < 400) return redirectError(response, asked, dialect, redactor);
  if (status >= 500 || status < 200) {
    const failed = `${dialect.title} failed to ${asked.what}: ${line}`;
    return unclear(asked, failed, "look at the host's own log, or check whether it is restarting");
  }
  // A page in place of an answer: not the host's interface, whatever its status says. A 404 of another
  // server must not be read as absence.
  const isPage = told === null && response.json === undefined && response.text.trim() !== "";
  if (isPage && status !== 413) {
    const strange = `${dialect.title} did not answer as its API does when asked to ${asked.what} (status ${status})`;
    return new CapstanError("unavailable", strange, { hint: hints.address });
  }
  const meaning = meanings[status];
  const hint = meaning?.hint?.(dialect);
  return new CapstanError(meaning?.code ?? "invalid", message, hint === undefined ? {} : { hint });
}

function redirectError(
  response: HttpResponse,
  asked: Asked,
  dialect: Dialect,
  redactor: Redactor,
): CapstanError {
  const location = response.headers.get("location");
  const target = location === null ? null : URL.parse(location, dialect.base);
  const from = new URL(dialect.base);
  const message = `${dialect.title} sent the request to ${asked.what} to another address`;
  if (target === null) return new CapstanError("unavailable", message, { hint: hints.address });
  const where = shortLine(`${target.origin}${target.pathname}`, redactor);
  if (target.host !== from.host || target.protocol !== from.protocol) {
    return new CapstanError("unavailable", `${message}: ${where}`, {
      hint: `set FORGE_URL to where the host really is; it points to ${target.origin}`,
    });
  }
  if (!target.pathname.startsWith(from.pathname)) {
    return new CapstanError("unavailable", `${message}: ${where}`, { hint: hints.address });
  }
  return new CapstanError("not-found", `${message}: ${where}`, {
    hint: "the repository was moved or renamed: set FORGE_REPOSITORY (and GIT_URL) to its new name",
  });
}

/** No answer, or none that can be understood, after which nobody knows whether a write happened. */
export function unclear(asked: Asked, message: string, hint: string): CapstanError {
  return asked.isWrite && !asked.harmless
    ? new CapstanError("uncertain", message, { hint: hints.observe })
    : new CapstanError("unavailable", message, { hint });
}
