// Law H4, the decisions: whether a stack is held at an older revision, which of its failures call for a
// rollback, and what the stack is while one holds. What a rollback left stands in markers as `bad`: a hash
// of all that the stack asked for, so that a commit, or a secret, that changes anything of it ends the hold.
import type { DesiredService, DesiredStack } from "../model/desired.ts";
import { childKey, childrenOf } from "../model/children.ts";
import { aliasesOf } from "../model/kinds/table.ts";
import { ownerName, parseMarker } from "../model/marker.ts";
import type { Verdict } from "./input.ts";
import { servicesOf } from "./ownership.ts";
import type { Ownership, ServicePlace } from "./ownership.ts";
import { serviceTitle } from "./render/words.ts";

/** What a hash of the stack covers: equal texts, equal stacks. Never changed: a hold would end by it. */
export function stackText(stack: DesiredStack): string {
  const sorted = (given: Readonly<Record<string, string>>): readonly (readonly string[])[] =>
    Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1));
  const { suspend, adopt, project, previousName, description, deletionPolicy } = stack;
  const { selfHeal, prune, windows } = stack.sync;
  return JSON.stringify([
    { suspend, adopt, project, previousName, description, deletionPolicy },
    { selfHeal, prune, windows: windows.map((one) => [one.allow, one.forMs, one.timezone]) },
    [...stack.dependsOn].sort(),
    [...stack.environments].sort(),
    sorted(stack.labels),
    // A secret is in the hashes of the services that use it.
    sorted(stack.variables).filter(([name]) => !stack.secretVariables.has(name ?? "")),
    stack.services.map(({ key, hash, description: text, ignore, rollout, server, job, dns }) => {
      const { timeoutMs, stableForMs, http, onFailure, after } = rollout;
      const probe = http === null ? null : [http.path, http.status];
      const build = after === null ? [] : [after.repository, after.workflow];
      return [
        [key, hash.run, hash.live, text],
        [...ignore].sort(),
        [timeoutMs, stableForMs, probe, onFailure, ...build],
        ...(server === undefined ? [] : [server]),
        ...(job === undefined ? [] : [[job.timeoutMs]]),
        ...(dns === undefined
          ? []
          : [dns.map(({ host, managed, target, ttl }) => [host, managed, target, ttl])]),
      ];
    }),
  ]);
}

/** The services of a stack that carry its marker. */
function ownPlaces(stack: string, ownership: Ownership): readonly ServicePlace[] {
  const owner = ownerName(ownership.instance, stack);
  return (ownership.owned.get(stack) ?? [])
    .flatMap(servicesOf)
    .filter(({ marker }) => marker?.owner === owner);
}

/** What markers say that a rollback left of a stack, and which services failed; null when nothing. */
export function leftBehind(
  stack: string,
  ownership: Ownership,
): ReadonlyMap<string, ReadonlySet<string>> {
  const left = new Map<string, Set<string>>();
  const of = (hash: string): Set<string> => {
    const keys = left.get(hash) ?? new Set<string>();
    left.set(hash, keys);
    return keys;
  };
  for (const project of ownership.owned.get(stack) ?? []) {
    const bad = parseMarker(project.description)?.bad ?? null;
    if (bad !== null) of(bad);
  }
  for (const { marker } of ownPlaces(stack, ownership)) {
    if (marker !== null && marker.bad !== null) of(marker.bad).add(marker.key);
  }
  return left;
}

export interface Failure {
  readonly service: DesiredService;
  /** The rollout's reason, with the log's last lines. */
  readonly reason: string;
}

/** The services whose rollout was given up as this revision wants them, and that ask for a rollback then. */
export function failuresToLeave(
  desired: DesiredStack,
  ownership: Ownership,
  /** Of a service; only of one that is not tried again. */
  givenUp: (serviceId: string) => Verdict | null,
): readonly Failure[] {
  const asking = new Map(
    desired.services
      .filter(({ rollout }) => rollout.onFailure === "rollback")
      .map((service) => [service.key, service]),
  );
  if (asking.size === 0) return [];
  return ownPlaces(desired.name, ownership).flatMap(({ marker, service: { id } }) => {
    const service = asking.get(marker?.key ?? "");
    const verdict = givenUp(id);
    if (service === undefined || verdict?.kind !== "failed") return [];
    return verdict.want.hash === service.hash.run ? [{ service, reason: verdict.reason }] : [];
  });
}

/** Beginnings of the commits at which services of a stack were rolled out healthy, as markers say. */
export function markedRevisions(stack: string, ownership: Ownership): readonly string[] {
  const revisions = ownPlaces(stack, ownership).flatMap(({ marker }) => marker?.rev ?? []);
  return [...new Set(revisions)].sort();
}

/**
 * How many services of an older stack are as they were last seen healthy here; 0 as soon as one of those
 * in `failed` is not.
 */
export function healthyMatches(
  older: DesiredStack,
  failed: ReadonlySet<string>,
  ownership: Ownership,
): number {
  let matches = 0;
  for (const { marker } of ownPlaces(older.name, ownership)) {
    const done = marker?.done ?? null;
    const service = older.services.find(({ key }) => key === marker?.key);
    if (service === undefined || done === null) continue;
    if (service.hash.run === done.hash) matches += 1;
    else if (failed.has(service.key)) return 0;
  }
  return matches;
}

/** What of an older stack another one has taken since, in words for people; null when nothing. */
export function takenSince(older: DesiredStack, others: Iterable<DesiredStack>): string | null {
  const claims = (stack: DesiredStack): readonly string[] => [
    `the project ${stack.project}`,
    ...stack.services.flatMap((service) => [
      ...childrenOf(service.spec).flatMap((child) =>
        child.kind === "domain" || child.kind === "port"
          ? [`the ${child.kind} ${childKey(child)}`]
          : [],
      ),
      ...aliasesOf(service).map((alias) => `the network name ${alias}`),
    ]),
  ];
  const mine = new Set(claims(older));
  for (const other of others) {
    const met = other.name === older.name ? undefined : claims(other).find((one) => mine.has(one));
    if (met !== undefined) return `${met}, which the stack ${other.name} has now`;
  }
  return null;
}

/** An older stack under the rules of now: what may be written when, and what is kept, Git says today. */
export function heldStack(older: DesiredStack, now: DesiredStack): DesiredStack {
  const { place, template, labels, previousName, dependsOn, deletionPolicy, suspend } = now;
  const { adopt, sync } = now;
  const rules = { place, template, labels, previousName, dependsOn, deletionPolicy, suspend };
  return { ...older, ...rules, adopt, sync };
}

/** Why it was left, as one clause. */
export function failureText(failures: readonly Failure[]): string {
  return failures
    .map(({ service, reason }) => `${serviceTitle(service.key)}: ${reason}`)
    .join("; ");
}
