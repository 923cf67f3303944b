// What of a stack with `sync.drift: propose` is left on the server until a person decides on its proposal. Whatever Git
// changes of a service is written as ever, and ends the drift of that service: nothing of drift is ever deployed.
import type { Cause, DriftChange } from "../model/cause.ts";
import type { DesiredStack } from "../model/desired.ts";
import { flatten, keepIgnored } from "../model/fields.ts";
import { variablesInUse } from "../model/hash-input.ts";
import type { ObservedProject, ServiceDetails } from "../model/observed.ts";
import type { FieldChange, LeftDrift } from "../model/plan.ts";
import type { DesiredService } from "../model/desired.ts";
import type { ServiceDiff } from "./diff.ts";
import type { Difference, PlanInput } from "./input.ts";
import type { Matched } from "./match.ts";
import { projectKey } from "./ownership.ts";

/** How many of its containers run, as the path of a difference: no field of a manifest says that. */
export const runningPath = "running";

/** Whether drift of the stack is proposed. A rollback goes by an older revision, to which nothing is proposed. */
export function proposes({ desired, rollback }: Pick<PlanInput, "desired" | "rollback">): boolean {
  return desired.sync.drift === "propose" && !rollback;
}

function differencesOf(
  desired: DesiredService,
  details: ServiceDetails,
  changes: readonly FieldChange[],
): readonly Difference[] {
  const [want, have] = [flatten(desired), flatten(details)];
  return changes.map(({ path, was, is }) => {
    const isField = want.has(path) || have.has(path);
    // Settings that no manifest has words for are known by what is told of them.
    if (!isField) return { path, observed: was ?? "", wanted: is };
    return { path, observed: have.get(path) ?? null, wanted: want.get(path) ?? null };
  });
}

/** What of a service that was read is left, by what applies it. */
export interface ServiceLeft {
  readonly run: readonly Difference[];
  readonly live: readonly Difference[];
  /** Git changed the service, and all that differs was left before: the rest is as Git says. */
  readonly isOld: { readonly run: boolean; readonly live: boolean };
  /** A person refused all of it. */
  readonly isRefused: { readonly run: boolean; readonly live: boolean };
}

/** Null: no drift of the stack is proposed. */
export function leftOf(
  desired: DesiredService,
  details: ServiceDetails,
  diff: ServiceDiff,
  input: PlanInput,
): ServiceLeft | null {
  if (!proposes(input)) return null;
  const run = differencesOf(desired, details, diff.run);
  const live = differencesOf(desired, details, diff.live);
  const { drift } = input;
  const all = (ones: readonly Difference[], holds: (one: Difference) => boolean): boolean =>
    ones.length > 0 && ones.every(holds);
  const isOld = (one: Difference): boolean => drift?.isOld(desired.key, one) ?? false;
  const isRefused = (one: Difference): boolean => drift?.isRefused(desired.key, one) ?? false;
  return {
    ...{ run, live },
    isOld: { run: all(run, isOld), live: all(live, isOld) },
    isRefused: { run: all(run, isRefused), live: all(live, isRefused) },
  };
}

/** How what runs differs, where a person may have meant it; null for what nobody sets in Dokploy. */
function runningDifference(change: DriftChange): Difference | null {
  switch (change.what) {
    case "stopped":
      return { path: runningPath, observed: "stopped", wanted: "running" };
    case "scaled":
      return {
        path: runningPath,
        observed: `${change.running} replicas`,
        wanted: `${change.wanted} replicas`,
      };
    case "fields":
    case "removed":
    case "record":
    case "parts":
      return null;
  }
}

export interface DriftDecision {
  readonly leaveRun: boolean;
  /** How what runs differs, where that is what is left for a proposal. */
  readonly running: Difference | null;
}

