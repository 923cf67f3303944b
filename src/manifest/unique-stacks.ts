// Which documents count as stacks: those whose name nobody else has, and that may have it.
import type { Place } from "../model/desired.ts";
import { isPreviewName } from "../model/preview-name.ts";
import type { Report } from "./report.ts";
import type { StackDocument } from "./stack-document.ts";

export function tellDuplicates(
  what: string,
  group: readonly { readonly place: Place }[],
  stack: string | null,
  report: Report,
): void {
  for (const [index, { place }] of group.entries()) {
    const other = group[index === 0 ? 1 : 0]?.place ?? place;
    const more = group.length > 2 ? ` and ${group.length - 2} more` : "";
    const message = `${what} is also defined at ${other.file}:${other.line}${more}`;
    report.add(place, message, "give one of them another name, or remove it", stack);
  }
}

/** The stacks whose name nobody else has, broken documents included. */
export function uniqueStacks(
  documents: readonly StackDocument[],
  brokenPlaces: ReadonlyMap<string, readonly Place[]>,
  broken: Set<string>,
  report: Report,
): readonly StackDocument[] {
  const unique: StackDocument[] = [];
  for (const [name, group] of Map.groupBy(documents, (document) => document.name)) {
    const others = (brokenPlaces.get(name) ?? []).map((place) => ({ place }));
    const [only] = group;
    if (only !== undefined && group.length === 1 && others.length === 0) unique.push(only);
    else {
      broken.add(name);
      tellDuplicates(`the stack ${name}`, [...group, ...others], name, report);
    }
  }
  return unique;
}

/** Those whose names are not of the form that previews have: these are told, and stay as they are on the server. */
export function withoutPreviewNames(
  documents: readonly StackDocument[],
  broken: Set<string>,
  report: Report,
): readonly StackDocument[] {
  return documents.filter((document) => {
    const { name, place } = document;
    if (!isPreviewName(name)) return true;
    broken.add(name);
    document.release();
    const message = `the name \`${name}\` is of the form that previews of pull requests have`;
    report.add(place, message, "choose one that does not begin with pr-<number>-", name);
    return false;
  });
}
