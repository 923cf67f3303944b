import { expect, test } from "vitest";
import { leaseText, parseLeaseText } from "../../src/model/lease-text.ts";
import { createMoments } from "../../src/lib/moment.ts";
import { benchTtlMs, createLeaseBench, randomOf } from "../support/lease-bench.ts";
import type { LeaseBench, LeaseProcess } from "../support/lease-bench.ts";

/** Lets virtual time pass until `asked` has an answer. */
async function answer<T>(bench: LeaseBench, asked: Promise<T>): Promise<T> {
  let result: { readonly value: T } | { readonly error: unknown } | null = null;
  void asked.then(
    (value) => (result = { value }),
    (error: unknown) => (result = { error }),
  );
  for (let steps = 0; steps < 200; steps++) {
    await bench.clock.advance(steps === 0 ? 0 : 500);
    const now = result as { readonly value: T } | { readonly error: unknown } | null;
    if (now === null) continue;
    if ("error" in now) throw now.error;
    return now.value;
  }
  throw new Error("no answer in virtual time");
}

const take = async (bench: LeaseBench, one: LeaseProcess): Promise<string> =>
  (await answer(bench, one.lease.take())).kind;

const writes = (bench: LeaseBench): number =>
  bench.table.log.filter((line) => !line.includes(" reads")).length;

test("W12 of two processes one gets the lease, and the other says who has it", async () => {
  const bench = createLeaseBench();
  const a = bench.start("host-a");
  const b = bench.start("host-b");
  expect(await take(bench, a)).toBe("held");
  expect(await answer(bench, b.lease.take())).toMatchObject({
    kind: "waits",
    why: expect.stringMatching(
      /^the controller on host-a \(process 1, since .*\) holds this server$/,
    ) as string,
    forMs: benchTtlMs,
  });
  await expect(answer(bench, b.gate.enter("project.create"))).rejects.toMatchObject({
    code: "conflict",
  });
  expect(b.gate.isOpen()).toBe(false);
  await answer(bench, a.gate.enter("project.create"));
  expect(a.gate.isOpen()).toBe(true);
  await answer(bench, a.lease.giveBack());
});

test("W12 one write takes it, one each minute keeps it while there is work, none keeps it in quiet hours", async () => {
  const bench = createLeaseBench();
  const a = bench.start("host-a");
  await take(bench, a);
  expect(writes(bench)).toBe(1);
  for (let minute = 0; minute < 10; minute++) {
    await answer(bench, a.gate.enter("project.create"));
    await bench.clock.advance(60_000);
  }
  expect(writes(bench)).toBe(11);
  await bench.clock.advance(3 * benchTtlMs);
  const quiet = writes(bench);
  await bench.clock.advance(8 * 3_600_000);
  expect(writes(bench)).toBe(quiet);
  expect(quiet).toBeLessThanOrEqual(14);
  expect(a.gate.isOpen()).toBe(false);
  // What was read before is old then: only a piece of work that asks may take it again.
  await expect(answer(bench, a.gate.enter("x"))).rejects.toThrow("does not hold the lease");
  const before = bench.clock.now();
  const { sinceMs } = await answer(bench, a.lease.hold());
  expect(sinceMs).toBeGreaterThanOrEqual(before);
  expect(a.gate.isOpen()).toBe(true);
  expect(a.lost).toEqual([]);
  await answer(bench, a.lease.giveBack());
});

test("W12 what was given back is taken at once, and what a crash left after one lease", async () => {
  const bench = createLeaseBench();
  const a = bench.start("host-a");
  const b = bench.start("host-b");
  await take(bench, a);
  await take(bench, b);
  await answer(bench, a.lease.giveBack());
  expect(await take(bench, b)).toBe("held");
  b.kill();
  const c = bench.start("host-c");
  const since = bench.clock.now();
  while ((await take(bench, c)) !== "held") await bench.clock.advance(1_000);
  const waited = bench.clock.now() - since;
  expect(waited).toBeGreaterThanOrEqual(benchTtlMs);
  expect(waited).toBeLessThan(benchTtlMs + 5_000);
  c.kill();
});

test("W12 a start with the same STATE_DIR takes at once what its crash left", async () => {
  const bench = createLeaseBench();
  const memory = { texts: [] as readonly string[] };
  const a = bench.start("host-a", { memory });
  await take(bench, a);
  await answer(bench, a.gate.enter("x"));
  await bench.clock.advance(70_000);
  a.kill();
  const again = bench.start("host-a", { memory: { texts: memory.texts } });
  expect(await take(bench, again)).toBe("held");
  again.kill();
});

