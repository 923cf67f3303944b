// Random mixes of faults over the life of twenty stacks, seed after seed, and each fault alone over more
// stacks than the short set has. FAULT_SEEDS (`5` or `10-30`) says which.
import { expect, test } from "vitest";
import { inParallel } from "../support/in-parallel.ts";
import { faultCases, slowFaultCases } from "../scenarios/faults/cases.ts";
import { mixedCourse, runCourse } from "../scenarios/faults/course.ts";

function seedsOf(text: string): readonly number[] {
  const [first = 1, last = first] = text.split("-").map(Number);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
const seeds = seedsOf(process.env.FAULT_SEEDS ?? "1-40");
const atOnce = 4;

async function failuresOf<T>(items: readonly T[], run: (item: T) => Promise<void>) {
  const failures: string[] = [];
  await inParallel(items, atOnce, async (item) => {
    await run(item).catch((error: unknown) => {
      failures.push(
        `${JSON.stringify(item)}: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  });
  return failures;
}

test(`mixes of faults with the seeds ${seeds[0]} to ${seeds.at(-1)} end as Git says`, async () => {
  const failures = await failuresOf(seeds, (seed) =>
    mixedCourse({ stacks: 20, seed, faultMs: 400 }),
  );
  expect(failures).toEqual([]);
});

test("each fault alone ends as Git says with eight stacks", async () => {
  const titles = [...faultCases, ...slowFaultCases].map(({ title }) => title);
  const failures = await failuresOf(titles, (title) => {
    const fault = [...faultCases, ...slowFaultCases].find((one) => one.title === title)!;
    return runCourse({ stacks: 8, seed: 11, faultMs: 400, fault: () => fault });
  });
  expect(failures).toEqual([]);
});
