// The proof that a manifest with edits says what the server has, and nothing else that is new.
import { isDeepStrictEqual } from "node:util";
import type { DesiredService, DesiredStack } from "../../model/desired.ts";
import { flatten } from "../../model/fields.ts";
import type { Wanted } from "./ways.ts";

/** One difference of a service, by its key, or of the `project`. */
export interface Placed extends Wanted {
  readonly service: string;
}

function withChanges(
  fields: ReadonlyMap<string, string>,
  changes: readonly Wanted[],
): ReadonlyMap<string, string> {
  const next = new Map(fields);
  for (const { path, observed } of changes) {
    if (observed === null) next.delete(path);
    else next.set(path, observed);
  }
  return next;
}

const sorted = (fields: ReadonlyMap<string, string>): readonly (readonly [string, string])[] =>
  [...fields].sort(([a], [b]) => (a < b ? -1 : 1));

/**
 * What a service says beside its fields, and where it stands in its file. What Dokploy is asked to call it begins with
 * the project's name, and counts only when it is made.
 */
function rest(service: DesiredService): unknown {
  const other: Record<string, unknown> = { ...service };
  for (const key of ["spec", "hash", "place", "namePlaces", "secretUses", "secrets", "appName"]) {
    Reflect.deleteProperty(other, key);
  }
  return [other, [...service.secrets].sort()];
}

function project({ project: name, variables }: DesiredStack): ReadonlyMap<string, string> {
  const entries = Object.entries(variables).map(([key, value]) => [`variables.${key}`, value]);
  return new Map([["name", name], ...(entries as [string, string][])]);
}

function header(stack: DesiredStack): unknown {
  const other: Record<string, unknown> = { ...stack, secretVariables: null };
  for (const key of ["services", "place", "project", "variables", "secretVariableUses"]) {
    Reflect.deleteProperty(other, key);
  }
  return other;
}

/** Whether the stack is as before but for these values, which are as observed. */
export function saysOnly(
  before: DesiredStack,
  next: DesiredStack,
  changes: readonly Placed[],
): boolean {
  const of = (service: string): readonly Placed[] =>
    changes.filter((one) => one.service === service);
  const keys = (stack: DesiredStack): readonly string[] => stack.services.map(({ key }) => key);
  if (!isDeepStrictEqual(header(before), header(next))) return false;
  if (!isDeepStrictEqual(keys(before), keys(next))) return false;
  const [projectBefore, projectNext] = [project(before), project(next)];
  const isProject = isDeepStrictEqual(
    sorted(withChanges(projectBefore, of("project"))),
    sorted(projectNext),
  );
  if (!isProject) return false;
  return before.services.every((service, index) => {
    const after = next.services[index];
    if (after === undefined || !isDeepStrictEqual(rest(service), rest(after))) return false;
    const wanted = withChanges(flatten(service), of(service.key));
    return isDeepStrictEqual(sorted(wanted), sorted(flatten(after)));
  });
}
