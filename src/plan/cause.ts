// Why a service is deployed, or why it needs no deploy: what Git changed, what changed on the
// server, and who asked (H7).
import type { Cause, DriftChange, SecretChange } from "../model/cause.ts";
import type { DesiredService, SecretUse } from "../model/desired.ts";
import { appliesLive, flatten, isIgnored, isWithin } from "../model/fields.ts";
import { driftOf, replicasOf, runningOf } from "../model/kinds/table.ts";
import { variablesInUse } from "../model/hash-input.ts";
import { sameWant } from "../model/marker.ts";
import type { ServiceDetails } from "../model/observed.ts";
import type { FieldChange } from "../model/plan.ts";
import { swarmOn } from "../model/observed.ts";
import type { Running } from "../model/observed.ts";
import type { PlanInput } from "./input.ts";
import { proposes } from "./left-drift.ts";
import { newCommit } from "./new-commit.ts";
import type { ServicePlace } from "./ownership.ts";

/** How what runs is not what was rolled out, as the swarm's list shows it; null when it is. */
export function swarmDrift(
  desired: DesiredService,
  place: ServicePlace,
  running: Running,
): DriftChange | null {
  // Of a job nothing is meant to run, and when it runs again only Git or a person says.
  if (desired.job !== undefined) return null;
  const swarm = swarmOn(running, place.service.serverId);
  if (swarm === null || place.service.status === "running") return null;
  // Services with this prefix never appear in the swarm's list, so that their absence proves nothing.
  if (place.service.appName.startsWith("dokploy-")) return null;
  const live = runningOf(desired, swarm, place.service.appName);
  // Nothing is to run and nothing does.
  if (live === undefined) return replicasOf(desired) === 0 ? null : { what: "removed" };
  return driftOf(desired, live, place.service.status);
}

/** Whether an adopted, equal service runs already, so that nothing needs to be deployed. */
export function runsAlready(
  place: ServicePlace,
  desired: DesiredService,
  running: Running,
): boolean {
  // That of a job proves nothing of its end.
  if (desired.job !== undefined) return false;
  const swarm = swarmOn(running, place.service.serverId);
  const live = swarm === null ? undefined : runningOf(desired, swarm, place.service.appName);
  const wanted = replicasOf(desired);
  return (
    place.service.status === "done" &&
    live !== undefined &&
    live.running === live.wanted &&
    (wanted === null || live.wanted === wanted)
  );
}

/** Variables that a service uses and that this plan gives another value; null: unreadable. */
export function changedVariables(
  desired: DesiredService,
  want: Readonly<Record<string, string>>,
  have: Readonly<Record<string, string>> | null,
): readonly string[] {
  const value = (values: Readonly<Record<string, string>>, name: string): string | null =>
    Object.hasOwn(values, name) ? (values[name] ?? null) : null;
  return variablesInUse(desired.spec.env, desired.ignore).filter(
    (name) => have === null || value(want, name) !== value(have, name),
  );
}

/** Those of them that somebody changed on the server, as far as that can be read. */
export function driftedVariables(
  desired: DesiredService,
  want: Readonly<Record<string, string>>,
  have: Readonly<Record<string, string>> | null,
): readonly string[] {
  return have === null ? [] : changedVariables(desired, want, have);
}

type SecretUses = ReadonlyMap<string, SecretUse> | undefined;

/** The secrets in a field whose text in the manifest is as it was before; null when Git changed it. */
function secretsIn(path: string, now: SecretUses, before: SecretUses): readonly string[] | null {
  for (const [field, { names, written }] of now ?? []) {
    if (!isWithin(new Set([field]), path)) continue;
    return before?.get(field)?.written === written ? names : null;
  }
  return null;
}

/** Of fields with another value, which Git changed and which a secret: names, never values. */
function gitCause(
  what: "fields" | "variables",
  changed: readonly string[],
  now: SecretUses,
  before: SecretUses,
): Cause {
  const secrets = new Map(changed.map((path) => [path, secretsIn(path, now, before)]));
  const inGit = changed.filter((path) => secrets.get(path) === null);
  const bySecret = changed.filter((path) => secrets.get(path) !== null);
  const names = [...new Set(bySecret.flatMap((path) => secrets.get(path) ?? []))].sort();
  const secret: SecretChange = { names, fields: bySecret, orGit: now === before };
  if (inGit.length === 0) return { kind: "secret", ...secret };
  return { kind: "git", what, fields: inGit, secret: bySecret.length === 0 ? null : secret };
}

