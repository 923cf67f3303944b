// Courses that random mixes of faults found to end badly, each as small as it goes.
import { afterEach, expect, test } from "vitest";
import { openBench, stackName, stackText } from "./bench.ts";
import type { Bench } from "./bench.ts";

let bench: Bench;
afterEach(() => bench.close());

const files = (first: number, count: number): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [
      `${stackName(first + at)}.yaml`,
      stackText(first + at),
    ]),
  );

for (const list of [{ kind: "emptyList" }, { kind: "filteredList", keep: 0.1 }] as const) {
  test(`R4 a list that lacks what is known is no proof that a lost create made nothing (${list.kind}; mix 5)`, async () => {
    bench = await openBench();
    await bench.push(files(0, 4));
    await bench.settle("creation");
    const { faults, log } = bench.scenario.simulator;
    log.clear();
    faults.add({ kind: "junk", applied: true, procedure: "project.create" });
    faults.add({ ...list, procedure: "project.all", times: "always" });
    await bench.push(files(4, 1));
    await new Promise((resolve) => setTimeout(resolve, 500));
    faults.clear();
    await bench.settle("the lists are whole again");
    expect(log.count("project.create")).toBe(1);
  });
}
