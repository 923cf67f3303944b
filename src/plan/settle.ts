// The markers of a service: what may be written down of it now, and the note that must be written
// before something of it changes in more than one request.
import type { DesiredService, DesiredStack } from "../model/desired.ts";
import {
  adoptedAttempt,
  describe,
  markerIdLength,
  sameWant,
  unsettledHash,
  withoutMarker,
} from "../model/marker.ts";
import type { Marker, Want } from "../model/marker.ts";
import type { ServiceDetails } from "../model/observed.ts";
import type { Mark } from "../model/plan.ts";
import { runsAlready } from "./cause.ts";
import type { PlanInput } from "./input.ts";
import { blankMarker, isKept } from "./new-service.ts";
import { followsDigest, runningMark } from "./new-commit.ts";
import type { ServicePlace } from "./ownership.ts";

export interface Existing {
  readonly desired: DesiredService;
  readonly stack: DesiredStack;
  readonly owner: string;
  readonly place: ServicePlace;
  readonly details: ServiceDetails | null;
  /** The project's variables as the server has them; null when they cannot be read. */
  readonly variables: Readonly<Record<string, string>> | null;
  readonly input: PlanInput;
}

export function shortRevision(revision: string): string {
  return revision.replace(/[^\w.-]/g, "").slice(0, 12) || "none";
}

/** Whether a change of several requests began and its end was never written down. */
export function isUnsettled(want: Want | null): boolean {
  return want?.hash === unsettledHash;
}

/** The hash that a marker bears while a rollback holds; null when nothing of the service was left. */
function badOf({ rollback }: PlanInput, key: string): string | null {
  return rollback?.failed.has(key) === true ? rollback.hash : null;
}

/** What was deployed before is no longer what runs, also where it is not known what does. */
function withRunning(marker: Marker, desired: DesiredService, running: string | undefined): Marker {
  const other = { ...marker };
  delete other.commit;
  delete other.digest;
  return running === undefined ? other : { ...other, ...runningMark(desired, running) };
}

function baseMarker({ desired, place, stack, owner, input }: Existing): Marker {
  const { digest, ...before } = place.marker ?? blankMarker(owner, desired.key, false);
  return {
    ...before,
    // Of what is not followed any more nothing is known.
    ...(followsDigest(desired) && digest !== undefined ? { digest } : {}),
    owner,
    key: desired.key,
    id: place.service.id.slice(0, markerIdLength),
    keep: isKept(desired, stack),
    bad: badOf(input, desired.key),
  };
}

/** The marker that a service has when everything of it that is known now is written down. */
export function settledMarker(existing: Existing, run: "equal" | "unknown"): Marker {
  const { desired, place, input } = existing;
  const base = baseMarker(existing);
  const verdict = input.verdicts.get(place.service.id);
  const rev = shortRevision(input.revision);
  const old = base.want;
  const healthy = verdict?.kind === "healthy" && old !== null && sameWant(verdict.want, old);
  if (run === "equal") {
    // Equal in every field: only the hash was another one (an older version, a lost key, an adoption).
    const before = old !== null && sameWant(old, base.done);
    const isAdopted = place.marker === null && runsAlready(place, desired, input);
    // A healthy attempt at another hash proves nothing of this one.
    const proven = isAdopted || before || (healthy && old.hash === desired.hash.run);
    const isNews = healthy && proven && !before && followsDigest(desired);
    const attempt = old?.attempt ?? (isAdopted ? adoptedAttempt : 1);
    const want: Want = { hash: desired.hash.run, attempt };
    return {
      ...(isNews ? withRunning(base, desired, verdict.commit) : base),
      want,
      done: proven ? want : base.done,
      live: desired.hash.live,
      rev: proven && !before ? rev : base.rev,
    };
  }
  if (healthy && !sameWant(old, base.done)) {
    const { commit } = verdict;
    return { ...withRunning(base, desired, commit), done: old, rev };
  }
  return base;
}

function markOf({ desired, place }: Existing, marker: Marker): Mark {
  const { kind, description: text } = desired;
  return { key: desired.key, kind, id: place.service.id, text, marker };
}

export function markIfChanged(existing: Existing, marker: Marker): Mark | null {
  const next = describe(existing.desired.description, marker);
  const { description } = existing.place.service;
  if (description === next) return null;
  const mark = markOf(existing, marker);
  const textWas = withoutMarker(description);
  return textWas === mark.text ? mark : { ...mark, textWas };
}

/**
 * What a rollback notes before anything else is written, so that whoever goes on after a crash goes on with
 * it; null when it stands there already.
 */
export function leftMark({ service, marker }: ServicePlace, input: PlanInput): Mark | null {
  if (marker === null) return null;
  const bad = badOf(input, marker.key);
  if (bad === null || marker.bad === bad) return null;
  const { kind, id, description } = service;
  return {
    key: marker.key,
    kind,
    id,
    text: withoutMarker(description),
    marker: { ...marker, bad },
  };
}

/**
 * What must be on the server before mounts, ports or project variables change there: after a crash in
 * between, the fields may be equal to Git's although nothing was deployed. Null when it is there already.
 */
export function unsettledMark(existing: Existing): Mark | null {
  const { marker } = existing.place;
  if (marker !== null && (marker.want === null || isUnsettled(marker.want))) return null;
  const want: Want = { hash: unsettledHash, attempt: marker?.want?.attempt ?? 0 };
  return markOf(existing, { ...baseMarker(existing), want });
}
