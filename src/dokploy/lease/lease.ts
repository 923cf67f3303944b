// The lease of a server at work: carries out what the pure machine (`machine.ts`) says, one step at a time, renews
// while there is work, and is the gate through which every other write goes (`gate`).
import type { Clock } from "../../lib/clock.ts";
import { CapstanError } from "../../lib/errors.ts";
import type { Logger } from "../../lib/logger.ts";
import type { Moment } from "../../lib/moment.ts";
import { holderWords, leaseText, parseLeaseText } from "../../model/lease-text.ts";
import type { LeaseText } from "../../model/lease-text.ts";
import type { Lease, LeaseStanding } from "../../ports-lease.ts";
import type { LeaseGate } from "./gate.ts";
import {
  created,
  isHeld,
  looked,
  nextStep,
  nothingKnown,
  removed,
  stamped,
  updated,
  type LeaseRules,
  type LeaseState,
  type Row,
} from "./machine.ts";
import { hidesTags, type LeaseTags } from "./tags.ts";

/** What this process wrote, kept where its next start finds it: then a crash costs no waiting. */
export interface LeaseMemory {
  /** Texts of an earlier process that has ended. */
  earlier(): readonly string[];
  /** Called before a text is sent; never throws. */
  save(texts: readonly string[]): void;
}

export interface LeaseOptions {
  readonly ttlMs: number;
  readonly by: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  /** Unique for each start of each process. */
  readonly writer: string;
  readonly memory: LeaseMemory;
  readonly moment: () => Moment;
}

/** Lets a look ride in the batch of something else; call it before that is asked. */
export type LookAlong = () => (answer: unknown) => void;

const mostSteps = 12;
const rememberedTexts = 6;

