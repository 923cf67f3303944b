// One seed of the question whether two processes ever write at the same time: processes that work, rest, freeze, die
// and start again, requests and answers that are late or lost, and a person who touches the tag.
import { createLeaseBench, randomOf } from "./lease-bench.ts";
import type { LeaseBench, LeaseProcess } from "./lease-bench.ts";
import { settled } from "./virtual-clock.ts";

const ttlMs = 20_000;
/** Less than the quarter of a lease that is left for writes under way. */
const mostDelayMs = 4_000;
const lastsMs = 15 * 60_000;

export interface SeedResult {
  /** What broke the rule; empty when nothing did. */
  readonly broken: readonly string[];
  /** Writes that reached the server, and how often the writer changed. */
  readonly writes: number;
  readonly changes: number;
  readonly log: readonly string[];
}

interface Received {
  readonly process: number;
  readonly epoch: number;
}

export async function runSeed(seed: number, isFaulty = true): Promise<SeedResult> {
  const random = randomOf(seed);
  const bench: LeaseBench = createLeaseBench(random);
  if (isFaulty) bench.faults = { lostRequest: 0.05, lostAnswer: 0.08, mostDelayMs };
  const { clock } = bench;
  const broken: string[] = [];
  const received: Received[] = [];
  const processes: LeaseProcess[] = [];
  let noStartBeforeMs = 0;
  const between = (from: number, to: number): number => from + random() * (to - from);

  /** At no moment may two processes begin a write. */
  function check(): void {
    const open = processes.filter((one) => !one.isDead() && one.gate.isOpen());
    if (open.length > 1) broken.push(`${clock.now()}: ${open.map(({ name }) => name).join(", ")}`);
  }

  async function pieceOfWork(one: LeaseProcess, number: number): Promise<void> {
    const { epoch } = await one.lease.hold();
    for (let count = between(1, 8); count > 0 && one.lease.isHeld(epoch); count--) {
      await one.gate.enter("project.create");
      if (!one.gate.isOpen()) return;
      check();
      clock.after(random() * mostDelayMs, () => received.push({ process: number, epoch }));
      await one.clock.sleep(between(0, 6_000));
    }
  }

  async function live(one: LeaseProcess, number: number): Promise<void> {
    let lost = 0;
    while (!one.isDead()) {
      const standing = await one.lease.take().catch(() => ({ kind: "failed" as const }));
      if (standing.kind !== "held") {
        await one.clock.sleep(2_000);
        continue;
      }
      while (one.lost.length === lost) {
        await pieceOfWork(one, number).catch(() => undefined);
        if (random() < 0.3) await one.lookAlong().catch(() => undefined);
        // Some rest for longer than a lease lasts.
        await one.clock.sleep(random() < 0.2 ? between(0, 3 * ttlMs) : between(0, 3_000));
        if (random() < 0.1) {
          await one.lease.giveBack();
          await one.clock.sleep(between(0, ttlMs));
          break;
        }
      }
      lost = one.lost.length;
    }
  }

  function begin(name: string, memory: { texts: readonly string[] }): void {
    const skewMs = between(-3_600_000, 3_600_000);
    const one = bench.start(name, { ttlMs, skewMs, memory: { texts: memory.texts } });
    processes.push(one);
    void live(one, processes.length);
  }

  /** A person deletes the tag. A process that never saw it cannot know of its holder: none of those is there. */
  async function remove(): Promise<void> {
    const alive = processes.filter((one) => !one.isDead());
    if (alive.some((one) => one.isFrozen())) return;
    const { faults, table } = bench;
    const before = table.row?.tagId;
    bench.faults = { lostRequest: 0, lostAnswer: 0, mostDelayMs: 0 };
    for (const one of alive) void one.lookAlong();
    await clock.advance(1);
    await clock.advance(1);
    bench.faults = faults;
    if (table.row?.tagId !== before) return;
    bench.edit(null);
    noStartBeforeMs = clock.now() + ttlMs;
  }

  const memories = new Map<string, { texts: readonly string[] }>();
  const count = 2 + (seed % 4);
  for (let at = 0; at < count; at++) {
    memories.set(`host-${at}`, { texts: [] });
    begin(`host-${at}`, { texts: [] });
  }
  while (clock.now() < 1_000_000 + lastsMs) {
    await clock.advance(between(100, 4_000));
    check();
    const one = processes[Math.floor(random() * processes.length)];
    if (one === undefined || one.isDead()) continue;
    const dice = random();
    if (one.isFrozen()) {
      if (dice < 0.2) one.thaw();
    } else if (dice < 0.04) {
      one.freeze();
    } else if (dice < 0.06 && clock.now() > noStartBeforeMs) {
      one.kill();
      begin(`${one.name}'`, { texts: [] });
    } else if (dice < 0.07 && bench.table.row !== null) {
      bench.edit("red");
    } else if (dice < 0.08) {
      await remove();
    }
    await settled();
    check();
  }
  for (const one of processes) one.kill();
  await clock.advance(mostDelayMs);
  return {
    broken: [...broken, ...interleaved(received)],
    ...counts(received),
    log: bench.table.log,
  };
}

/** What the server received: whose turn is over does not write again in that turn. */
function interleaved(received: readonly Received[]): readonly string[] {
  const over = new Set<string>();
  const found: string[] = [];
  let last: string | null = null;
  for (const { process, epoch } of received) {
    const turn = `process ${process}, turn ${epoch}`;
    if (over.has(turn)) found.push(`${turn} wrote after another one had written`);
    if (last !== null && last !== turn) over.add(last);
    last = turn;
  }
  return found;
}

function counts(received: readonly Received[]): {
  readonly writes: number;
  readonly changes: number;
} {
  const changes = received.filter(
    ({ process }, at) => at > 0 && received[at - 1]?.process !== process,
  );
  return { writes: received.length, changes: changes.length };
}
