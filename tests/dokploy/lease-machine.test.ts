import fc from "fast-check";
import { expect, test } from "vitest";
import {
  created,
  isHeld,
  looked,
  nextStep,
  nothingKnown,
  removed,
  stamped,
  updated,
} from "../../src/dokploy/lease/machine.ts";
import { leaseText } from "../../src/model/lease-text.ts";
import type { Answer, LeaseRules, LeaseState, Row } from "../../src/dokploy/lease/machine.ts";

const ttlMs = 100;
const rules: LeaseRules = { ttlMs, isOwn: (text) => text.startsWith("own") };
const at = (ms: number) => ({ steadyMs: ms, agedMs: ms });

const foreign = (number: number): string =>
  leaseText({
    ...({ state: "held", by: "capstan run", host: "b", pid: 1, version: "1" } as const),
    ...{ writer: "b", number, ttlMs, since: "then", until: "later" },
  });

/** What a server shows and answers, in any order, with the time that passes before and during it. */
const events = fc.array(
  fc.record({
    waitMs: fc.integer({ min: 0, max: 60 }),
    tookMs: fc.integer({ min: 0, max: 40 }),
    shows: fc.option(
      fc.record({
        tagId: fc.constantFrom("1", "2"),
        text: fc.constantFrom("red", foreign(1), foreign(2), "own earlier"),
      }),
      { nil: null },
    ),
    answer: fc.constantFrom<Answer>("done", "exists", "gone", "lost"),
    isListed: fc.boolean(),
  }),
  { minLength: 1, maxLength: 60 },
);

interface Look {
  readonly row: Row | null;
  readonly askedMs: number;
  readonly answeredMs: number;
}

test("W12 a foreign text is removed only when it was seen unchanged for a whole lease, and no write counts that came too late", () => {
  fc.assert(
    fc.property(events, (all) => {
      let state: LeaseState = nothingKnown;
      let nowMs = 0;
      let made = 0;
      let sentMs: number | null = null;
      const looks: Look[] = [];
      for (const { waitMs, tookMs, shows, answer, isListed } of all) {
        nowMs += waitMs;
        const sent = at(nowMs);
        const step = isListed ? ({ do: "look" } as const) : nextStep(state, rules, sent);
        const before = state;
        nowMs += tookMs;
        const now = at(nowMs);
        switch (step.do) {
          case "look":
            state = looked(state, shows, rules, sent, now);
            looks.push({ row: shows, askedMs: sent.steadyMs, answeredMs: nowMs });
            break;
          case "create": {
            made += 1;
            const row = { tagId: `made-${made}`, text: `own ${made}` };
            state = created(state, { kind: answer, row, text: row.text }, rules, sent, now);
            if (isHeld(state, now)) sentMs = sent.agedMs;
            break;
          }
          case "remove": {
            const { row } = step;
            const last = looks.findLastIndex(
              (look) => look.row?.text !== row.text || look.row.tagId !== row.tagId,
            );
            const same = looks.slice(last + 1);
            const first = same[0]?.answeredMs ?? Infinity;
            const span = (same.at(-1)?.askedMs ?? 0) - first;
            expect(row.text).not.toBe("red");
            if (!rules.isOwn(row.text)) expect(span).toBeGreaterThanOrEqual(ttlMs);
            state = removed(state, row, answer, now);
            break;
          }
          case "hold": {
            // Its end follows from what was sent, never from when the answer came.
            expect(sent.agedMs).toBeLessThan((sentMs ?? -Infinity) + ttlMs);
            const endMs = before.held?.endsAtMs ?? 0;
            state = updated(state, { kind: answer, text: `own r${nowMs}` }, rules, sent, now);
            if (answer === "done" && nowMs < endMs) sentMs = sent.agedMs;
            if (answer === "gone" || (answer === "done" && nowMs >= endMs)) {
              expect(state.held).toBeNull();
            }
            break;
          }
          case "stamp":
            state = stamped(state, answer, now);
            break;
          case "wait":
            expect(step.forMs).toBeGreaterThan(0);
            break;
          case "go-unguarded":
            throw new Error("nothing was forbidden");
        }
        if (state.held !== null)
          expect(state.held.endsAtMs).toBeLessThanOrEqual((sentMs ?? nowMs) + ttlMs);
      }
    }),
    { numRuns: 2_000 },
  );
});

test("W12 another row than one's own, or another text in it, ends one's own lease at the first look", () => {
  const row = { tagId: "made", text: "own 1" };
  const kind = "done";
  const held = created(nothingKnown, { kind, row, text: row.text }, rules, at(0), at(1));
  expect(isHeld(held, at(99))).toBe(true);
  expect(isHeld(held, at(100))).toBe(false);
  const others = [null, { tagId: "other", text: "own 1" }, { tagId: "made", text: "red" }];
  for (const other of others) {
    expect(isHeld(looked(held, other, rules, at(2), at(3)), at(3))).toBe(false);
  }
  // A look that was sent before the tag was made does not know of it.
  expect(isHeld(looked(held, null, rules, at(0), at(3)), at(3))).toBe(true);
});