test("W12 clocks that differ by an hour do not matter", async () => {
  for (const skewMs of [3_600_000, -3_600_000]) {
    const bench = createLeaseBench();
    const a = bench.start("host-a", { skewMs });
    const b = bench.start("host-b");
    await take(bench, a);
    for (let second = 0; second < 600; second += 20) {
      await answer(bench, a.gate.enter("x"));
      expect(await take(bench, b)).toBe("waits");
      await bench.clock.advance(20_000);
    }
    a.kill();
    // It may have been renewed once more since the last look.
    await take(bench, b);
    await bench.clock.advance(benchTtlMs + 1_000);
    expect(await take(bench, b)).toBe("held");
    b.kill();
  }
});

test("W12 a process that was stopped for longer than its lease does not write when it goes on", async () => {
  const bench = createLeaseBench();
  const a = bench.start("host-a");
  const b = bench.start("host-b");
  await take(bench, a);
  await take(bench, b);
  a.freeze();
  await bench.clock.advance(benchTtlMs + 1_000);
  expect(await take(bench, b)).toBe("held");
  a.thaw();
  expect(a.gate.isOpen()).toBe(false);
  await expect(answer(bench, a.gate.enter("x"))).rejects.toMatchObject({ code: "conflict" });
  await expect(answer(bench, a.lease.hold())).rejects.toThrow("on host-b");
  expect(a.lost).toHaveLength(1);
  expect(b.gate.isOpen()).toBe(true);
  b.kill();
});

test("W12 an answer that was lost is looked for: create, update and remove", async () => {
  const bench = createLeaseBench(randomOf(3));
  const a = bench.start("host-a");
  // The deed is done, its answer is lost.
  bench.faults = { lostRequest: 0, lostAnswer: 1, mostDelayMs: 0 };
  const taken = a.lease.take();
  await bench.clock.advance(4_000);
  await expect(answer(bench, taken)).rejects.toMatchObject({ code: "unavailable" });
  bench.faults = { lostRequest: 0, lostAnswer: 0, mostDelayMs: 0 };
  expect(await take(bench, a)).toBe("held");
  expect(bench.table.made).toBe(1);

  bench.faults = { lostRequest: 0, lostAnswer: 1, mostDelayMs: 0 };
  await answer(bench, a.gate.enter("x"));
  await bench.clock.advance(55_000);
  await bench.clock.advance(10_000);
  bench.faults = { lostRequest: 0, lostAnswer: 0, mostDelayMs: 0 };
  await answer(bench, a.lease.hold());
  expect(a.gate.isOpen()).toBe(true);
  expect(bench.table.made).toBe(1);

  a.kill();
  const b = bench.start("host-b");
  await take(bench, b);
  await bench.clock.advance(benchTtlMs);
  await answer(bench, b.lookAlong());
  bench.faults = { lostRequest: 0, lostAnswer: 0.5, mostDelayMs: 0 };
  let got = "waits";
  for (let tries = 0; tries < 50 && got !== "held"; tries++) {
    got = await take(bench, b).catch(() => "failed");
  }
  expect(got).toBe("held");
  b.kill();
});

test("W12 a tag that a person deletes or edits is lost at the next look, and nobody else writes before a lease has passed", async () => {
  const bench = createLeaseBench();
  const a = bench.start("host-a");
  const b = bench.start("host-b");
  await take(bench, a);
  await take(bench, b);
  bench.edit(null);
  // Whoever saw it alive waits: its holder does not know yet.
  expect(await answer(bench, b.lease.take())).toMatchObject({
    kind: "waits",
    why: "somebody deleted the lease of this server by hand",
  });
  await answer(bench, a.lookAlong());
  expect(a.gate.isOpen()).toBe(false);
  await answer(bench, a.lease.hold());
  expect(a.gate.isOpen()).toBe(true);
  expect(await take(bench, b)).toBe("waits");

  bench.edit("red");
  await answer(bench, a.lookAlong());
  expect(a.gate.isOpen()).toBe(false);
  expect(a.lost).toEqual([
    "somebody whose lease this version of Capstan cannot read holds this server",
  ]);
  expect(await take(bench, b)).toBe("waits");
  await bench.clock.advance(benchTtlMs + 1);
  // A person may write the same twice, with a renewal in between: only a unique text proves that nobody renews.
  expect(await take(bench, b)).toBe("waits");
  expect(parseLeaseText(bench.table.row?.text ?? "")?.state).toBe("broken");
  await bench.clock.advance(benchTtlMs + 1);
  expect(await take(bench, b)).toBe("held");
  b.kill();
  a.kill();
});

