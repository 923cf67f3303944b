import { expect, test } from "vitest";
import { createLease } from "../../src/dokploy/lease/lease.ts";
import type { Row } from "../../src/dokploy/lease/machine.ts";
import type { LeaseTags } from "../../src/dokploy/lease/tags.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { createMoments } from "../../src/lib/moment.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";

test("W12 a lease that a renewal finds taken anew counts from that moment: an older list is not fresh", async () => {
  const clock = createVirtualClock();
  let row: Row | null = null;
  const late: Row[] = [];
  const tags: LeaseTags = {
    call: { procedure: "tag.all", input: null },
    find: () => row,
    read: async () => row,
    async create(text) {
      // The first create is held up on its way; the second is carried out at once.
      if (late.length === 0) {
        late.push({ tagId: "first", text });
        return { kind: "lost", row: null };
      }
      row = { tagId: "second", text };
      return { kind: "done", row };
    },
    async update(tagId, text) {
      if (row?.tagId !== tagId) return "gone";
      row = { tagId, text };
      return "done";
    },
    remove: async () => "gone",
  };
  const ttlMs = 120_000;
  const { lease } = createLease(tags, clock, silentLogger, {
    ...{ ttlMs, by: "the controller", host: "host-a", pid: 1, version: "1", writer: "a" },
    memory: { earlier: () => [], save: () => undefined },
    moment: createMoments(() => ({ steadyMs: clock.now(), othersMs: [] })),
  });
  const taken: string[] = [];
  void lease.take().then(({ kind }) => taken.push(kind));
  for (let steps = 0; steps < 400 && taken.length === 0; steps++) await clock.advance(500);
  const first = await lease.hold();
  // Somebody deletes the tag, and the create that was held up arrives.
  row = late[0] ?? null;
  await clock.advance(ttlMs / 2 + 5_000);
  const second = await lease.hold();
  expect(second.epoch).toBeGreaterThan(first.epoch);
  expect(second.sinceMs).toBeGreaterThan(first.sinceMs);
  await lease.giveBack();
});
