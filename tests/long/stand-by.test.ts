// Three processes with one store in PostgreSQL, and faults in an order that follows from a seed. A failing one is told
// by its number; STAND_BY_SEEDS=3,7 runs these alone, 1-20 these and those between.
import { describe, test } from "vitest";
import { randomOf } from "../support/lease-bench.ts";
import { postgresPrograms } from "../support/postgres.ts";
import type { Replica } from "../support/replicas.ts";
import { startThree } from "../support/three-replicas.ts";

const seeds = (process.env.STAND_BY_SEEDS ?? "1-200").split(",").flatMap((part) => {
  const [first = 0, last = first] = part.split("-").map(Number);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
});
const faultsOfSeed = 5;

/** Does something to a process; how that ends. */
type Fault = (one: Replica) => () => void;

const faults: readonly Fault[] = [
  (one) => {
    one.signal("SIGSTOP");
    return () => {
      one.signal("SIGCONT");
    };
  },
  ...(["toDatabase", "toDokploy"] as const).flatMap((way): readonly Fault[] => [
    (one) => {
      one[way].refuse();
      return () => {
        one[way].mend();
      };
    },
    (one) => {
      one[way].stall();
      return () => {
        one[way].mend();
      };
    },
  ]),
  (one) => {
    one.toDatabase.slow(400);
    return () => {
      one.toDatabase.slow(0);
    };
  },
];

/** What a process said last, for whoever looks into a seed that failed. */
const lastLines = (text: string): string => text.split("\n").slice(-60).join("\n");

describe.skipIf(postgresPrograms === null).concurrent("W12 three processes and one store", () => {
  test.for(seeds)("seed %i", async (seed, { onTestFailed, onTestFinished }) => {
    const random = randomOf(seed);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
    const three = await startThree();
    onTestFinished(() => three.close());
    onTestFailed(() => {
      for (const one of all) console.error(`seed ${seed}, ${one.name}:\n${lastLines(one.err())}`);
    });
    const all = [three.holder, ...three.others];
    for (let n = 0; n < faultsOfSeed; n++) {
      const ends = pick(faults)(pick(all));
      await three.push(`nginx:${n + 2}`);
      await new Promise((resolve) => setTimeout(resolve, random() * 12_000));
      ends();
      // Sometimes the next one begins before the work of this one is done.
      if (random() < 0.5) await three.settled(all);
    }
    await three.check(await three.settled(all));
  });
});
