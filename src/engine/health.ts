// What of a stack does not run as it should, in words: a crash loop, a service removed by hand, a
// stopped one. The shared list tells most of it; a process that dies every few seconds reads as running
// there most of the time, so that the tasks of services under a deep check are looked at as well.
import type { DesiredService, DesiredStack } from "../model/desired.ts";
import { ownerName, sameWant } from "../model/marker.ts";
import type { ObservedService } from "../model/observed.ts";
import type { Plan } from "../model/plan.ts";
import { servicesOf } from "../plan/ownership.ts";
import type { Platform, TaskState } from "../ports.ts";
import type { Rollouts } from "./rollouts.ts";
import type { View } from "./world.ts";

export interface Health {
  /**
   * One line for each service that is rolled out and not healthy; null when the swarm is not believed.
   * Reads tasks and logs of what looks unwell, and of the applications in `deep`.
   */
  unhealthy(
    desired: DesiredStack,
    view: View,
    deep: ReadonlySet<string>,
  ): Promise<readonly string[] | null>;
  /**
   * Likewise for a stack whose plan is not carried out now: a service that the plan would change is judged by
   * the replicas that it was last given. Null also when no service has been rolled out yet.
   */
  unhealthyAsItIs(
    desired: DesiredStack,
    view: View,
    deep: ReadonlySet<string>,
    plan: Plan,
    verdicts: Pick<Rollouts, "verdict">,
  ): Promise<readonly string[] | null>;
}

const logLines = 20;
const linesShown = 3;
/** A task that failed within this time makes its service unwell although it runs at this moment. */
const recentMs = 5 * 60_000;

export function createHealth(platform: Platform): Health {
  /** Seen failing while they read as running, and what was said: looked at again in every run. */
  const flapping = new Map<string, string>();

  /** Null when they cannot be read. */
  async function tasksOf(appName: string): Promise<readonly TaskState[] | null> {
    try {
      return await platform.tasks(appName);
    } catch {
      return null;
    }
  }

  async function why(id: string, tasks: readonly TaskState[]): Promise<string> {
    const errors = new Set(tasks.filter((task) => task.failed).map((task) => task.error));
    const lines = await platform.serviceLog(id, logLines).catch(() => []);
    const said = lines.filter((line) => line.trim() !== "").slice(-linesShown);
    const text = [...errors, ...said].filter((part) => part !== "").join(" | ");
    return text === "" ? "" : `: ${text}`;
  }

  async function judge(
    service: DesiredService,
    { appName, id }: ObservedService,
    view: View,
    deep: ReadonlySet<string>,
    isChanging: boolean,
  ): Promise<string | null> {
    const live = view.swarm?.get(appName);
    if (live === undefined) {
      return service.spec.replicas > 0 ? `${service.key}: its swarm service is gone` : null;
    }
    const isTheirs = isChanging || service.ignore.includes("replicas");
    const wanted = isTheirs ? live.wanted : service.spec.replicas;
    if (live.running !== wanted) {
      const reason = await why(id, (await tasksOf(appName)) ?? []);
      return `${service.key}: ${live.running} of ${wanted} replicas are running${reason}`;
    }
    if (!deep.has(id) && !flapping.has(id)) return null;
    const tasks = await tasksOf(appName);
    // Nothing says that it stays up now.
    if (tasks === null) return flapping.get(id) ?? null;
    const failed = tasks.filter((task) => task.failed && task.ageMs < recentMs);
    if (failed.length === 0) {
      flapping.delete(id);
      return null;
    }
    const line = `${service.key}: it does not stay up${await why(id, failed)}`;
    flapping.set(id, line);
    return line;
  }

  /** Null when none of its services could be judged, although there are some. */
  async function judgeAll(
    desired: DesiredStack,
    view: View,
    deep: ReadonlySet<string>,
    changing: ReadonlySet<string>,
    verdicts: Pick<Rollouts, "verdict"> | null,
  ): Promise<readonly string[] | null> {
    const owner = ownerName(view.ownership.instance, desired.name);
    const places = (view.ownership.owned.get(desired.name) ?? []).flatMap(servicesOf);
    const lines: string[] = [];
    let judged = 0;
    for (const service of desired.services) {
      const place = places.find(
        ({ marker }) => marker?.owner === owner && marker.key === service.key,
      );
      const want = place?.marker?.want ?? null;
      if (place === undefined || want === null) continue;
      const verdict = verdicts?.verdict(place.service.id);
      // The marker says so with the next write, which may be far off.
      const isSeenHealthy = verdict?.kind === "healthy" && sameWant(verdict.want, want);
      if (!isSeenHealthy && !sameWant(want, place.marker?.done ?? null)) continue;
      judged += 1;
      // Services with this prefix never appear in the swarm's list.
      if (place.service.appName.startsWith("dokploy-")) continue;
      const line = await judge(service, place.service, view, deep, changing.has(service.key));
      if (line !== null) lines.push(line);
    }
    return judged === 0 && desired.services.length > 0 ? null : lines;
  }

  return {
    async unhealthy(desired, view, deep) {
      if (view.swarm === null) return null;
      return (await judgeAll(desired, view, deep, new Set(), null)) ?? [];
    },
    async unhealthyAsItIs(desired, view, deep, plan, verdicts) {
      if (view.swarm === null) return null;
      const changing = plan.actions.flatMap((one) => ("service" in one ? [one.service] : []));
      return judgeAll(desired, view, deep, new Set(changing), verdicts);
    },
  };
}

/** Whether tasks tell of a service that does not stay up. */
export function failsAgainAndAgain(tasks: readonly TaskState[]): boolean {
  return tasks.some((task) => task.failed && task.ageMs < recentMs);
}
