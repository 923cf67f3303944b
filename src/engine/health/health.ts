// What of a stack does not run as it should, in words: a crash loop, a service removed by hand, a
// stopped one. The shared list tells most of it; a process that dies every few seconds reads as running
// there most of the time, so that the tasks of services under a deep check are looked at as well.
import type { ServiceRef } from "../../model/observed.ts";
import type { Clock } from "../../lib/clock.ts";
import type { DesiredService, DesiredStack } from "../../model/desired.ts";
import { ownerName, sameWant } from "../../model/marker.ts";
import type { ObservedService } from "../../model/observed.ts";
import type { Plan } from "../../model/plan.ts";
import { servicesOf } from "../../plan/ownership.ts";
import type { Platform, TaskState } from "../../ports.ts";
import type { Rollouts } from "../rollout/rollouts.ts";
import { stability } from "./stability.ts";
import { stuckTask } from "../rollout/stuck-tasks.ts";
import { tellingLines } from "../rollout/telling-lines.ts";
import type { View } from "../state/world.ts";

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
  /** What of a stack ended once of late and is well, as last seen: when and why, one line each. */
  restarts(stack: string): readonly string[];
}

export interface HealthOptions {
  readonly clock: Clock;
  /** Told once of each restart. */
  readonly restarted: (stack: string, message: string) => void;
}

/** What was said of a service that is not well. */
interface Said {
  readonly running: number;
  readonly wanted: number;
  /** Why a task does not start without an error, if one does not. */
  readonly stuck: string | null;
  readonly errors: string;
  readonly line: string;
}

const logLines = 20;
const linesShown = 3;

export function createHealth(platform: Platform, { clock, restarted }: HealthOptions): Health {
  /** Seen failing again and again, though they may read as running: looked at again in every run. */
  const flapping = new Set<string>();
  const sick = new Map<string, Said>();
  const restarts = new Map<string, { readonly stack: string; readonly line: string }>();

  /** Null when they cannot be read. */
  async function tasksOf(appName: string): Promise<readonly TaskState[] | null> {
    try {
      return await platform.tasks(appName);
    } catch {
      return null;
    }
  }

  async function logTail(service: ServiceRef): Promise<readonly string[]> {
    return tellingLines(await platform.serviceLog(service, logLines).catch(() => []), linesShown);
  }

  function errorsOf(tasks: readonly TaskState[]): readonly string[] {
    const errors = new Set(tasks.filter((task) => task.failed).map((task) => task.error));
    return [...errors].filter((error) => error !== "");
  }

  /** The same trouble keeps its words: a log that goes on, or a loop seen between two ends, is no news. */
  async function say(
    { kind, id }: ServiceRef,
    what: string,
    tasks: readonly TaskState[],
    counts: Pick<Said, "running" | "wanted" | "stuck">,
  ): Promise<string> {
    const errors = errorsOf(tasks);
    const key = [...errors].sort().join("\n");
    const before = sick.get(id);
    const isSame =
      before?.running === counts.running &&
      before.wanted === counts.wanted &&
      before.stuck === counts.stuck;
    if (before?.errors === key && (isSame || flapping.has(id))) return before.line;
    const text = [...errors, ...(await logTail({ kind, id }))].join(" | ");
    const line = `${what}${text === "" ? "" : `: ${text}`}`;
    sick.set(id, { ...counts, errors: key, line });
    return line;
  }

  function well(id: string): null {
    flapping.delete(id);
    sick.delete(id);
    restarts.delete(id);
    return null;
  }

  function noteRestart(stack: string, service: DesiredService, id: string, last: TaskState): void {
    if (restarts.has(id)) return;
    well(id);
    const at = new Date(clock.now() - last.ageMs).toISOString().slice(0, 16).replace("T", " ");
    const why = last.error === "" ? "" : `: ${last.error}`;
    const line = `${service.key} was restarted at ${at} UTC${why}`;
    restarts.set(id, { stack, line });
    restarted(stack, line);
  }

  async function judge(
    stack: string,
    service: DesiredService,
    observed: ObservedService,
    view: View,
    deep: ReadonlySet<string>,
    isChanging: boolean,
  ): Promise<string | null> {
    const { appName, id } = observed;
    const live = view.swarm?.get(appName);
    if (live === undefined) {
      return service.spec.replicas > 0 ? `${service.key}: its swarm service is gone` : null;
    }
    const { stableForMs } = service.rollout;
    const isTheirs = isChanging || service.ignore.includes("replicas");
    const wanted = isTheirs ? live.wanted : service.spec.replicas;
    const { running } = live;
    if (running !== wanted) {
      const tasks = (await tasksOf(appName)) ?? [];
      if (stability(tasks, stableForMs).kind === "loop") flapping.add(id);
      const stuck = stuckTask(tasks, view.swarm);
      const why = stuck === null ? "" : ` (${stuck.text})`;
      const what = `${service.key}: ${running} of ${wanted} replicas are running${why}`;
      return say(observed, what, tasks, { running, wanted, stuck: stuck?.kind ?? null });
    }
    if (!deep.has(id) && !flapping.has(id) && !restarts.has(id)) {
      sick.delete(id);
      return null;
    }
    const tasks = await tasksOf(appName);
    // Nothing says that it stays up now.
    if (tasks === null) return flapping.has(id) ? (sick.get(id)?.line ?? null) : null;
    const found = stability(tasks, stableForMs);
    switch (found.kind) {
      case "steady":
        return well(id);
      case "restarted":
        noteRestart(stack, service, id, found.last);
        return null;
      case "loop": {
        restarts.delete(id);
        const what = `${service.key}: it does not stay up`;
        const line = await say(observed, what, found.failed, { running, wanted, stuck: null });
        flapping.add(id);
        return line;
      }
    }
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
      const line = await judge(
        desired.name,
        service,
        place.service,
        view,
        deep,
        changing.has(service.key),
      );
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
    restarts: (stack) =>
      [...restarts.values()].flatMap((one) => (one.stack === stack ? [one.line] : [])),
  };
}
