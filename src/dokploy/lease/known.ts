// What this process knows of the lease, and the requests by which it learns more: each is sent once, and its answer
// is taken over as the pure machine says, with the moments right before it was sent and right after it was answered.
import type { Moment } from "../../lib/moment.ts";
import {
  created,
  isHeld,
  looked,
  nextStep,
  nothingKnown,
  removed,
  stamped,
  updated,
} from "./machine.ts";
import type { LeaseRules, LeaseState, LeaseStep, Row } from "./machine.ts";
import type { OwnTexts } from "./own-texts.ts";
import { hidesTags } from "./tags.ts";
import type { LeaseTags } from "./tags.ts";

export interface Known {
  state(): LeaseState;
  /** Whether this process may begin a write at this moment. */
  isHeld(): boolean;
  /** What is to be done at this moment. */
  nextStep(): LeaseStep;
  /** Throws when the server cannot be asked. */
  look(): Promise<void>;
  /** Takes over the answer to a look that somebody else asked for; false when it cannot be read. */
  lookedAlong(answer: unknown, asked: Moment): boolean;
  create(): Promise<void>;
  /** Writes a new text into the tag that is held, and looks where the answer leaves a doubt. */
  renew(tagId: string): Promise<void>;
  stamp(row: Row): Promise<void>;
  remove(row: Row): Promise<void>;
  /** What was seen may not hold any more. */
  doubt(): void;
  /** Nothing is written on the strength of it any more. */
  giveUp(): void;
}

export interface KnownOptions {
  readonly texts: OwnTexts;
  readonly ttlMs: number;
  readonly moment: () => Moment;
  /** Called whenever an answer shows that the lease was taken, with a new epoch. */
  readonly taken: () => void;
}

export function createKnown(tags: LeaseTags, { texts, ttlMs, moment, taken }: KnownOptions): Known {
  const rules: LeaseRules = { ttlMs, isOwn: (text) => texts.isOwn(text) };
  let state: LeaseState = nothingKnown;

  /** Whichever answer it was that showed it: a lease that is taken counts from now. */
  function learn(next: LeaseState): void {
    const isTaken = next.epoch !== state.epoch;
    state = next;
    if (isTaken) taken();
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
    learn(looked(state, row, rules, asked, moment()));
  }

  return {
    state: () => state,
    isHeld: () => isHeld(state, moment()),
    nextStep: () => nextStep(state, rules, moment()),
    look,
    lookedAlong(answer, asked) {
      let row: Row | null;
      try {
        row = tags.find(answer);
      } catch {
        return false;
      }
      learn(looked(state, row, rules, asked, moment()));
      return true;
    },
    async create() {
      const text = texts.held(isHeld(state, moment()));
      const sent = moment();
      const answer = await tags.create(text);
      learn(created(state, { ...answer, text }, rules, sent, moment()));
    },
    async renew(tagId) {
      const text = texts.held(isHeld(state, moment()));
      const sent = moment();
      const kind = await tags.update(tagId, text);
      learn(updated(state, { kind, text }, rules, sent, moment()));
      if (state.isDoubtful) await look();
    },
    async stamp({ tagId }) {
      const kind = await tags.update(tagId, texts.broken());
      state = stamped(state, kind, moment());
    },
    async remove(row) {
      const kind = await tags.remove(row.tagId);
      state = removed(state, row, kind, moment());
    },
    doubt() {
      state = { ...state, isDoubtful: true };
    },
    giveUp() {
      state = { ...state, held: null, isDoubtful: true };
    },
  };
}
