// The lease of a server at work: one thing at a time is done with it, it is renewed while there is work, and it is the
// gate through which every other write goes. The rules are in the pure machine (`machine.ts`), what is known and asked
// in `known.ts`, and how this process stands to it in `standing.ts`.
import type { Clock } from "../../lib/clock.ts";
import { CapstanError } from "../../lib/errors.ts";
import type { Logger } from "../../lib/logger.ts";
import type { Moment } from "../../lib/moment.ts";
import { leaseWords } from "../../model/lease-text.ts";
import type { Lease } from "../../ports-lease.ts";
import { breakLease, reportLease } from "./by-hand.ts";
import { createGate } from "./gate.ts";
import type { LeaseGate } from "./gate.ts";
import { createKnown } from "./known.ts";
import { createOwnTexts } from "./own-texts.ts";
import type { OwnTextsOptions } from "./own-texts.ts";
import { createRenewals } from "./renewals.ts";
import { createStanding } from "./standing.ts";
import type { LeaseTags } from "./tags.ts";

export interface LeaseOptions extends OwnTextsOptions {
  readonly moment: () => Moment;
  /** Others stand by: it is kept while nothing is written too. */
  readonly isSteady?: boolean;
}

/** Lets a look ride in the batch of something else; call it before that is asked. */
export type LookAlong = () => (answer: unknown) => void;

/** One after another: each piece of work decides on what the one before found. */
function createLane(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
}

function heldError(why: string): CapstanError {
  return new CapstanError("conflict", why, {
    hint: "set CAPSTAN_URL to its address to ask it, or stop it; `capstan lease` shows who holds the server",
  });
}

export function createLease(
  tags: LeaseTags,
  clock: Clock,
  logger: Logger,
  options: LeaseOptions,
): { readonly lease: Lease; readonly gate: LeaseGate; readonly lookAlong: LookAlong } {
  const { ttlMs, moment, isSteady = false } = options;
  const exclusive = createLane();
  const texts = createOwnTexts(clock, options);
  const known = createKnown(tags, { texts, ttlMs, moment, taken });
  const standing = createStanding({ known, texts, logger });
  const renewals = createRenewals({
    ...{ clock, moment, ttlMs, isSteady, known },
    renew: () => exclusive(renew),
  });
  let sinceMs = 0;

  function taken(): void {
    sinceMs = clock.now();
    renewals.used();
    renewals.schedule();
  }

  async function renew(): Promise<void> {
    const { held } = known.state();
    if (held === null) return;
    await known.renew(held.tagId);
    if (known.isHeld()) renewals.schedule();
    standing.noticeLoss();
  }

  function isOpen(): boolean {
    const { held } = known.state();
    // The last quarter is for what was sent before.
    return standing.isUnguarded() || (held !== null && moment().agedMs < held.endsAtMs - ttlMs / 4);
  }

  const gate = createGate({
    isOpen,
    isHeld: () => known.isHeld(),
    used: () => {
      renewals.used();
    },
    renew: () => exclusive(async () => (isOpen() ? undefined : renew())),
    whyNot() {
      const row = known.state().seen?.row;
      return row === undefined || texts.isOwn(row.text) ? null : leaseWords(row.text);
    },
  });

  const lookAlong: LookAlong = () => {
    const asked = moment();
    return (answer) => {
      if (known.lookedAlong(answer, asked)) standing.noticeLoss();
    };
  };

  async function take(onlyLooks?: boolean): ReturnType<Lease["take"]> {
    texts.recall();
    if (!known.isHeld()) known.doubt();
    return standing.settle(onlyLooks);
  }

  async function hold(): ReturnType<Lease["hold"]> {
    renewals.used();
    if (known.isHeld() && !isOpen()) await renew();
    if (!known.isHeld() && !standing.isUnguarded()) {
      known.doubt();
      const now = await standing.settle();
      if (now.kind === "waits") {
        standing.lose(now.why);
        throw heldError(now.why);
      }
    }
    return { epoch: known.state().epoch, sinceMs };
  }

  async function giveBack(): Promise<void> {
    renewals.stop();
    const tagId = standing.resign();
    // Nothing is written on the strength of it any more, whatever the answer is.
    known.giveUp();
    if (tagId !== null) await tags.update(tagId, texts.free()).catch(() => undefined);
  }

  const lease: Lease = {
    take: (onlyLooks) => exclusive(() => take(onlyLooks)),
    hold: () => exclusive(hold),
    isHeld: (epoch) => standing.isUnguarded() || (known.state().epoch === epoch && known.isHeld()),
    onLost(lost) {
      standing.onLost(lost);
    },
    giveBack: () => exclusive(giveBack),
    report: () => exclusive(() => reportLease(tags)),
    break: (code) => exclusive(() => breakLease(tags, texts, code)),
  };

  return { lease, gate, lookAlong };
}
