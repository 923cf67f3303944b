// What Dokploy's refusals mean. Its two interfaces (/api and /api/trpc) word the same refusal in two
// ways; both are read into one Refusal first, and one table gives each its code and its hint.
import { CapstanError } from "../lib/errors.ts";
import type { ErrorCode, ErrorKind } from "../lib/errors.ts";
import type { Redactor } from "../lib/redact.ts";
import { causeCodes, isUntrusted, untrustedHint } from "../lib/unanswered.ts";
import { issueText, plainMessage } from "./words.ts";
import type { Issue } from "./words.ts";

export interface Refusal {
  readonly status: number;
  readonly message: string;
  /** `NOT_FOUND`, `BAD_REQUEST`, …; null in the answers that come before Dokploy looks at the request. */
  readonly code: string | null;
  /** The procedure that answered; null when no procedure was reached. */
  readonly path: string | null;
  readonly issues: readonly Issue[];
  readonly retryAfterMs: number | null;
}

export interface Asked {
  readonly procedure: string;
  readonly isWrite: boolean;
  readonly via: "api" | "trpc";
}

export const hints = {
  key: "make a key in Dokploy under Settings → Profile → API/CLI Keys and set it as DOKPLOY_API_TOKEN",
  keyOrLimit:
    "the key is wrong, was deleted, or has used up its rate limit, which Dokploy does not tell apart: make a key without a rate limit in Dokploy under Settings → Profile → API/CLI Keys and set it as DOKPLOY_API_TOKEN",
  limit:
    "the key has used up its rate limit: make one without a rate limit in Dokploy under Settings → Profile → API/CLI Keys",
  role: "use a key of an owner or admin of the organisation that owns these projects (Settings → Profile → API/CLI Keys of that person)",
  url: "DOKPLOY_URL does not point at a Dokploy server: it must be the address of Dokploy's own web interface, without a path",
  proxy: "a proxy answered in place of Dokploy: check whether Dokploy is running or restarting",
  observe: "it may have happened: look at the server before anything is sent again",
  version: "this version of Dokploy differs from the one that Capstan knows; see `capstan doctor`",
} as const;

interface Rule {
  readonly when: (refusal: Refusal, asked: Asked) => boolean;
  readonly code: ErrorCode | ((asked: Asked) => ErrorCode);
  readonly hint?: string | ((asked: Asked) => string);
  /** In place of Dokploy's own words, where those mislead. */
  readonly says?: string;
  readonly kind?: ErrorKind;
  /** The whole message, where it is no refusal of a request. */
  readonly message?: (words: string) => string;
}

const deployFailed = /^Error on deploy \w*?(?:Error: )/i;