/** Fields that Git changed although the server has them already: somebody typed them there. */
function typedBefore(desired: DesiredService, input: PlanInput): readonly string[] {
  const previous = input.previous?.services.find(({ key }) => key === desired.key);
  if (previous === undefined) return [];
  const is = flatten(desired);
  const was = flatten(previous);
  return [...new Set([...is.keys(), ...was.keys()])]
    .filter((path) => !appliesLive(desired.kind, path) && is.get(path) !== was.get(path))
    .filter((path) => !isIgnored(desired.ignore, path) && !isIgnored(previous.ignore, path))
    .sort();
}

const variablePath = (name: string): string => `variables.${name}`;

/** Why a deploy is due, or null when none is. */
export function deployCause(
  desired: DesiredService,
  place: ServicePlace,
  run: readonly FieldChange[],
  variables: readonly string[],
  seen: {
    readonly input: PlanInput;
    readonly variables: Readonly<Record<string, string>> | null;
    readonly details: ServiceDetails | null;
    /** All that differs was left before, and Git changed something that the server has already. */
    readonly isOld?: boolean;
  },
): Cause | null {
  const { input, isOld = false } = seen;
  const { marker } = place;
  const want = marker?.want ?? null;
  const byGit = want?.hash !== desired.hash.run && !isOld;
  const { rollback } = input;
  if (rollback && byGit && run.length + variables.length > 0) return rollback.cause;
  const wasLeft = (marker?.bad ?? null) !== null;
  const again = wasLeft ? input.redeploy.values().next().value : undefined;
  if (!rollback && again !== undefined && run.length > 0) {
    return { kind: "person", by: again, rolledBack: true };
  }
  const before = input.previous?.services.find(({ key }) => key === desired.key);
  const paths = run.map(({ path }) => path);
  if (run.length > 0 && byGit) {
    return gitCause("fields", paths, desired.secretUses, before?.secretUses);
  }
  const person = input.redeploy.get(desired.key);
  if (person !== undefined) return { kind: "person", by: person, rolledBack: false };
  const commit = newCommit(desired, place, input, seen.details);
  // Drift that is left alone keeps no commit from being deployed.
  const { selfHeal } = input.desired.sync;
  const isLeft = commit !== null && (!selfHeal || proposes(input));
  if (run.length > 0 && !isLeft)
    return { kind: "drift", change: { what: "fields", fields: paths } };
  if (commit !== null) return commit;
  if (byGit && variables.length > 0) {
    const { secretVariableUses: uses } = input.desired;
    return gitCause("variables", variables, uses, input.previous?.secretVariableUses);
  }
  // What runs may have started with the other value: nobody can tell.
  const drifted = driftedVariables(desired, input.desired.variables, seen.variables);
  if (drifted.length > 0) {
    return { kind: "drift", change: { what: "fields", fields: drifted.map(variablePath) } };
  }
  const verdict = input.verdicts.get(place.service.id);
  // It is started again when its volume is copied; a deploy would start it in the middle.
  const isPaused = seen.details?.pausedFor !== undefined;
  if (verdict?.kind === "retry" && sameWant(verdict.want, want) && !isPaused) {
    const { reason: why, platform } = verdict;
    return { kind: "retry", why, ...(platform === undefined ? {} : { platform }) };
  }
  if (want === null || !sameWant(want, marker?.done ?? null)) return null;
  // What was proposed and merged is there already, on purpose.
  const typed = byGit && !proposes(input) ? typedBefore(desired, input) : [];
  if (typed.length > 0) return { kind: "git", what: "typed", fields: typed, secret: null };
  if (isPaused) return null;
  const change = swarmDrift(desired, place, input);
  return change === null ? null : { kind: "drift", change };
}
