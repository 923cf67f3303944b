// A day of 500 stacks in some minutes. Faults, commits and people come by in most hours and nothing at all in
// every fourth; memory, runs, events, requests and the store stay within bounds. SOAK_HOURS, SOAK_STACKS and
// SOAK_SEED change the size.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import type { Condition } from "../../src/model/status.ts";
import { historyRows, hourMs, minuteMs, openSoakBench, resyncMs } from "./soak-bench.ts";
import type { SoakBench } from "./soak-bench.ts";

const hours = Number(process.env.SOAK_HOURS ?? "24");
const stacks = Number(process.env.SOAK_STACKS ?? "500");
const seed = Number(process.env.SOAK_SEED ?? "1");
const quietEvery = 4;
/** What was disturbed before is mended, and no stack waits for its backoff any more. */
const settlingMs = 20 * minuteMs;
const quietMs = hourMs - settlingMs;
const deepBatchesAnHour = 360;
const deepSliceMs = 5 * minuteMs;

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

const conditionsOf = (bench: SoakBench): ReadonlyMap<string, readonly Condition[]> =>
  new Map(
    bench.scenario
      .engine()
      .stacks()
      .map(({ name, conditions }) => [name, conditions]),
  );

const mb = (bytes: number | undefined): number => Math.round((bytes ?? 0) / 1e5) / 10;

interface Hour {
  readonly runs: number;
  readonly requests: number;
  readonly events: number;
  readonly lists: number;
}

/** Commits, faults and people. What people edit is seen within an hour (R2): not just before a quiet one. */
async function busyHour(bench: SoakBench, people: boolean): Promise<void> {
  for (let slice = 0; slice < 12; slice += 1) {
    if (slice % 3 === 0) await bench.disturb();
    if (slice === 2 || slice === 6) await bench.change();
    if (slice === 5 && people) bench.interfere(6);
    if (slice === 10) bench.calm();
    await bench.pass(hourMs / 12);
  }
}

/** R1, R2 and Q8: nothing but resyncs and deep checks, evenly, and nothing to tell. */
async function quietHour(bench: SoakBench): Promise<Hour> {
  bench.calm();
  await bench.pass(settlingMs);
  expect(bench.unready(), "what is not Ready in a quiet hour").toEqual([]);
  const conditions = conditionsOf(bench);
  bench.log.clear();
  bench.takeEvents();
  bench.takeRuns();
  const deep: number[] = [];
  for (let at = 0; at < quietMs; at += deepSliceMs) {
    const before = bench.log.count("application.one");
    await bench.pass(deepSliceMs);
    deep.push(bench.log.count("application.one") - before);
  }
  const lists = bench.log.entries.filter(({ procedures }) => procedures.includes("project.all"));
  const runs = bench.takeRuns();
  const events = bench.takeEvents();
  const resyncs = quietMs / resyncMs;
  expect(events, "events of a quiet hour").toEqual([]);
  expect(bench.log.writes(), "writes of a quiet hour").toEqual([]);
  expect(lists.length, "R1 one request a pass").toBe(resyncs);
  expect(runs, "Q8 the rate of runs is the resync's").toBe(resyncs * stacks);
  expect(conditionsOf(bench), "no condition moves").toEqual(conditions);
  const share = (stacks * deepSliceMs) / hourMs;
  for (const count of deep) {
    expect(Math.abs(count - share), `R2 ${deep.join(" ")}`).toBeLessThanOrEqual(share / 10 + 1);
  }
  const requests = bench.log.entries.length;
  // The tasks of each service, and its details in at most so many batches.
  const checked = (stacks * quietMs) / hourMs;
  const most = resyncs + checked + Math.min(checked, deepBatchesAnHour * (quietMs / hourMs)) + 4;
  expect(requests, JSON.stringify(bench.log.counts())).toBeLessThanOrEqual(most);
  return { runs, requests, events: 0, lists: lists.length };
}

