// What really runs of those about which the lists leave a doubt, read in one request.
import type { LiveService, Platform, TaskState } from "../../ports.ts";
import { hasTasks } from "./inspection.ts";
import type { Inspected, Item } from "./rollout-item.ts";

const nothingKnown: LiveService = { want: null, updateState: null };

/** `judge` is called with what was read of each; it says whether its tasks are still to be read. */
export async function lookInto(
  inspected: readonly Inspected[],
  deps: {
    readonly platform: Pick<Platform, "liveServices">;
    readonly tasksOf: (item: Item) => Promise<readonly TaskState[]>;
    readonly judge: (
      item: Item,
      live: LiveService,
      tasks: readonly TaskState[] | null,
    ) => Promise<boolean>;
  },
): Promise<void> {
  const { tasksOf, judge } = deps;
  // Begun in the same moment, they share a request.
  const [live, tasks] = await Promise.all([
    deps.platform.liveServices(inspected.map(({ service }) => service.id)),
    Promise.all(inspected.map(async (one) => (hasTasks(one) ? tasksOf(one.item) : null))),
  ]);
  const liveOf = ({ service }: Inspected): LiveService => live.get(service.id) ?? nothingKnown;
  const running: Inspected[] = [];
  for (const [index, one] of inspected.entries()) {
    if (await judge(one.item, liveOf(one), tasks[index] ?? null)) running.push(one);
  }
  // They run already, whoever deployed them.
  const theirs = await Promise.all(running.map(({ item }) => tasksOf(item)));
  for (const [index, one] of running.entries()) {
    await judge(one.item, liveOf(one), theirs[index] ?? []);
  }
}