/** The first rule that fits decides. */
const rules: readonly Rule[] = [
  {
    // Before any procedure: the key was not accepted.
    when: ({ status, code }) => status === 401 && code === null,
    code: "unauthorised",
    hint: hints.keyOrLimit,
    says: "the key was not accepted",
  },
  {
    // /api verifies a key twice; the first passed, so the key is good and its limit was hit in between.
    when: ({ status, message }, { via }) =>
      status === 401 && message === "UNAUTHORIZED" && via === "api",
    code: "rate-limited",
    hint: hints.limit,
    says: "the key's rate limit was reached",
  },
  {
    when: ({ status, message }) => status === 401 && message === "UNAUTHORIZED",
    code: "unauthorised",
    hint: hints.keyOrLimit,
    says: "the key was not accepted",
  },
  {
    when: ({ status, message }) =>
      status === 401 || status === 403 || /unauthorized to access resource/i.test(message),
    code: "forbidden",
    hint: hints.role,
  },
  { when: ({ status }) => status === 429, code: "rate-limited" },
  {
    // The batches' way to name an unknown procedure has a path too: absence must not be read from it.
    when: ({ status, path, message }) =>
      status === 404 && path !== null && !/^no \S*\s*procedure/i.test(message),
    code: "not-found",
  },
  {
    // Another server's words for it.
    when: ({ status, code }) => status === 404 && code === null,
    code: "unavailable",
    hint: hints.url,
    says: "the server does not know it",
  },
  {
    when: ({ status }) => status === 404 || status === 405,
    code: "unsupported",
    hint: hints.version,
    says: "there is no such procedure",
  },
  {
    // Dokploy's way to say of an update that the thing is not there.
    when: ({ status, message }) =>
      status === 400 && /^Error updating (?:application$|.*\bnot found$)/i.test(message),
    code: "not-found",
  },
  {
    when: ({ status, message }) => status === 409 || /it has active services/i.test(message),
    code: "conflict",
  },
  {
    when: ({ status }) => status === 413,
    code: "invalid",
    hint: "Dokploy takes at most 1 MB in one request: make the env or the mounted file smaller",
  },
  { when: ({ status }) => status >= 400 && status < 500 && status !== 408, code: "invalid" },
  {
    // A database is deployed while the request lasts: docker's refusal is the answer, and nothing is under way.
    when: ({ message, path }) => path?.endsWith(".deploy") === true && deployFailed.test(message),
    code: "invalid",
    kind: "deploy-failed",
    message: (words) => `the deployment failed: ${words}`,
  },
  {
    // Its own words: it has ended, and cannot land later.
    when: ({ status, code }, { isWrite }) => isWrite && status >= 500 && code !== null,
    code: "uncertain",
    kind: "failed-inside",
    hint: hints.observe,
  },
  {
    when: () => true,
    code: ({ isWrite }) => (isWrite ? "uncertain" : "unavailable"),
    hint: ({ isWrite }) =>
      isWrite
        ? hints.observe
        : "Dokploy failed inside: its own log says more (docker service logs dokploy)",
  },
];

export function refusalError(refusal: Refusal, asked: Asked, redactor: Redactor): CapstanError {
  const rule = rules.find(({ when }) => when(refusal, asked));
  if (rule === undefined) return new CapstanError("internal", "a refusal without a rule");
  const code = typeof rule.code === "function" ? rule.code(asked) : rule.code;
  const hint = typeof rule.hint === "function" ? rule.hint(asked) : rule.hint;
  const message = refusal.message.replace(deployFailed, "");
  const words =
    rule.says ??
    plainMessage(refusal.issues.length > 0 ? issueText(refusal.issues) : message, redactor);
  const verb = refusal.status >= 500 ? "failed at" : "refused";
  const told = rule.message?.(words) ?? `Dokploy ${verb} ${asked.procedure}: ${words}`;
  return new CapstanError(code, told, {
    ...(hint === undefined ? {} : { hint }),
    ...(rule.kind === undefined ? {} : { kind: rule.kind }),
    ...(refusal.retryAfterMs === null ? {} : { retryAfterMs: refusal.retryAfterMs }),
  });
}

/** An answer that is not Dokploy's, or not whole. A write may have happened nevertheless. */
export function strangeAnswer(
  asked: Asked,
  what: string,
  hint: string | undefined,
  mayHaveHappened: boolean,
): CapstanError {
  return asked.isWrite && mayHaveHappened
    ? new CapstanError("uncertain", `${asked.procedure}: ${what}`, { hint: hint ?? hints.observe })
    : new CapstanError(
        "unavailable",
        `${asked.procedure}: ${what}`,
        hint === undefined ? {} : { hint },
      );
}

/** What to do when there was no answer at all. */
export function unansweredHint(error: unknown): string {
  const codes = causeCodes(error);
  if (codes.some((code) => code.startsWith("ERR_SSL_"))) {
    return "what answers there does not speak https: try http:// in DOKPLOY_URL";
  }
  if (isUntrusted(codes)) return `its certificate is not trusted: ${untrustedHint}`;
  if (codes.includes("UND_ERR_ABORTED")) {
    return "the proxy does not let it through: check the address and login in HTTPS_PROXY (or HTTP_PROXY), and NO_PROXY";
  }
  return "check whether Dokploy is running and DOKPLOY_URL is its address";
}
