// One fault through the whole life of some stacks: while they are made, changed, rolled out and removed.
// After each phase the fault ends and the world must become what Git says, without anybody's help.
import { until } from "../../support/until.ts";
import { openBench, stackName, stackText } from "./bench.ts";
import type { Bench } from "./bench.ts";
import { mixOf } from "./cases.ts";
import type { FaultCase } from "./cases.ts";

export const phases = ["creation", "change", "rollout", "removal"] as const;
export type Phase = (typeof phases)[number];

export interface CourseOptions {
  readonly stacks: number;
  readonly seed: number;
  /** For how long the fault lasts, in each phase. */
  readonly faultMs: number;
  /** The fault of a phase. */
  readonly fault: (phase: Phase) => FaultCase;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function disturbed(
  { scenario, killed, taken }: Bench,
  fault: FaultCase,
  seed: number,
  options: { readonly faultMs: number; readonly work: () => Promise<void> },
): Promise<void> {
  const { simulator } = scenario;
  if (fault.kills) killed();
  if (fault.redeploys === true) taken();
  const ends = fault.begin(simulator, seed);
  await options.work();
  await wait(options.faultMs);
  await ends;
  simulator.faults.clear();
  // A mix may hang the server after its restart.
  if (simulator.state.hung) await simulator.faults.restart();
}

export async function runCourse(options: CourseOptions): Promise<void> {
  const { stacks, seed, faultMs } = options;
  const bench = await openBench({ seed });
  const { scenario } = bench;
  const all = Array.from({ length: stacks }, (_, index) => index);
  const files = (which: readonly number[], text: (index: number) => string | null) =>
    Object.fromEntries(which.map((index) => [`${stackName(index)}.yaml`, text(index)]));
  const even = all.filter((index) => index % 2 === 0);
  const odd = all.filter((index) => index % 2 === 1);
  const changed = (image: string) => (index: number) =>
    stackText(index, { image, mode: "new", host: `new-${stackName(index)}`, user: "dev" });

  const works: Record<Phase, () => Promise<void>> = {
    creation: () => bench.push(files(all, (index) => stackText(index))),
    change: () =>
      bench.push({
        ...files(even, changed("ghcr.io/acme/web:2")),
        ...files(odd, (index) => stackText(index, { port: 4000 + index, host: `h${index}` })),
      }),
    async rollout() {
      scenario.simulator.faults.image("ghcr.io/acme/web:slow", "slow");
      await bench.push(files(all, changed("ghcr.io/acme/web:slow")));
    },
    removal: () => bench.push(files(all.slice(0, Math.floor(stacks / 3)), () => null)),
  };

  /** The same with another image, or another env where the image stays. */
  async function mend(phase: Phase): Promise<void> {
    const image = `image: "ghcr.io/acme/mended:${phases.indexOf(phase)}"`;
    const mended = [...bench.texts()].map(([path, text]) => [
      path,
      text
        .replaceAll(/image: "?ghcr.io\/acme\/(web|mended):\w+"?/g, image)
        .replaceAll(/VERSION: \w+/g, `VERSION: mended${phases.indexOf(phase)}`),
    ]);
    await bench.push(Object.fromEntries(mended) as Record<string, string>);
  }

  try {
    for (const phase of phases) {
      const fault = options.fault(phase);
      const when = `${phase} of ${stacks} stacks with ${fault.title}, seed ${seed}`;
      const work = works[phase];
      if (phase === "rollout") {
        await work();
        const { queue } = scenario.simulator.state;
        await until("a rollout is under way", () => queue.active.length > 0);
        await disturbed(bench, fault, seed, { faultMs, work: async () => undefined });
      } else {
        await disturbed(bench, fault, seed, { faultMs, work });
      }
      if (fault.needsCommit === true) await mend(phase);
      await bench.settle(when);
    }
    await bench.expectNothingLeft(`the pass after all with seed ${seed}`);
  } finally {
    await bench.close();
  }
}

/** Another mix in each phase; all of them follow from the seed. */
export function mixedCourse(options: Omit<CourseOptions, "fault">): Promise<void> {
  const fault = (phase: Phase): FaultCase => mixOf(options.seed * 4 + phases.indexOf(phase));
  return runCourse({ ...options, fault });
}
