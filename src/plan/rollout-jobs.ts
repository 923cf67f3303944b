// What is different about a job before a rollout: nothing but a change of what it is made of, or a person, has it run;
// its application waits for its good end; and once it has ended it is stopped. Pure.
import type { Cause } from "../model/cause.ts";
import type { DesiredService, DesiredStack } from "../model/desired.ts";
import { isJobKey, jobKeyOf } from "../model/rollout-job.ts";
import { sameWant } from "../model/marker.ts";
import type { Want } from "../model/marker.ts";
import { swarmOn } from "../model/observed.ts";
import type { Action } from "../model/plan.ts";
import type { PlanInput } from "./input.ts";
import type { ServicePlan } from "./new-service.ts";
import type { ServicePlace } from "./ownership.ts";
import { leftServices } from "./removals.ts";
import type { OwnServices } from "./removals.ts";
import { isUnsettled } from "./settle.ts";

/** Whether it is a job whose stored fields are only put right: drift is no reason to run it. */
export function isCorrectedOnly({ job }: DesiredService, cause: Cause | null): boolean {
  return job !== undefined && cause?.kind === "drift";
}

/** Of a job while a rollback holds: it is left as it is, as going back runs nothing a second time. */
export function leftAsItIs(plan: ServicePlan): ServicePlan {
  return { ...plan, actions: [], rollout: null, isSettled: true };
}

/**
 * The attempt whose command runs now, when `plan` would begin another one, which would cut it off: its end, or its
 * time-out, is waited for. Null where nothing of it runs, or what runs is known to have had its chance.
 */
export function runningAttempt(
  { job }: DesiredService,
  { service, marker }: ServicePlace,
  plan: ServicePlan,
  input: PlanInput,
): Want | null {
  const want = marker?.want ?? null;
  if (job === undefined || want === null || plan.rollout === null) return null;
  if (isUnsettled(want) || sameWant(want, plan.rollout.want)) return null;
  if (
    sameWant(want, marker?.done ?? null) ||
    (swarmOn(input, service.serverId)?.get(service.appName)?.running ?? 0) === 0
  ) {
    return null;
  }
  const verdict = input.verdicts.get(service.id);
  return verdict !== undefined && sameWant(verdict.want, want) ? null : want;
}

/** Whether its attempt has come to an end, as far as nothing new of it begins with this plan. */
function hasEnded(place: ServicePlace, plan: ServicePlan, input: PlanInput): boolean {
  if (plan.rollout !== null) return false;
  if (plan.isSettled) return true;
  const verdict = input.verdicts.get(place.service.id);
  return verdict?.kind === "failed" && sameWant(verdict.want, place.marker?.want ?? null);
}

/**
 * Stops a job that has ended. Measured on docker 20.10: of a service that ran more than once, a task that has ended is
 * run again, unasked, after the docker daemon was restarted twice; of one that is scaled to none it is not.
 */
export function stopping(
  { key, kind, job }: DesiredService,
  place: ServicePlace,
  plan: ServicePlan,
  input: PlanInput,
): readonly Action[] {
  const { id, appName, status, serverId } = place.service;
  const live = swarmOn(input, serverId)?.get(appName);
  if (job === undefined || live === undefined || live.wanted === 0 || status === "running") {
    return [];
  }
  if (!hasEnded(place, plan, input)) return [];
  // What somebody started by hand may end by itself; one that took too long is not to go on.
  if (plan.isSettled && live.running > 0) return [];
  return [
    {
      type: "stop-service",
      service: key,
      kind,
      serviceId: id,
      appName,
      cause: { kind: "ended" },
      risk: "none",
      changes: [],
    },
  ];
}

/** The plan of an application whose job has not ended well yet: nothing of it is touched before that. */
function heldBack(plan: ServicePlan, jobs: readonly string[]): ServicePlan {
  const waits = <T extends Action>(action: T): T =>
    action.type === "move-service" ? action : { ...action, waitsFor: jobs };
  const before = plan.isShared ? plan.before : null;
  const rollout = plan.rollout === null ? null : { ...plan.rollout, waitsFor: jobs };
  return { ...plan, before, actions: plan.actions.map(waits), rollout };
}

/** Jobs that the manifest no longer has and whose command runs all the same. */
export function leftAtWork(
  desired: DesiredStack,
  matched: OwnServices,
  input: PlanInput,
): readonly string[] {
  const { goes, stays } = leftServices(desired, matched);
  return [...goes, ...stays].flatMap(([key, { service }]) => {
    const live = swarmOn(input, service.serverId)?.get(service.appName);
    return isJobKey(key) && (live?.running ?? 0) > 0 ? [key] : [];
  });
}

/** What a job works on is left alone until it has ended: by the jobs of the stack, and by what it was to run before. */
function waitsForLeft({ key, job }: DesiredService, left: readonly string[]): readonly string[] {
  return job === undefined ? left.filter((one) => one === jobKeyOf(key)) : left;
}

/** The plans of a stack's services, in their order, with those held back that wait for their job. */
export function behindJobs(
  { services }: Pick<DesiredStack, "services">,
  plans: readonly ServicePlan[],
  left: readonly string[] = [],
): readonly ServicePlan[] {
  const jobs = new Map<string, string>();
  for (const [index, { key, job }] of services.entries()) {
    if (job !== undefined && plans[index]?.isSettled === false) jobs.set(job.before, key);
  }
  if (jobs.size + left.length === 0) return plans;
  return plans.map((plan, index) => {
    const service = services[index];
    if (service === undefined) return plan;
    const own = jobs.get(service.key);
    const waits = [...waitsForLeft(service, left), ...(own === undefined ? [] : [own])];
    return waits.length === 0 ? plan : heldBack(plan, waits);
  });
}
