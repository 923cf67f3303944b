// Hetzner answers a change at once with an action, which may still run. It is followed to its end here, for a
// bounded time.
import { backoffMs } from "../lib/backoff.ts";
import type { BackoffPolicy } from "../lib/backoff.ts";
import type { Clock } from "../lib/clock.ts";
import { CapstanError, isCapstanError } from "../lib/errors.ts";
import type { Redactor } from "../lib/redact.ts";
import { shortLine } from "../lib/short-text.ts";
import { actionError } from "./hetzner-errors.ts";
import type { HetznerRest } from "./hetzner-rest.ts";
import { actionAnswer } from "./hetzner-wire.ts";
import type { ActionRow } from "./hetzner-wire.ts";

const pollBackoff: BackoffPolicy = { firstMs: 250, maxMs: 4_000, jitter: 0.2 };
const longestMs = 60_000;
const lookHint = "run `capstan dns check` before you try again";

/** Resolves when the action succeeded; throws what it failed with, or `uncertain` when it does not end. */
export async function awaitAction(
  first: ActionRow,
  what: string,
  deps: {
    readonly rest: HetznerRest;
    readonly clock: Clock;
    readonly random: () => number;
    readonly redactor: Redactor;
    readonly signal?: AbortSignal;
  },
): Promise<void> {
  const { rest, clock, random, redactor, signal } = deps;
  const deadlineMs = clock.now() + longestMs;
  let action = first;
  for (let polls = 1; action.status === "running"; polls++) {
    const waitMs = backoffMs(pollBackoff, polls, random());
    if (clock.now() + waitMs > deadlineMs) {
      const said = `Hetzner started to ${what} and has not finished after ${longestMs / 1_000} s`;
      throw new CapstanError("uncertain", said, { hint: lookHint });
    }
    await clock.sleep(waitMs, signal);
    try {
      const ask = { path: `/actions/${action.id}`, what: "tell how far a change is" };
      ({ action } = await rest.send(ask, actionAnswer));
    } catch (error) {
      if (!isCapstanError(error)) throw error;
      const said = `Hetzner started to ${what}, and the result is unknown: ${error.message}`;
      throw new CapstanError("uncertain", said, { hint: lookHint, cause: error });
    }
  }
  if (action.status === "success") return;
  const { code, message } = action.error ?? { code: "", message: "it does not say why" };
  throw actionError(code, what, shortLine(message, redactor));
}
