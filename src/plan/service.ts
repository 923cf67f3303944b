// The plan of one service: from "absent" or "as observed" to "as desired".
//
// Order matters for crashes: children come first and the configuration with its marker last, so that
// a marker whose `want` equals the desired hash proves that everything before it was written. Where a
// deploy applies those children, a marker of its own goes before them: equal fields prove no deploy.
import type { Cause } from "../model/cause.ts";
import type { DesiredService } from "../model/desired.ts";
import { ownerName, parseMarker, sameWant } from "../model/marker.ts";
import type { Marker, Want } from "../model/marker.ts";
import type { ServiceDetails } from "../model/observed.ts";
import type { Note, Risk } from "../model/plan.ts";
import { changedVariables, deployCause, driftedVariables, swarmDrift } from "./cause.ts";
import { withoutForeign } from "./by-hand.ts";
import { withNamesOfGit } from "./volume-names.ts";
import { causeText } from "./cause-words.ts";
import { childChanges } from "./children.ts";
import { gainedAccess } from "./host-access.ts";
import { lossesOf, refusalOf } from "./data-loss.ts";
import { diffService } from "./diff.ts";
import type { PlanInput } from "./input.ts";
import { leavesRun, leftHere, leftOf, proposes } from "./left-drift.ts";
import { childAction, planNew } from "./new-service.ts";
import type { Rollout, ServicePlan } from "./new-service.ts";
import { builtCommit, followsDigest, headOf, newCommit, runningMark } from "./new-commit.ts";
import type { ServicePlace } from "./ownership.ts";
import { planReplaced, standsElsewhere } from "./replace.ts";
import { isCorrectedOnly, leftAsItIs, runningAttempt, stopping } from "./rollout-jobs.ts";
import { refusedName } from "./server-names.ts";
import { refusedServer, wantedServer } from "./servers.ts";
import { isUnsettled, leftMark, markIfChanged, settledMarker, unsettledMark } from "./settle.ts";
import type { Existing } from "./settle.ts";

const nothing: ServicePlan = {
  before: null,
  isShared: false,
  actions: [],
  rollout: null,
  last: [],
  isSettled: true,
  mark: null,
  notes: [],
  left: null,
  refusal: null,
};

/**
 * Whether the service's whole configuration must be read before it can be planned. `variables`: the project's as the
 * server has them, null when they cannot be read.
 */
export function needsDetails(
  desired: DesiredService,
  place: ServicePlace,
  input: Pick<
    PlanInput,
    | "desired"
    | "swarm"
    | "remote"
    | "servers"
    | "rollback"
    | "verdicts"
    | "redeploy"
    | "heads"
    | "asGood"
    | "pulled"
    | "drift"
  >,
  variables: Readonly<Record<string, string>> | null,
): boolean {
  const { marker } = place;
  if (marker === null) return true;
  // Whether it has data is decided by what is there.
  if (standsElsewhere(desired, place, input)) return true;
  if (marker.id === null || marker.want === null) return true;
  if (marker.want.hash !== desired.hash.run || marker.live !== desired.hash.live) return true;
  const verdict = input.verdicts.get(place.service.id);
  if (verdict?.kind === "retry") return true;
  if (input.redeploy.has(desired.key)) return true;
  // Which image was pulled stands in the log of a deployment, and which one that is in the details.
  const isNews = verdict?.kind === "healthy" && !sameWant(marker.want, marker.done);
  if (isNews && followsDigest(desired)) return true;
  if (proposes(input) && input.drift?.has(desired.key) === true) return true;
  if (newCommit(desired, place, input, null) !== null) return true;
  if (driftedVariables(desired, input.desired.variables, variables).length > 0) return true;
  return sameWant(marker.want, marker.done) && swarmDrift(desired, place, input) !== null;
}

function rolloutOwed(existing: Existing, want: Want, cause: Cause): Rollout | null {
  const { desired, place, input } = existing;
  const verdict = input.verdicts.get(place.service.id);
  if (verdict?.kind === "failed" && sameWant(verdict.want, want)) return null;
  return {
    type: "rollout",
    waitsFor: [],
    service: desired.key,
    kind: desired.kind,
    serviceId: place.service.id,
    appName: place.service.appName,
    serverId: place.service.serverId,
    desired,
    want,
    head: headOf(desired, input),
    cause,
    risk: restartRisk(desired),
    changes: [],
  };
}

/** A job restarts nothing that serves anybody. */
function restartRisk({ job }: DesiredService): Risk {
  return job === undefined ? "restart" : "none";
}