test(`Q8 P7 ${stacks} stacks run for ${hours} hours with faults, in bounded memory and without a storm`, async () => {
  const bench = await openSoakBench({ stacks, seed });
  const { scenario, clock } = bench;
  const beganAt = Date.now();
  try {
    await bench.push(Array.from({ length: stacks }, (_, index) => index));
    scenario.engine().start();
    await clock.run(hourMs);
    expect(bench.ready()).toBe(stacks);

    const heaps: number[] = [];
    const files: number[] = [];
    const busy: Hour[] = [];
    const quiet: Hour[] = [];
    const repeated: string[] = [];
    const lastSaid = new Map<string, string>();
    let total = 0;
    for (let hour = 0; hour < hours; hour += 1) {
      bench.takeEvents();
      bench.takeRuns();
      bench.log.clear();
      const before = bench.takeRequests();
      total += before;
      if (hour % quietEvery === quietEvery - 1) {
        quiet.push(await quietHour(bench));
      } else {
        await busyHour(bench, hour % quietEvery === 0);
        const events = bench.takeEvents();
        for (const { kind, stack, level, revision, message } of events) {
          if (kind !== "outcome" || stack === null) continue;
          const said = `${stack} ${revision ?? ""} ${message}`;
          // `as Git says` may follow work; the same waiting or failure may not be told again and again.
          if (level !== "info" && lastSaid.get(stack) === said) repeated.push(said);
          lastSaid.set(stack, said);
        }
        const requests = bench.takeRequests();
        total += requests;
        const lists = bench.log.count("project.all");
        busy.push({ runs: bench.takeRuns(), requests, events: events.length, lists });
      }
      gc();
      heaps.push(process.memoryUsage().heapUsed);
      files.push(bench.storeBytes());
      const seconds = Math.round((Date.now() - beganAt) / 1_000);
      process.stdout.write(
        `hour ${hour + 1} after ${seconds} s: heap ${mb(heaps.at(-1))} MB, store ${mb(files.at(-1))} MB\n`,
      );
      const { length: runRows } = scenario.store().runs(null, historyRows * 2);
      const { length: eventRows } = scenario.store().events(historyRows * 2);
      expect([runRows <= historyRows, eventRows <= historyRows]).toEqual([true, true]);
    }
    bench.calm();
    await bench.pass(2 * hourMs);
    expect(bench.unready()).toEqual([]);
    expect(bench.differences()).toEqual([]);

    const most = (pick: (hour: Hour) => number): number => Math.max(...busy.map(pick));
    const summary = {
      seed,
      stacks,
      hours,
      wallSeconds: Math.round((Date.now() - beganAt) / 1_000),
      heapMb: heaps.map(mb),
      storeMb: files.map(mb),
      runs: [...busy, ...quiet].reduce((sum, { runs }) => sum + runs, 0),
      requests: total + bench.takeRequests(),
      eventsOfBusyHours: busy.map(({ events }) => events),
      listsOfBusyHours: busy.map(({ lists }) => lists),
      requestsOfBusyHours: busy.map(({ requests }) => requests),
      quiet: quiet.at(-1),
    };
    process.stdout.write(`${JSON.stringify(summary)}\n`);
    const [start = 0, end = 0] = [heaps[Math.min(1, heaps.length - 1)], heaps.at(-1)];
    expect(end, "heap of the last hour").toBeLessThan(start * 1.15 + 5e6);
    const sizes = files.slice(Math.floor(files.length / 2));
    expect(sizes.at(-1)).toBeLessThanOrEqual(Math.max(4e6, sizes[0]! * 1.2));
    expect(repeated).toEqual([]);
    // A list that fails is told once by each stack that met it, and once more when it is over.
    expect(most(({ events }) => events)).toBeLessThan(stacks * 2 * 3 + 400);
    expect(most(({ lists }) => lists)).toBeLessThan(150);
    expect(most(({ runs }) => runs)).toBeLessThanOrEqual(stacks * 10);
  } finally {
    await bench.close();
  }
});