test("W12 a key that may not write tags is told once, and Capstan works without a lease", async () => {
  const bench = createLeaseBench();
  bench.forbidden = true;
  const a = bench.start("host-a");
  expect(await take(bench, a)).toBe("unguarded");
  await answer(bench, a.gate.enter("x"));
  expect(a.gate.isOpen()).toBe(true);
  expect((await answer(bench, a.lease.hold())).epoch).toBe(0);
});

test("W12 where tags are forbidden, a living lease of somebody else is respected all the same", async () => {
  const bench = createLeaseBench();
  const a = bench.start("host-a");
  await take(bench, a);
  bench.forbidden = true;
  const b = bench.start("host-b");
  expect(await take(bench, b)).toBe("waits");
  await bench.clock.advance(benchTtlMs + 1);
  expect(await take(bench, b)).toBe("unguarded");
  a.kill();
});

test("W12 a lease is broken only by who names it, and nobody writes before its holder must have noticed", async () => {
  const bench = createLeaseBench();
  const a = bench.start("host-a");
  const b = bench.start("host-b");
  const person = bench.start("laptop");
  await take(bench, a);
  await take(bench, b);
  const report = await answer(bench, person.lease.report());
  expect(report).toMatchObject({ state: "held", holder: expect.stringContaining("host-a") });
  await expect(answer(bench, person.lease.break("tag-77"))).rejects.toMatchObject({
    code: "conflict",
  });
  expect(a.gate.isOpen()).toBe(true);
  await answer(bench, person.lease.break(report?.code ?? ""));
  expect(await answer(bench, person.lease.report())).toMatchObject({
    ...{ state: "broken", holder: null },
    says: expect.stringMatching(
      /^capstan run on laptop broke the lease of this server at /,
    ) as string,
  });
  expect(await take(bench, b)).toBe("waits");
  await bench.clock.advance(benchTtlMs - 1_000);
  expect(await take(bench, b)).toBe("waits");
  expect(a.gate.isOpen()).toBe(false);
  await bench.clock.advance(2_000);
  expect(await take(bench, b)).toBe("held");
  b.kill();
  a.kill();
});

test("the text of a lease can be read back, and what is none is refused", () => {
  const lease = {
    ...({ state: "held", by: "capstan run", host: "höst a", pid: 42, version: "1.2.3" } as const),
    ...{ writer: "ab12", number: 7, ttlMs: 120_000 },
    ...{ since: "2026-11-28T20:00:00Z", until: "2026-11-28T20:02:00Z" },
  };
  const text = leaseText(lease);
  expect(text).toMatch(/^capstan-lease:1 state=held by=capstan%20run host=h%C3%B6st%20a pid=42 /);
  expect(parseLeaseText(text)).toEqual(lease);
  const broken = ["", "red", "capstan-lease:2 state=held", text.replace("ttlMs=120000", "ttlMs=0")];
  broken.push(
    text.replace("state=held", "state=odd"),
    text.replace("pid=42", "pid=x"),
    `${text} %`,
  );
  for (const one of broken) expect(parseLeaseText(one), one).toBeNull();
});

test("a moment never runs backwards, and its aged time counts what the steady clock slept through", () => {
  let clocks = { steadyMs: 5, othersMs: [1_000, 50] };
  const moment = createMoments(() => clocks);
  clocks = { steadyMs: 105, othersMs: [1_100, 150] };
  expect(moment()).toEqual({ steadyMs: 100, agedMs: 100 });
  // The wall clock is put back by an hour.
  clocks = { steadyMs: 205, othersMs: [-3_598_800, 250] };
  expect(moment()).toEqual({ steadyMs: 200, agedMs: 200 });
  // The machine slept for a minute.
  clocks = { steadyMs: 305, othersMs: [-3_538_700, 60_350] };
  expect(moment()).toEqual({ steadyMs: 300, agedMs: 60_300 });
});
