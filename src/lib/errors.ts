// The closed set of failures that Capstan knows by name. Every error says whether trying the same
// again can help; adapters translate what they meet into one of these and nothing else crosses a port.

export const errorCodes = [
  "unauthorised", // the key is bad or missing, or (Dokploy does not tell them apart) rate-limited
  "forbidden", // the key is good, its role is not enough
  "denied", // ours: whoever asks may not do this, or has as much as is allowed
  "rate-limited",
  "not-found",
  "invalid", // the other side understood and refused; the same request will be refused again
  "conflict", // somebody else owns or changed it
  "uncertain", // a write was sent and its answer lost: it may or may not have happened
  "unavailable", // nothing answered, or not what we asked for (HTML, cut off, wrong shape)
  "unsupported", // a version or feature that Capstan does not know
  "cancelled", // we stopped it ourselves
  "internal", // a bug of ours
] as const;
export type ErrorCode = (typeof errorCodes)[number];

const retryable: Record<ErrorCode, boolean> = {
  unauthorised: true,
  forbidden: true,
  denied: false,
  "rate-limited": true,
  "not-found": false,
  invalid: false,
  conflict: false,
  uncertain: true,
  unavailable: true,
  unsupported: false,
  cancelled: false,
  internal: true,
};

/** What exactly happened, where callers must tell it from other failures of the same code. */
export type ErrorKind =
  | "no-commits" // it can be read, and nobody has pushed to it yet
  | "empty-repository" // it can be read, and nothing is in it where stacks are looked for
  | "no-connection" // nothing answered at all
  | "exists" // something of that name is there already
  | "locked" // another change of the same thing is still under way
  | "failed-inside" // it answered that it failed: nothing of it is under way any more
  | "deploy-failed" // it was carried out at once and failed; nothing is under way
  | "protected" // somebody protected it against changes
  | "token-read-only"; // the token is good for reading alone

export interface ErrorDetails {
  readonly kind?: ErrorKind;
  /** What a person can do about it, as one sentence. */
  readonly hint?: string;
  /** As told by the other side (Retry-After), in milliseconds. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

export class CapstanError extends Error {
  readonly code: ErrorCode;
  readonly kind: ErrorKind | undefined;
  readonly hint: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "CapstanError";
    this.code = code;
    this.kind = details.kind;
    this.hint = details.hint;
    this.retryAfterMs = details.retryAfterMs;
  }

  /** Whether the same request may succeed later without anybody changing its input. */
  get retryable(): boolean {
    return retryable[this.code];
  }
}

export function isCapstanError(error: unknown, code?: ErrorCode): error is CapstanError {
  return error instanceof CapstanError && (code === undefined || error.code === code);
}

/** Any thrown value as a CapstanError; what is not one already is an `internal` one. */
export function toCapstanError(error: unknown): CapstanError {
  if (error instanceof CapstanError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new CapstanError("internal", message, { cause: error });
}

/** `message (hint)` for one line of a terminal or a log. */
export function describeError(error: unknown): string {
  const known = toCapstanError(error);
  return known.hint === undefined ? known.message : `${known.message} (${known.hint})`;
}