/** Whether what would be deployed is drift that is left. `kept` null: no drift of the stack is proposed. */
export function leavesRun(
  desired: DesiredService,
  why: Cause | null,
  kept: ServiceLeft | null,
  input: PlanInput,
): DriftDecision {
  if (why?.kind !== "drift") return { leaveRun: false, running: null };
  if (kept === null) return { leaveRun: !input.desired.sync.selfHeal, running: null };
  if (why.change.what === "fields") {
    // Without a field of its own only variables of the project differ, which are being put back.
    return { leaveRun: kept.run.length > 0 && !kept.isRefused.run, running: null };
  }
  const running = runningDifference(why.change);
  const isRefused = running !== null && input.drift?.isRefused(desired.key, running) === true;
  return running === null || isRefused
    ? { leaveRun: false, running: null }
    : { leaveRun: true, running };
}

/** What is left of it, for its proposal; null: nothing is. */
export function leftHere(
  desired: DesiredService,
  details: ServiceDetails,
  kept: ServiceLeft,
  is: {
    readonly leaveRun: boolean;
    readonly leaveLive: boolean;
    readonly running: Difference | null;
  },
): LeftDrift | null {
  const differences = [
    ...(is.leaveRun ? (is.running === null ? kept.run : [is.running]) : []),
    ...(is.leaveLive ? kept.live : []),
  ];
  return differences.length === 0 ? null : { service: desired.key, differences, desired, details };
}

/** The name and the variables of the project that are left; null: they are written as Git says. */
export function leftOfProject(
  input: PlanInput,
  project: ObservedProject,
  matched: Matched,
): LeftDrift | null {
  const { desired, drift } = input;
  // Who asks for a deploy gets what Git says.
  if (input.redeploy.size > 0) return null;
  if (!proposes(input) || project.variables === null || drift?.isWritten(desired) !== true) {
    return null;
  }
  const [want, have] = [desired.variables, project.variables];
  const names = new Set([...Object.keys(want), ...Object.keys(have)]);
  const value = (of: Readonly<Record<string, string>>, name: string): string | null =>
    Object.hasOwn(of, name) ? (of[name] ?? null) : null;
  const differences: Difference[] = [...names]
    .sort()
    .map((name) => ({
      path: `variables.${name}`,
      observed: value(have, name),
      wanted: value(want, name),
    }))
    .filter(({ observed, wanted }) => observed !== wanted);
  if (project.name !== desired.project) {
    differences.push({ path: "name", observed: project.name, wanted: desired.project });
  }
  if (differences.length === 0) return null;
  if (differences.every((one) => drift.isRefused(projectKey, one))) return null;
  const changed = new Set(differences.map(({ path }) => path));
  // A service that is deployed for another reason must not start with the other value.
  const isUsed = desired.services.some(
    (service) =>
      matched.mine.get(service.key)?.marker?.want?.hash !== service.hash.run &&
      variablesInUse(service.spec.env, service.ignore).some((name) =>
        changed.has(`variables.${name}`),
      ),
  );
  return isUsed ? null : { service: projectKey, differences, desired: null, details: null };
}

/** The project as it is to be written: what is left stays as it is. */
export function projectToWrite(
  desired: DesiredStack,
  project: ObservedProject,
  left: LeftDrift | null,
): Pick<DesiredStack, "project" | "variables"> {
  return left === null
    ? desired
    : { project: project.name, variables: project.variables ?? desired.variables };
}

/** The stack with what is left as the server has it: whether that runs well is judged by what it is meant to be now. */
export function asLeft(desired: DesiredStack, left: readonly LeftDrift[] = []): DesiredStack {
  if (left.length === 0) return desired;
  const byService = new Map(left.map((one) => [one.service, one]));
  const services = desired.services.map((service): DesiredService => {
    const { details = null, differences = [] } = byService.get(service.key) ?? {};
    if (details?.kind !== service.kind) return service;
    const paths = differences.map(({ path }) => path);
    return { ...service, spec: keepIgnored(service, details.spec, paths) } as DesiredService;
  });
  return { ...desired, services };
}
