// The plan of one application: from "absent" or "as observed" to "as desired".
//
// Order matters for crashes: children come first and the configuration with its marker last, so that
// a marker whose `want` equals the desired hash proves that everything before it was written.
import type { DesiredApplication, DesiredStack } from "../model/desired.ts";
import { describe, markerIdLength, ownerName, sameWant } from "../model/marker.ts";
import type { Marker, Want } from "../model/marker.ts";
import type { ObservedApplication } from "../model/observed.ts";
import type { Action, FieldChange, Mark, Note } from "../model/plan.ts";
import { childChanges } from "./children.ts";
import { diffApplication } from "./diff.ts";
import type { PlanInput } from "./input.ts";
import { blankMarker, childAction, planNew } from "./new-service.ts";
import type { ServicePlan } from "./new-service.ts";
import type { ServicePlace } from "./ownership.ts";

const nothing: ServicePlan = { actions: [], rollout: null, mark: null, notes: [] };

export function shortRevision(revision: string): string {
  return revision.replace(/[^\w.-]/g, "").slice(0, 12) || "none";
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
  if (live === undefined) return "its swarm service was removed by hand";
  if (desired.ignore.includes("replicas") || live.wanted === desired.spec.replicas) return null;
  return live.wanted === 0
    ? "it was stopped by hand"
    : `it was scaled by hand to ${live.wanted} of ${desired.spec.replicas}`;
}

/** Whether the application's whole configuration must be read before it can be planned. */
export function needsDetails(
  desired: DesiredApplication,
  place: ServicePlace,
  input: Pick<PlanInput, "swarm" | "verdicts" | "redeploy">,
): boolean {
  const { marker } = place;
  if (marker === null) return true;
  if (marker.id === null || marker.want === null) return true;
  if (marker.want.hash !== desired.hash.run || marker.live !== desired.hash.live) return true;
  if (input.verdicts.get(place.service.id)?.kind === "retry") return true;
  if (input.redeploy.has(desired.key)) return true;
  return sameWant(marker.want, marker.done) && swarmDrift(desired, place, input.swarm) !== null;
}

