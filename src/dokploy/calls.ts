// What a call of one of Dokploy's procedures is, and which writes must not overlap.
import { CapstanError } from "../lib/errors.ts";
import { largestRequestBytes } from "../model/request-size.ts";

export type Input = Readonly<Record<string, unknown>>;

export interface Call {
  readonly procedure: string;
  /** Null for a procedure that takes none. */
  readonly input: Input | null;
  readonly timeoutMs?: number;
  /** A request of the lease itself: it waits neither for the lease nor behind others. */
  readonly isOfLease?: true;
}

export const defaultTimeoutMs = 30_000;
/** Deleting a compose service takes 10 s, and a busy server adds to that. */
const deletionTimeoutMs = 120_000;
export const maxAnswerBytes = 64 * 1024 * 1024;

const laneRouters = /^(?:domain|security|redirects)\./;
const deletions = /\.(?:delete|remove)$/;

/** Whether a write must not overlap with another such write on the server. */
export function needsLane(procedure: string): boolean {
  return laneRouters.test(procedure) || (deletions.test(procedure) && procedure !== "tag.remove");
}

export function timeoutOf(call: Call): number {
  const usual = deletions.test(call.procedure) ? deletionTimeoutMs : defaultTimeoutMs;
  return call.timeoutMs ?? usual;
}

export function encodeBody(body: unknown, procedure: string): string {
  const text = JSON.stringify(body);
  if (Buffer.byteLength(text) > largestRequestBytes) {
    throw new CapstanError(
      "invalid",
      `${procedure} is too large for Dokploy (1 MB in one request)`,
      {
        hint: "make the env or the mounted file smaller",
      },
    );
  }
  return text;
}

export function queryString(input: Input | null): string {
  const entries = Object.entries(input ?? {});
  if (entries.length === 0) return "";
  const parameters = new URLSearchParams();
  for (const [name, value] of entries) parameters.set(name, String(value));
  return `?${parameters.toString()}`;
}
