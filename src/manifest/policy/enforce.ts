// What policies do to one load: stacks that they refuse are told and held as they are, and what they refuse takes
// nothing away from others.
import type { Place } from "../../model/desired.ts";
import type { Claim } from "../claims.ts";
import type { PolicyDocument, TemplateDocument } from "../file-documents.ts";
import type { Report } from "../report.ts";
import type { StackDocument } from "../stack-document.ts";
import type { StackAsked } from "./asked.ts";
import type { FoundPolicies } from "./find-policies.ts";
import { judge, judgeName, showPlace } from "./judge.ts";
import type { Judging, Said } from "./judge.ts";
import { matchesFile, pathBelow } from "./policy.ts";
import type { Policy, PolicySet } from "./policy.ts";

interface Documents {
  readonly stacks: readonly StackDocument[];
  readonly templates: readonly TemplateDocument[];
  /** Where documents without a usable content stand, by the name that they would define. */
  readonly broken: ReadonlyMap<string, readonly Place[]>;
}

export interface Admitted extends Documents {
  /** Names of stacks whose only documents are refused. */
  readonly refused: ReadonlySet<string>;
}

function refusedKind({ manifests, name }: Policy, kind: string, place: Place): Said | null {
  if (manifests === null || manifests.kinds.has(kind)) return null;
  const allowed = [...manifests.kinds].join(", ");
  const words = allowed === "" ? "no manifests" : `only manifests of kind ${allowed}`;
  const message = `is a ${kind}, and the policy ${name} allows ${words} here (${showPlace(manifests.place)})`;
  const hint = "move it to a folder that the policy is not about";
  return { place, message, hint, policy: { name, place: manifests.place, rule: "manifests" } };
}

/** A document that may not be where it is, or may not have its name. */
interface Refused {
  readonly name: string | null;
  readonly said: Said;
}

/**
 * The documents that count. One that may not be where it is, or may not have its name, is left out before anybody else
 * is asked to share that name.
 */
export function admitDocuments(
  documents: Documents,
  { policies }: PolicySet,
  { root, report }: { readonly root: string; readonly report: Report },
): Admitted {
  const refused: Refused[] = [];
  /** Whether it counts. */
  const admits = (kind: string, name: string | null, place: Place): boolean => {
    const path = pathBelow(root, place.file);
    for (const policy of policies) {
      if (!matchesFile(policy.match, path)) continue;
      const said =
        refusedKind(policy, kind, place) ?? (name === null ? null : judgeName(policy, name, place));
      if (said === null) continue;
      refused.push({ name, said });
      return false;
    }
    return true;
  };
  const templates = documents.templates.filter(({ place }) => admits("StackTemplate", null, place));
  const stacks = documents.stacks.filter(({ name, place, unnamed }) =>
    admits("Stack", unnamed ? null : name, place),
  );
  const broken = new Map(
    [...documents.broken].flatMap(([name, places]): [string, readonly Place[]][] => {
      const left = places.filter((place) => admits("Stack", name, place));
      return left.length === 0 ? [] : [[name, left]];
    }),
  );
  const kept = new Set([...stacks.map(({ name }) => name), ...broken.keys()]);
  const alone = refused.flatMap(({ name }) => (name !== null && !kept.has(name) ? [name] : []));
  const names = new Set(alone);
  for (const { name, said } of refused) {
    const { place, message, hint, policy } = said;
    // Where another document has the name, that stack is not touched by this one.
    report.add(place, message, hint, name !== null && names.has(name) ? name : null, policy);
  }
  return { stacks, templates, broken, refused: names };
}

/** A policy that stands where none is read: its writer believes that it holds. */
export function tellMisplaced(
  policies: readonly PolicyDocument[],
  { isPolicyFile }: Pick<FoundPolicies, "isPolicyFile">,
  path: string,
  report: Report,
): void {
  for (const { place } of policies) {
    if (isPolicyFile(place.file)) continue;
    const hint = `move it to ${path}/, or set POLICIES_PATH`;
    report.add(place, "is a policy, and none are read in this folder: it changes nothing", hint);
  }
}

const spot = (stack: string, { file, line, column }: Place): string =>
  JSON.stringify([stack, file, line, column]);

/** Tells what is not allowed; returns the stacks that are held, and the claims that may be made. */
export function enforce(
  set: PolicySet,
  stacks: readonly StackAsked[],
  claims: readonly Claim[],
  { report, ...judging }: Judging & { readonly report: Report },
): { readonly refused: ReadonlySet<string>; readonly claims: readonly Claim[] } {
  const found = judge(set, stacks, judging);
  if (found.size === 0) return { refused: new Set(), claims };
  const forbidden = new Set<string>();
  for (const [stack, violations] of found) {
    for (const { place, message, hint, policy, isValue } of violations) {
      report.add(place, message, hint, stack, policy);
      if (isValue === true) forbidden.add(spot(stack, place));
    }
  }
  // Nobody else has to give way to what is not allowed.
  return {
    refused: new Set(found.keys()),
    claims: claims.filter(({ stack, place }) => !forbidden.has(spot(stack, place))),
  };
}
