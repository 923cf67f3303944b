// What of a stack does not run as it should, in words: a crash loop, a service removed by hand, a
// stopped one. The shared list tells most of it; a process that dies every few seconds reads as running
// there most of the time, so that the tasks of services under a deep check are looked at as well.
import type { DesiredStack } from "../../model/desired.ts";
import { swarmOn } from "../../model/observed.ts";
import type { Running } from "../../model/observed.ts";
import type { Plan } from "../../model/plan.ts";
import type { Platform } from "../../ports.ts";
import type { Rollouts } from "../rollout/rollouts.ts";
import type { View } from "../state/world.ts";
import { rolledOut } from "./rolled-out.ts";
import type { RolledOut } from "./rolled-out.ts";
import { createServiceHealth } from "./service-health.ts";
import type { HealthOptions } from "./service-health.ts";

export interface Health {
  /**
   * One line for each service that is rolled out and not healthy; null when what runs of one cannot be told.
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

const nothingChanges: ReadonlySet<string> = new Set();

export function createHealth(platform: Platform, options: HealthOptions): Health {
  const services = createServiceHealth(platform, options);

  /** `changing`: keys of services that a plan would change. */
  async function judgeAll(
    stack: string,
    toJudge: readonly RolledOut[],
    running: Running,
    deep: ReadonlySet<string>,
    changing: ReadonlySet<string>,
  ): Promise<readonly string[] | null> {
    const lines: string[] = [];
    for (const { service, observed } of toJudge) {
      const swarm = swarmOn(running, observed.serverId);
      if (swarm === null) return null;
      // Services with this prefix never appear in the swarm's list.
      if (observed.appName.startsWith("dokploy-")) continue;
      const isDeep = deep.has(observed.id);
      const isChanging = changing.has(service.key);
      const subject = { stack, service, observed, swarm, isDeep, isChanging };
      const line = await services.judge(subject);
      if (line !== null) lines.push(line);
    }
    return lines;
  }

  return {
    async unhealthy(desired, view, deep) {
      const toJudge = rolledOut(desired, view, null);
      return judgeAll(desired.name, toJudge, view, deep, nothingChanges);
    },
    async unhealthyAsItIs(desired, view, deep, plan, verdicts) {
      const toJudge = rolledOut(desired, view, verdicts);
      if (toJudge.length === 0 && desired.services.length > 0) return null;
      const changing = plan.actions.flatMap((one) => ("service" in one ? [one.service] : []));
      return judgeAll(desired.name, toJudge, view, deep, new Set(changing));
    },
    restarts: (stack) => services.restarts(stack),
  };
}
