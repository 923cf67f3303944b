/** The tasks of compose services of type stack, as `docker stack ps` shows those that are meant to run. */
import { createHash } from "node:crypto";
import { ago, tasksOf } from "../swarmService.ts";
import type { World } from "../world.ts";

export interface StackTask {
  /** The swarm service that it is of. */
  appName: string;
  containerId: string;
  name: string;
  words: string;
}

export function stackTasks(world: World, appName: string): StackTask[] {
  return [...world.tables.swarmServices.values()]
    .filter((service) => service.appName.startsWith(`${appName}_`))
    .sort((a, b) => (a.appName < b.appName ? -1 : 1))
    .flatMap((service) =>
      tasksOf(service, world.time, world.scratch)
        // One that failed waits as `Ready`, which is no state that it is meant to have.
        .filter(({ state, verb }) => state === "running" && verb !== "Ready")
        .map(({ verb, at }, i) => ({
          appName: service.appName,
          containerId: containerId(service.ID, i, at),
          name: `${service.appName}.${i + 1}.${service.ID}`,
          words: `${verb} ${ago(at)}`,
        })),
    );
}

function containerId(...of: (string | number)[]): string {
  return createHash("sha256").update(of.join(" ")).digest("hex").slice(0, 12);
}

export function shownTasks(world: World, appName: string, serverId: string | null): object[] {
  const tasks = stackTasks(world, appName).filter(
    (task) => world.tables.swarmServices.get(task.appName)?.serverId === serverId,
  );
  return tasks.map(({ containerId, name, words }, i) => ({
    containerId,
    name,
    node: "vm",
    state: (words.split(" ")[0] ?? "").toLowerCase(),
    // The output is trimmed, so the last line keeps the label of a column that is empty.
    status: i === tasks.length - 1 ? `${words} (Error:)` : words,
  }));
}
