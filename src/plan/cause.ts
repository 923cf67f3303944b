// Why an application is deployed, or why it needs no deploy: what Git changed, what changed on the
// server, and who asked (H7).
import type { DesiredApplication, SecretUse } from "../model/desired.ts";
import { appliesLive, flatten, isIgnored, isWithin } from "../model/fields.ts";
import { variablesInUse } from "../model/hash-input.ts";
import { sameWant } from "../model/marker.ts";
import type { FieldChange } from "../model/plan.ts";
import type { PlanInput } from "./input.ts";
import type { ServicePlace } from "./ownership.ts";

export interface Cause {
  readonly reason: string;
  /** Git did not change: `selfHeal: false` leaves it. */
  readonly drift: boolean;
}

/** Why what runs is not what was rolled out, as the swarm's list shows it; null when it is. */
export function swarmDrift(
  desired: DesiredApplication,
  place: ServicePlace,
  swarm: PlanInput["swarm"],
): string | null {
  if (swarm === null || place.service.status === "running") return null;
  // Services with this prefix never appear in the swarm's list, so that their absence proves nothing.
  if (place.service.appName.startsWith("dokploy-")) return null;
  const live = swarm.get(place.service.appName);
  const anyNumber = isIgnored(desired.ignore, "replicas");
  if (live === undefined) {
    // Nothing shall run and nothing does.
    if (!anyNumber && desired.spec.replicas === 0) return null;
    return "its swarm service was removed by hand";
  }
  if (anyNumber || live.wanted === desired.spec.replicas) return null;
  return live.wanted === 0
    ? "it was stopped by hand"
    : `it was scaled by hand to ${live.wanted} of ${desired.spec.replicas}`;
}

/** Whether an adopted, equal application runs already, so that nothing needs to be deployed. */
export function runsAlready(
  place: ServicePlace,
  desired: DesiredApplication,
  swarm: PlanInput["swarm"],
): boolean {
  const live = swarm?.get(place.service.appName);
  return (
    place.service.status === "done" &&
    live !== undefined &&
    live.running === live.wanted &&
    (isIgnored(desired.ignore, "replicas") || live.wanted === desired.spec.replicas)
  );
}

/** A few names, then how many more. */
export function listed(names: readonly string[]): string {
  return names.length > 4
    ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`
    : names.join(", ");
}

export function paths(changes: readonly FieldChange[]): string {
  return listed(changes.map((change) => change.path));
}

/** Variables that an application uses and that this plan gives another value; null: unreadable. */
export function changedVariables(
  desired: DesiredApplication,
  want: Readonly<Record<string, string>>,
  have: Readonly<Record<string, string>> | null,
): readonly string[] {
  const value = (values: Readonly<Record<string, string>>, name: string): string | null =>
    Object.hasOwn(values, name) ? (values[name] ?? null) : null;
  return variablesInUse(desired.spec.env, desired.ignore).filter(
    (name) => have === null || value(want, name) !== value(have, name),
  );
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

/** `image changed in Git; the secret shop-db changed (env.DATABASE_URL)`: names, never values. */
function gitReason(
  changed: readonly string[],
  now: SecretUses,
  before: SecretUses,
  told: (paths: readonly string[]) => string,
): string {
  const secrets = new Map(changed.map((path) => [path, secretsIn(path, now, before)]));
  const inGit = changed.filter((path) => secrets.get(path) === null);
  const bySecret = changed.filter((path) => secrets.get(path) !== null);
  const reasons = inGit.length === 0 ? [] : [told(inGit)];
  if (bySecret.length > 0) {
    const names = [...new Set(bySecret.flatMap((path) => secrets.get(path) ?? []))].sort();
    const what = `${names.length === 1 ? "the secret" : "the secrets"} ${listed(names)}`;
    // After a start nobody knows how the manifest read before.
    const who = now === before ? `${what} changed, or Git did` : `${what} changed`;
    reasons.push(`${who} (${listed(bySecret)})`);
  }
  return reasons.join("; ");
}

/** Fields that Git changed although the server has them already: somebody typed them there. */
function typedBefore(desired: DesiredApplication, input: PlanInput): readonly string[] {
  const previous = input.previous?.services.find(({ key }) => key === desired.key);
  if (previous === undefined) return [];
  const is = flatten(desired.spec);
  const was = flatten(previous.spec);
  return [...new Set([...is.keys(), ...was.keys()])]
    .filter((path) => !appliesLive(path) && is.get(path) !== was.get(path))
    .filter((path) => !isIgnored(desired.ignore, path) && !isIgnored(previous.ignore, path))
    .sort();
}

/** Why a deploy is due, or null when none is. */
export function deployCause(
  desired: DesiredApplication,
  place: ServicePlace,
  run: readonly FieldChange[],
  variables: readonly string[],
  input: PlanInput,
): Cause | null {
  const { marker } = place;
  const want = marker?.want ?? null;
  const byGit = want?.hash !== desired.hash.run;
  const { rollback } = input;
  if (rollback && byGit && run.length + variables.length > 0) {
    return { reason: rollback.reason, drift: false };
  }
  const wasLeft = (marker?.bad ?? null) !== null;
  const again = wasLeft ? input.redeploy.values().next().value : undefined;
  if (!rollback && again !== undefined && run.length > 0) {
    return { reason: `${again} asked for a redeploy of what was rolled back`, drift: false };
  }
  const before = input.previous?.services.find(({ key }) => key === desired.key);
  if (run.length > 0 && byGit) {
    const reason = gitReason(
      run.map(({ path }) => path),
      desired.secretUses,
      before?.secretUses,
      (fields) => `${listed(fields)} changed in Git`,
    );
    return { reason, drift: false };
  }
  const person = input.redeploy.get(desired.key);
  if (person !== undefined) return { reason: `${person} asked for a redeploy`, drift: false };
  if (run.length > 0) {
    return { reason: `drift: ${paths(run)} changed on the server`, drift: true };
  }
  if (byGit && variables.length > 0) {
    const { secretVariableUses: uses } = input.desired;
    const reason = gitReason(
      variables,
      uses,
      input.previous?.secretVariableUses,
      (names) => `project variables changed in Git: ${listed(names)}`,
    );
    return { reason, drift: false };
  }
  const verdict = input.verdicts.get(place.service.id);
  if (verdict?.kind === "retry" && sameWant(verdict.want, want)) {
    return { reason: `again after a failure: ${verdict.reason}`, drift: false };
  }
  if (want === null || !sameWant(want, marker?.done ?? null)) return null;
  const typed = byGit ? typedBefore(desired, input) : [];
  if (typed.length > 0) {
    return { reason: `${listed(typed)} changed in Git, and on the server before`, drift: false };
  }
  const drift = swarmDrift(desired, place, input.swarm);
  return drift === null ? null : { reason: `drift: ${drift}`, drift: true };
}
