// Which fields of a service differ, as a person may see it: values that are or may be secret
// never leave this file in clear text.
import type { DesiredService } from "../model/desired.ts";
import { appliesLive, flatten, isIgnored, isWithin, maySecret, rootOf } from "../model/fields.ts";
import type { Fields } from "../model/fields.ts";
import type { ServiceDetails } from "../model/observed.ts";
import type { FieldChange } from "../model/plan.ts";
import type { ManagedKind } from "../model/specs.ts";

export interface ServiceDiff {
  /** Fields that only a deploy applies. */
  readonly run: readonly FieldChange[];
  /** Fields that Dokploy applies at once. */
  readonly live: readonly FieldChange[];
  /** Settings beside the spec that keep other systems from deploying; no deploy of their own. */
  readonly delivery: readonly FieldChange[];
}

const longestShown = 120;

/** One line, at most `longestShown` characters. */
export function shorten(text: string): string {
  const lines = text.split("\n");
  const first = lines[0] ?? "";
  const line = lines.length > 1 ? `${first} … (${lines.length} lines)` : first;
  return line.length > longestShown ? `${line.slice(0, longestShown - 1)}…` : line;
}

interface Shown {
  readonly secrets: ReadonlySet<string>;
  /** What Git held when this was last rolled out; the observed value is shown where it equals that. */
  readonly previous: { readonly fields: Fields; readonly secrets: ReadonlySet<string> } | null;
}

function showObserved(
  kind: ManagedKind,
  path: string,
  text: string | undefined,
  shown: Shown,
): string | null {
  if (text === undefined) return null;
  if (isWithin(shown.secrets, path)) return "(secret)";
  if (!maySecret(kind, path, text)) return shorten(text);
  const { previous } = shown;
  const known =
    previous !== null && previous.fields.get(path) === text && !isWithin(previous.secrets, path);
  return known ? shorten(text) : "(hidden)";
}

function showDesired(path: string, text: string | undefined, shown: Shown): string | null {
  if (text === undefined) return null;
  return isWithin(shown.secrets, path) ? "(secret changed)" : shorten(text);
}

/** Which fields differ, ignored ones left out, sorted by path. */
export function diffService(
  desired: DesiredService,
  observed: ServiceDetails,
  previous: DesiredService | null,
): ServiceDiff {
  const shown: Shown = {
    secrets: desired.secrets,
    previous: previous === null ? null : { fields: flatten(previous), secrets: previous.secrets },
  };
  const want = flatten(desired);
  const have = flatten(observed);
  const paths = new Set([...want.keys(), ...have.keys()]);
  const run: FieldChange[] = [];
  const live: FieldChange[] = [];
  for (const path of [...paths].sort()) {
    if (isIgnored(desired.ignore, path) || want.get(path) === have.get(path)) continue;
    (appliesLive(desired.kind, path) ? live : run).push({
      path,
      was: showObserved(desired.kind, path, have.get(path), shown),
      is: showDesired(path, want.get(path), shown),
    });
  }
  for (const root of [...observed.foreignFields].sort()) {
    const seen = run.some((change) => rootOf(change.path) === root);
    if (!seen && !isIgnored(desired.ignore, root)) {
      run.push({ path: root, was: "(settings that Capstan does not know)", is: null });
    }
  }
  const delivery: FieldChange[] = [];
  for (const { needsDeploy, path, was, is } of observed.sideSettings) {
    if (isIgnored(desired.ignore, path)) continue;
    (needsDeploy ? run : delivery).push({ path, was, is });
  }
  return { run, live, delivery };
}

/** What a new service will have, for the plan. */
export function initialChanges(desired: DesiredService): readonly FieldChange[] {
  const changes: FieldChange[] = [];
  for (const [path, text] of flatten(desired)) {
    if (isIgnored(desired.ignore, path)) continue;
    const is = isWithin(desired.secrets, path) ? "(secret)" : shorten(text);
    changes.push({ path, was: null, is });
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** How the project variables differ; values as careful as env. */
export function diffVariables(
  want: Readonly<Record<string, string>>,
  have: Readonly<Record<string, string>> | null,
  secretNames: ReadonlySet<string>,
): readonly FieldChange[] {
  if (have === null) return [{ path: "variables", was: "(unreadable)", is: "(from Git)" }];
  // Maps, as a name may be one that every object has: `constructor`.
  const wanted = new Map(Object.entries(want));
  const stored = new Map(Object.entries(have));
  const changes: FieldChange[] = [];
  for (const name of [...new Set([...wanted.keys(), ...stored.keys()])].sort()) {
    const next = wanted.get(name);
    if (next === stored.get(name)) continue;
    changes.push({
      path: `variables.${name}`,
      was: stored.has(name) ? "(hidden)" : null,
      is: next === undefined ? null : secretNames.has(name) ? "(secret changed)" : shorten(next),
    });
  }
  return changes;
}