function planKnown(existing: Existing): ServicePlan {
  // The marker says that all is as written; only a rollout may be owed, or the marker completed.
  const marker = settledMarker(existing, "unknown");
  const owed = marker.want !== null && !sameWant(marker.want, marker.done);
  return {
    ...nothing,
    rollout: owed ? rolloutOwed(existing, marker.want, { kind: "resumed" }) : null,
    isSettled: !owed,
    mark: markIfChanged(existing, marker),
  };
}

function planRead(existing: Existing, details: ServiceDetails): ServicePlan {
  const { desired, place, input, stack } = existing;
  const losses = lossesOf(existing, details);
  const refusal = refusalOf(desired, losses);
  if (refusal !== null) return { ...nothing, refusal };
  const { key: service, kind } = desired;
  const serviceId = place.service.id;
  const previous =
    input.previous?.services.find((candidate) => candidate.key === desired.key) ?? null;
  const diff = diffService(desired, details, previous);
  const variables = changedVariables(desired, stack.variables, existing.variables);
  const kept = leftOf(desired, details, diff, input);
  // Git changed what the server has already, as after the merge of a proposal; the rest is drift as before.
  const isOldRun = kept?.isOld.run === true && variables.length === 0;
  const why = deployCause(desired, place, diff.run, variables, { ...existing, isOld: isOldRun });
  const corrects = isCorrectedOnly(desired, why);
  const cause = corrects ? null : why;
  const isLiveNew = place.marker?.live !== desired.hash.live;
  const gitChangedLive = isLiveNew && kept?.isOld.live !== true;
  const selfHeal = stack.sync.selfHeal;

  const notes: Note[] = [];
  if (details.pausedFor !== undefined) {
    const why = `its volume backup ${details.pausedFor} is made`;
    notes.push({ kind: "held", message: `${service} is stopped while ${why}` });
  }
  const { leaveRun, running } = leavesRun(desired, why, kept, input);
  const leavesLive =
    kept === null ? !selfHeal : !kept.isRefused.live && !input.redeploy.has(desired.key);
  const leaveLive = diff.live.length > 0 && !gitChangedLive && leavesLive;
  const left =
    kept === null ? null : leftHere(desired, details, kept, { leaveRun, leaveLive, running });
  if (leaveRun && why !== null) {
    notes.push({ kind: "ignored-drift", message: `${service}: ${causeText(why)}` });
  }
  if (leaveLive) {
    const fields = diff.live.map(({ path }) => path);
    const drift = causeText({ kind: "drift", change: { what: "fields", fields } });
    notes.push({ kind: "ignored-drift", message: `${service}: ${drift}` });
  }
  const children = childChanges(desired, details).filter((change) =>
    change.live ? !leaveLive : !leaveRun,
  );
  const fields = [...diff.run, ...diff.live];
  const childActions = children.map((change) =>
    // What needs a deploy is told with it.
    childAction(desired, serviceId, change, fields, change.live && !gitChangedLive),
  );

  const runEqual = diff.run.length === 0;
  const isSettled = runEqual ? !leaveRun || kept !== null : leaveRun && isOldRun;
  const settled = settledMarker(existing, isSettled ? "equal" : "unknown");
  const isDone = sameWant(settled.want, settled.done);
  const built = isDone ? builtCommit(desired, place.service, details, input) : null;
  const marker: Marker = {
    ...settled,
    ...(leaveLive && !isLiveNew ? {} : { live: desired.hash.live }),
    // Somebody may have had Dokploy deploy a newer one.
    ...(built === null ? {} : runningMark(desired, built)),
  };

  if (cause !== null && !leaveRun) {
    const want: Want = {
      hash: desired.hash.run,
      attempt: (place.marker?.want?.attempt ?? 0) + 1,
    };
    const piecemeal = children.some(({ live }) => !live) || variables.length > 0;
    return {
      before: piecemeal ? unsettledMark(existing) : null,
      isShared: variables.length > 0,
      actions: [
        ...childActions,
        {
          type: "configure-service",
          service,
          kind,
          serviceId,
          desired,
          observed: details,
          gains: gainedAccess(desired, details),
          marker: {
            ...marker,
            want,
            done: place.marker?.done ?? null,
            rev: place.marker?.rev ?? null,
          },
          want,
          cause,
          risk: losses.length > 0 ? "data-loss" : restartRisk(desired),
          changes: [...diff.run, ...diff.delivery],
        },
      ],
      rollout: rolloutOwed(existing, want, cause),
      last: [],
      isSettled: false,
      mark: null,
      notes,
      left,
      refusal: null,
    };
  }
  const old = place.marker?.want ?? null;
  const owed =
    !leaveRun && marker.want !== null && (isUnsettled(old) || !sameWant(marker.want, marker.done));
  const relabel = owed && !sameWant(marker.want, old);
  const corrected = corrects && !leaveRun ? diff.run : [];
  // One request writes all fields, those that are left too.
  const delivery = leaveRun && kept !== null ? [] : diff.delivery;
  if (delivery.length > 0 || corrected.length > 0 || relabel) {
    // A rollout that is owed under a new hash needs a label of its own, and so a new attempt.
    const want: Want = relabel
      ? { hash: desired.hash.run, attempt: (old?.attempt ?? 0) + 1 }
      : (marker.want ?? { hash: desired.hash.run, attempt: 1 });
    const reason: Cause = relabel
      ? { kind: "resumed" }
      : corrected.length > 0 && why !== null
        ? why
        : { kind: "delivery" };
    return {
      ...nothing,
      actions: [
        ...childActions,
        {
          type: "configure-service",
          service,
          kind,
          serviceId,
          desired,
          observed: details,
          gains: gainedAccess(desired, details),
          marker: { ...marker, want },
          want,
          cause: reason,
          risk: "none",
          changes: [...corrected, ...delivery],
        },
      ],
      rollout: owed ? rolloutOwed(existing, want, reason) : null,
      isSettled: !owed,
      notes,
      left,
    };
  }
  return {
    ...nothing,
    actions: childActions,
    rollout: owed ? rolloutOwed(existing, marker.want, { kind: "resumed" }) : null,
    isSettled: !owed,
    mark: markIfChanged(existing, marker),
    notes,
    left,
  };
}