export function createLease(
  tags: LeaseTags,
  clock: Clock,
  logger: Logger,
  options: LeaseOptions,
): { readonly lease: Lease; readonly gate: LeaseGate; readonly lookAlong: LookAlong } {
  const { ttlMs, moment, memory, writer } = options;
  let state: LeaseState = nothingKnown;
  let number = 0;
  let sinceMs = 0;
  let since = "";
  let isUnguarded = false;
  /** Taken, and neither lost nor given back since; it may have lapsed. */
  let leads = false;
  let usedMs = -Infinity;
  let cancelRenewal: (() => void) | null = null;
  let onLost: (holder: string) => void = () => undefined;
  let earlier: ReadonlySet<string> | null = null;
  let texts: readonly string[] = [];
  let queue: Promise<unknown> = Promise.resolve();

  const rules: LeaseRules = {
    ttlMs,
    isOwn(text) {
      const parsed = parseLeaseText(text);
      if (parsed === null || parsed.state === "broken") return false;
      return parsed.writer === writer || (earlier?.has(text) ?? false);
    },
  };

  /** One after another: each step decides on what the one before found. */
  function exclusive<T>(work: () => Promise<T>): Promise<T> {
    const done = queue.then(work);
    queue = done.catch(() => undefined);
    return done;
  }

  /** A new text, remembered before anybody can see it. */
  function newText(kind: LeaseText["state"]): string {
    number += 1;
    const { by, host, pid, version } = options;
    const nowMs = clock.now();
    if (kind === "held" && !isHeld(state, moment())) since = iso(nowMs);
    const text = leaseText({
      ...{ state: kind, by, host, pid, version, writer, number, ttlMs },
      since: kind === "held" ? since : iso(nowMs),
      until: iso(kind === "free" ? nowMs : nowMs + ttlMs),
    });
    if (kind !== "broken") {
      texts = [...texts, text].slice(-rememberedTexts);
      memory.save(texts);
    }
    return text;
  }

  function noticeLoss(): void {
    const row = state.seen?.row;
    if (!leads || isHeld(state, moment()) || row === undefined || rules.isOwn(row.text)) return;
    if (parseLeaseText(row.text)?.state === "free") return;
    leads = false;
    onLost(holderWords(row.text));
  }

  async function look(): Promise<void> {
    const asked = moment();
    let row: Row | null;
    try {
      row = await tags.read();
    } catch (error) {
      if (!hidesTags(error)) throw error;
      state = { ...state, isForbidden: true, isDoubtful: false, seen: null };
      return;
    }
    state = looked(state, row, rules, asked, moment());
  }

  async function create(): Promise<void> {
    const text = newText("held");
    const sent = moment();
    const answer = await tags.create(text);
    const before = state.epoch;
    state = created(state, { ...answer, text }, rules, sent, moment());
    if (state.epoch !== before) taken();
  }

  async function renew(): Promise<void> {
    const { held } = state;
    if (held === null) return;
    const text = newText("held");
    const sent = moment();
    const kind = await tags.update(held.tagId, text);
    state = updated(state, { kind, text }, rules, sent, moment());
    if (state.isDoubtful) await look();
    if (isHeld(state, moment())) scheduleRenewal();
    noticeLoss();
  }

  function taken(): void {
    sinceMs = clock.now();
    usedMs = moment().agedMs;
    scheduleRenewal();
  }

  function scheduleRenewal(): void {
    cancelRenewal?.();
    const { held } = state;
    if (held === null) return;
    const leftMs = held.endsAtMs - moment().agedMs;
    // At half of its time; again soon when that one failed.
    const inMs = leftMs > ttlMs / 2 ? leftMs - ttlMs / 2 : Math.min(ttlMs / 12, leftMs);
    cancelRenewal = clock.after(Math.max(1, inMs), () => {
      // Nothing was written for long: it may lapse, and is taken again before the next write.
      if (moment().agedMs - usedMs > ttlMs || !isHeld(state, moment())) return;
      void exclusive(renew).catch(() => {
        scheduleRenewal();
      });
    });
  }

  async function settle(): Promise<LeaseStanding> {
    for (let steps = 0; steps < mostSteps; steps++) {
      const before = state.epoch;
      const step = nextStep(state, rules, moment());
      switch (step.do) {
        case "hold":
          leads = true;
          isUnguarded = false;
          return { kind: "held" };
        case "go-unguarded":
          if (!isUnguarded) {
            logger.warn(
              { reason: "the key may not write tags" },
              "no lease guards this server: run one Capstan for each instance name",
            );
          }
          isUnguarded = true;
          leads = true;
          return { kind: "unguarded" };
        case "wait": {
          isUnguarded = false;
          const text = step.holder?.text ?? "";
          const holder =
            step.holder === null
              ? "nobody: somebody deleted the lease by hand"
              : holderWords(step.holder.text);
          return { kind: "waits", holder, text, forMs: step.forMs };
        }
        case "look":
          await look();
          if (state.epoch !== before) taken();
          break;
        case "create":
          await create();
          break;
        case "stamp": {
          const kind = await tags.update(step.row.tagId, newText("broken"));
          state = stamped(state, kind, moment());
          break;
        }
        case "remove": {
          const kind = await tags.remove(step.row.tagId);
          state = removed(state, step.row, kind, moment());
          break;
        }
      }
    }
    throw new CapstanError("unavailable", "the lease of this server could not be taken", {
      hint: "Dokploy refuses to make its tag: look at the tags in Dokploy's settings, and at its log",
    });
  }

  const isOpen = (): boolean => {
    const { held } = state;
    // The last quarter is for what was sent before.
    return isUnguarded || (held !== null && moment().agedMs < held.endsAtMs - ttlMs / 4);
  };

  const gate: LeaseGate = {
    isOpen,
    busy() {
      usedMs = moment().agedMs;
    },
    async enter(procedure) {
      usedMs = moment().agedMs;
      if (isOpen()) return;
      if (isHeld(state, moment())) await exclusive(async () => (isOpen() ? undefined : renew()));
      if (isOpen()) return;
      throw new CapstanError("conflict", `${procedure} was not sent: ${notHeldWords()}`, {
        hint: "the server is read again first",
      });
    },
  };

  function notHeldWords(): string {
    const row = state.seen?.row;
    return row === undefined || rules.isOwn(row.text)
      ? "this process does not hold the lease of the server any more"
      : `${holderWords(row.text)} holds this server`;
  }

  const lookAlong: LookAlong = () => {
    const asked = moment();
    return (answer) => {
      let row: Row | null;
      try {
        row = tags.find(answer);
      } catch {
        return;
      }
      const before = state.epoch;
      state = looked(state, row, rules, asked, moment());
      if (state.epoch !== before) taken();
      noticeLoss();
    };
  };

  const lease: Lease = {
    take: () =>
      exclusive(async () => {
        earlier ??= new Set(memory.earlier());
        if (!isHeld(state, moment())) state = { ...state, isDoubtful: true };
        return settle();
      }),
    hold: () =>
      exclusive(async () => {
        usedMs = moment().agedMs;
        if (isHeld(state, moment()) && !isOpen()) await renew();
        if (!isHeld(state, moment()) && !isUnguarded) {
          state = { ...state, isDoubtful: true };
          const standing = await settle();
          if (standing.kind === "waits") {
            leads = false;
            onLost(standing.holder);
            throw heldError(standing.holder);
          }
        }
        return { epoch: state.epoch, sinceMs };
      }),
    isHeld: (epoch) => isUnguarded || (state.epoch === epoch && isHeld(state, moment())),
    onLost(lost) {
      onLost = lost;
    },
    giveBack: () =>
      exclusive(async () => {
        cancelRenewal?.();
        const row = state.seen?.row;
        const isOurs = leads && row !== undefined && rules.isOwn(row.text);
        leads = false;
        isUnguarded = false;
        // Nothing is written on the strength of it any more, whatever the answer is.
        state = { ...state, held: null, isDoubtful: true };
        if (isOurs) await tags.update(row.tagId, newText("free")).catch(() => undefined);
      }),
    report: () =>
      exclusive(async () => {
        const row = await tags.read();
        if (row === null) return null;
        const kind = parseLeaseText(row.text)?.state ?? "unreadable";
        return { holder: holderWords(row.text), state: kind, code: codeOf(row) };
      }),
    break: (code) =>
      exclusive(async () => {
        const row = await tags.read();
        if (row === null || codeOf(row) !== code) {
          throw new CapstanError("conflict", "this is not the lease of now: nothing was broken", {
            hint: "look at it again with `capstan lease`",
          });
        }
        const wentWrong = (what: string): CapstanError =>
          new CapstanError("uncertain", `the lease may not be broken: ${what}`, {
            hint: "look at it again with `capstan lease`",
          });
        const gone = await tags.remove(row.tagId);
        if (gone !== "done" && gone !== "gone") throw wentWrong("Dokploy did not remove its tag");
        // Nobody renews this one: whoever waits, or comes later, waits until its time is over, and so does the
        // process that had it.
        const { kind } = await tags.create(newText("broken"));
        if (kind !== "done") throw wentWrong("somebody took it in the same moment");
      }),
  };

  return { lease, gate, lookAlong };
}

/** Names one lease as long as its holder has it. */
function codeOf({ tagId }: Row): string {
  return tagId.slice(0, 8);
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z$/, "Z");
}

export function heldError(holder: string): CapstanError {
  return new CapstanError("conflict", `${holder} holds this server`, {
    hint: "set CAPSTAN_URL to its address to ask it, or stop it; `capstan lease` shows who holds the server",
  });
}