function paths(changes: readonly FieldChange[]): string {
  const names = changes.map((change) => change.path);
  return names.length > 4
    ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`
    : names.join(", ");
}

interface Cause {
  readonly reason: string;
  readonly drift: boolean;
}

/** Why a deploy is due, or null when none is. */
function deployCause(
  desired: DesiredApplication,
  place: ServicePlace,
  run: readonly FieldChange[],
  input: PlanInput,
): Cause | null {
  const { marker } = place;
  const verdict = input.verdicts.get(place.service.id);
  if (run.length > 0) {
    if (marker?.want?.hash === desired.hash.run) {
      return { reason: `drift: ${paths(run)} changed on the server`, drift: true };
    }
    return { reason: `${paths(run)} changed in Git`, drift: false };
  }
  const person = input.redeploy.get(desired.key);
  if (person !== undefined) return { reason: `${person} asked for a redeploy`, drift: false };
  if (verdict?.kind === "retry" && sameWant(verdict.want, marker?.want ?? null)) {
    return { reason: `again after a failure: ${verdict.reason}`, drift: false };
  }
  const want = marker?.want ?? null;
  if (want !== null && sameWant(want, marker?.done ?? null)) {
    const drift = swarmDrift(desired, place, input.swarm);
    if (drift !== null) return { reason: `drift: ${drift}`, drift: true };
  }
  return null;
}

function rolloutOwed(existing: Existing, want: Want, reason: string): Action | null {
  const { desired, place, input } = existing;
  const verdict = input.verdicts.get(place.service.id);
  if (verdict?.kind === "failed" && sameWant(verdict.want, want)) return null;
  return {
    type: "rollout",
    service: desired.key,
    applicationId: place.service.id,
    appName: place.service.appName,
    desired,
    want,
    reason,
    risk: "restart",
    changes: [],
  };
}

/** Whether an adopted, equal application runs already, so that nothing needs to be deployed. */
function runsAlready(place: ServicePlace, desired: DesiredApplication, input: PlanInput): boolean {
  const live = input.swarm?.get(place.service.appName);
  return (
    place.service.status === "done" &&
    live !== undefined &&
    live.running === live.wanted &&
    (desired.ignore.includes("replicas") || live.wanted === desired.spec.replicas)
  );
}

interface Existing {
  readonly desired: DesiredApplication;
  readonly stack: DesiredStack;
  readonly owner: string;
  readonly place: ServicePlace;
  readonly details: ObservedApplication | null;
  readonly input: PlanInput;
}

/** The marker that an application has when everything of it that is known now is written down. */
function settledMarker(existing: Existing, run: "equal" | "unknown"): Marker {
  const { desired, place, input, stack, owner } = existing;
  const old = place.marker ?? blankMarker(owner, desired.key, false);
  const verdict = input.verdicts.get(place.service.id);
  const base: Marker = {
    ...old,
    owner,
    key: desired.key,
    id: place.service.id.slice(0, markerIdLength),
    keep: stack.deletionPolicy === "retain",
  };
  const rev = shortRevision(input.revision);
  const healthy =
    verdict?.kind === "healthy" && old.want !== null && sameWant(verdict.want, old.want);
  if (run === "equal") {
    // Equal in every field: only the hash was another one (an older version, a lost key, an adoption).
    const attempt = old.want?.attempt ?? 1;
    const want: Want = { hash: desired.hash.run, attempt };
    const before = old.want !== null && sameWant(old.want, old.done);
    const proven = old.want === null ? runsAlready(place, desired, input) : before || healthy;
    return {
      ...base,
      want,
      done: proven ? want : old.done,
      live: desired.hash.live,
      rev: proven && !before ? rev : old.rev,
    };
  }
  if (healthy && !sameWant(old.want, old.done)) return { ...base, done: old.want, rev };
  return base;
}

function markIfChanged(existing: Existing, marker: Marker): Mark | null {
  const { desired, place } = existing;
  const next = describe(desired.description, marker);
  if (place.service.description === next) return null;
  return {
    key: desired.key,
    kind: desired.kind,
    id: place.service.id,
    text: desired.description,
    marker,
  };
}

function planKnown(existing: Existing): ServicePlan {
  // The marker says that all is as written; only a rollout may be owed, or the marker completed.
  const marker = settledMarker(existing, "unknown");
  const owed = marker.want !== null && !sameWant(marker.want, marker.done);
  return {
    ...nothing,
    rollout: owed
      ? rolloutOwed(existing, marker.want, "its rollout has not been seen healthy yet")
      : null,
    mark: markIfChanged(existing, marker),
  };
}

function planRead(existing: Existing, details: ObservedApplication): ServicePlan {
  const { desired, place, input, stack } = existing;
  const service = desired.key;
  const applicationId = place.service.id;
  const previous =
    input.previous?.services.find((candidate) => candidate.key === desired.key) ?? null;
  const diff = diffApplication(desired, details, previous);
  const cause = deployCause(desired, place, diff.run, input);
  const gitChangedLive = place.marker?.live !== desired.hash.live;
  const selfHeal = stack.sync.selfHeal;

  const notes: Note[] = [];
  const leaveRun = cause?.drift === true && !selfHeal;
  const leaveLive = diff.live.length > 0 && !gitChangedLive && !selfHeal;
  if (leaveRun) notes.push({ kind: "ignored-drift", message: `${service}: ${cause.reason}` });
  if (leaveLive) {
    notes.push({ kind: "ignored-drift", message: `${service}: drift: ${paths(diff.live)}` });
  }
  const children = childChanges(desired, details).filter((change) =>
    ["mount", "port"].includes(change.child.kind) ? !leaveRun : !leaveLive,
  );
  const fields = [...diff.run, ...diff.live];
  const childActions = children.map((change) =>
    childAction(service, applicationId, change, fields),
  );

  const runEqual = diff.run.length === 0;
  const settled = settledMarker(existing, runEqual && !leaveRun ? "equal" : "unknown");
  const marker: Marker = leaveLive ? settled : { ...settled, live: desired.hash.live };

  if (cause !== null && !leaveRun) {
    const want: Want = {
      hash: desired.hash.run,
      attempt: (place.marker?.want?.attempt ?? 0) + 1,
    };
    return {
      actions: [
        ...childActions,
        {
          type: "configure-application",
          service,
          applicationId,
          desired,
          observed: details,
          marker: {
            ...marker,
            want,
            done: place.marker?.done ?? null,
            rev: place.marker?.rev ?? null,
          },
          want,
          reason: cause.reason,
          risk: "restart",
          changes: [...diff.run, ...diff.delivery],
        },
      ],
      rollout: rolloutOwed(existing, want, cause.reason),
      mark: null,
      notes,
    };
  }
  const owed = !leaveRun && marker.want !== null && !sameWant(marker.want, marker.done);
  const relabel = owed && !sameWant(marker.want, place.marker?.want ?? null);
  if (diff.delivery.length > 0 || relabel) {
    // A rollout that is owed under a new hash needs a label of its own, hence a new attempt.
    const want: Want = relabel
      ? { hash: desired.hash.run, attempt: (place.marker?.want?.attempt ?? 0) + 1 }
      : (marker.want ?? { hash: desired.hash.run, attempt: 1 });
    const reason = relabel
      ? "its rollout has not been seen healthy yet"
      : "Dokploy would deploy it by itself";
    return {
      actions: [
        ...childActions,
        {
          type: "configure-application",
          service,
          applicationId,
          desired,
          observed: details,
          marker: { ...marker, want },
          want,
          reason,
          risk: "none",
          changes: diff.delivery,
        },
      ],
      rollout: owed ? rolloutOwed(existing, want, reason) : null,
      mark: null,
      notes,
    };
  }
  return {
    actions: childActions,
    rollout: owed
      ? rolloutOwed(existing, marker.want, "its rollout has not been seen healthy yet")
      : null,
    mark: markIfChanged(existing, marker),
    notes,
  };
}

/** The plan of one application. `place` null: it does not exist yet. */
export function planService(
  desired: DesiredApplication,
  place: ServicePlace | null,
  input: PlanInput,
): ServicePlan {
  const stack = input.desired;
  const owner = ownerName(input.ownership.instance, stack.name);
  if (place === null) return planNew(desired, stack, owner);
  const details = input.details.get(place.service.id) ?? null;
  const existing: Existing = { desired, stack, owner, place, details, input };
  const plan = details === null ? planKnown(existing) : planRead(existing, details);
  if (place.environment.name === desired.environment) return plan;
  return {
    ...plan,
    actions: [
      {
        type: "move-application",
        service: desired.key,
        applicationId: place.service.id,
        environment: desired.environment,
        reason: `it was moved by hand to ${place.environment.name}`,
        risk: "none",
        changes: [{ path: "environment", was: place.environment.name, is: desired.environment }],
      },
      ...plan.actions,
    ],
  };
}