/**
 * The marker as the deep read shows it, which is newer than the list: a write whose answer was lost may
 * have landed in between, and fields must be judged beside the marker that was written with them.
 */
function asRead(place: ServicePlace, details: ServiceDetails): ServicePlace {
  const { description } = details;
  const marker = parseMarker(description);
  const isSame = marker?.owner === place.marker?.owner && marker?.key === place.marker?.key;
  if (marker === null || !isSame) return place;
  return { ...place, marker, service: { ...place.service, description } };
}

/**
 * The plan of one service. `place` null: it does not exist yet. `variables` are the project's as the
 * server has them, null when they cannot be read.
 */
export function planService(
  desired: DesiredService,
  place: ServicePlace | null,
  variables: Readonly<Record<string, string>> | null,
  input: PlanInput,
): ServicePlan {
  const stack = input.desired;
  const owner = ownerName(input.ownership.instance, stack.name);
  const { names = {}, servers } = input;
  const refusal = refusedServer(desired, servers) ?? refusedName(desired, names);
  if (refusal !== null) return { ...nothing, refusal };
  const isLeft = desired.job !== undefined && Boolean(input.rollback);
  if (place === null) {
    const serverId = wantedServer(desired, servers);
    return isLeft ? nothing : planNew(desired, stack, owner, serverId, headOf(desired, input));
  }
  const read = input.details.get(place.service.id);
  const details =
    read === undefined ? null : withoutForeign(desired, withNamesOfGit(desired, read));
  if (standsElsewhere(desired, place, input)) {
    return planReplaced({ desired, stack, owner, place, details, input });
  }
  const seen = details === null ? place : asRead(place, details);
  const existing: Existing = { desired, stack, owner, place: seen, details, variables, input };
  const planned = details === null || isLeft ? planKnown(existing) : planRead(existing, details);
  const running = runningAttempt(desired, seen, planned, input);
  const known = isLeft
    ? leftAsItIs(planned)
    : running === null
      ? planned
      : {
          ...nothing,
          rollout: rolloutOwed(existing, running, { kind: "resumed" }),
          isSettled: false,
        };
  const last = stopping(desired, seen, known, input);
  const plan = { ...known, last, before: known.before ?? leftMark(seen, input) };
  if (place.environment.name === desired.environment) return plan;
  return {
    ...plan,
    actions: [
      {
        type: "move-service",
        service: desired.key,
        kind: desired.kind,
        serviceId: place.service.id,
        environment: desired.environment,
        cause: { kind: "moved", environment: place.environment.name },
        risk: "none",
        changes: [{ path: "environment", was: place.environment.name, is: desired.environment }],
      },
      ...plan.actions,
    ],
  };
}
