// One thing that the doctor looks at, and looking at all of them: side by side, each with its own end, so that
// one that hangs or breaks hides no other.
import type { Clock } from "../lib/clock.ts";
import { isCapstanError, toCapstanError } from "../lib/errors.ts";
import type { Connection } from "../model/connection.ts";

/** What a look found: the connection without its name. */
export type Finding = Pick<Connection, "status" | "message" | "next">;

export interface Check {
  readonly id: string;
  readonly title: string;
  /** A failure that it throws is a finding: its message, and its hint as what to do. */
  readonly look: () => Promise<Finding>;
}

export const pass = (message: string): Finding => ({ status: "pass", message, next: null });
export const skip = (message: string): Finding => ({ status: "skip", message, next: null });
export const warn = (message: string, next: string): Finding => ({ status: "warn", message, next });
export const fail = (message: string, next: string): Finding => ({ status: "fail", message, next });

/** A look that takes longer is given up; what it began ends by itself. */
export const lookTimeoutMs = 45_000;

export interface LookParts {
  readonly clock: Clock;
  /** Takes secrets out of texts of unknown origin. */
  readonly redact: (text: string) => string;
  /** For each look; `lookTimeoutMs` when it is left out. */
  readonly timeoutMs?: number;
}

/** What an error means to whoever reads the list. */
export function findingOf(error: unknown): Finding {
  const known = toCapstanError(error);
  const next = known.hint ?? "see the log for more; LOG_LEVEL=debug says most";
  return fail(
    isCapstanError(error) ? known.message : `an unexpected error: ${known.message}`,
    next,
  );
}

async function lookAt({ id, title, look }: Check, parts: LookParts): Promise<Connection> {
  const { clock, redact, timeoutMs = lookTimeoutMs } = parts;
  let cancel = (): void => undefined;
  const late = new Promise<Finding>((resolve) => {
    cancel = clock.after(timeoutMs, () => {
      const seconds = Math.round(timeoutMs / 1_000);
      resolve(
        fail(`no answer within ${seconds} s`, "check whether it is up, and what lies between"),
      );
    });
  });
  const found = await Promise.race([look().catch(findingOf), late]);
  cancel();
  const { status, message, next } = found;
  const oneLine = (text: string): string => redact(text).replaceAll(/\s+/g, " ").trim();
  return {
    id,
    title,
    status,
    message: oneLine(message),
    next: next === null ? null : oneLine(next),
  };
}

/** In the order of the checks. Never throws. */
export function lookAtAll(
  checks: readonly Check[],
  parts: LookParts,
): Promise<readonly Connection[]> {
  return Promise.all(checks.map((check) => lookAt(check, parts)));
}
