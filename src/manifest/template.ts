// Templates: read once, then their parameters are filled in for each stack that uses them.
import type { Place } from "../model/desired.ts";
import { parameterTypes, templateSchema } from "../model/manifest.ts";
import type { ParameterType, TemplateRollout } from "../model/manifest.ts";
import { parseDecimal } from "./decimal.ts";
import type { NameRule } from "./names.ts";
import { referencesIn } from "./references.ts";
import { finish, substitute } from "./resolve.ts";
import type { FinishScope, SubstituteScope } from "./resolve.ts";
import { toPlain } from "./schema-walk.ts";
import { didYouMean } from "./suggest.ts";
import { at, child, emptyMap, isNull, scalar, scalars, textOf } from "./tree.ts";
import type { MapNode, TreeNode } from "./tree.ts";
import { without } from "./merge.ts";
import type { Report } from "./report.ts";
import { validateTree } from "./validate.ts";

export interface Parameter {
  readonly name: string;
  readonly place: Place;
  readonly type: ParameterType;
  readonly fallback: TreeNode | null;
  readonly allowed: readonly TreeNode[] | null;
  readonly required: boolean;
  readonly description: string | null;
}

export interface Template {
  readonly name: string;
  readonly place: Place;
  readonly description: string | null;
  readonly names: NameRule;
  readonly rollout: TemplateRollout;
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** The body, its references parsed and not yet filled in. */
  readonly stack: MapNode;
}

const headSchema = templateSchema.shape.spec.omit({ stack: true });

/** A template from its document (references parsed), or null when it has problems, which are told. */
export function readTemplate(
  name: string,
  place: Place,
  root: MapNode,
  report: Report,
): Template | null {
  const before = report.count();
  validateTree(templateSchema, root, {
    report,
    stack: null,
    partial: (path) => path[0] === "spec" && path[1] === "stack" && path.length > 2,
  });
  const spec = child(root, "spec");
  const body = child(spec, "stack");
  const head = without(spec, ["stack"], root);
  refuseReferences(head, report);
  if (body?.kind !== "map") return null;
  const checked = validateTree(headSchema, head, { report, stack: null, prefix: ["spec"] });
  const parameters = readParameters(child(spec, "parameters"), report);
  for (const { path, node } of referencesIn(body)) {
    const parameter = path.startsWith("parameters.") ? path.slice("parameters.".length) : null;
    if (parameter !== null && !parameters.has(parameter)) {
      const hint = didYouMean(parameter, parameters.keys());
      report.add(node.place, `the template has no parameter \`${parameter}\``, hint);
    }
  }
  if (checked !== null && checked.names.minLength > checked.names.maxLength) {
    report.add(at(head, ["names"])?.place ?? place, "`names.minLength` is above `maxLength`");
  }
  if (checked === null || report.count() > before) return null;
  const description = checked.description ?? null;
  const { names, rollout } = checked;
  return { name, place, description, names, rollout, parameters, stack: body };
}

function refuseReferences(head: MapNode, report: Report): void {
  for (const { path, node } of scalars(head)) {
    if (node.parts === null) continue;
    const value = path[0] === "parameters" && (path[2] === "default" || path[2] === "enum");
    if (!value) {
      report.add(node.place, "references are not resolved here", "only in `stack` and in defaults");
    }
  }
}

function readParameters(node: TreeNode | undefined, report: Report): Map<string, Parameter> {
  const parameters = new Map<string, Parameter>();
  if (node?.kind !== "map") return parameters;
  for (const [name, entry] of node.entries) {
    const { keyPlace, node: definition } = entry;
    if (!/^[A-Za-z0-9_-]+$/.test(name)) {
      report.add(keyPlace, "a parameter's name may hold only letters, digits, _ and -");
      continue;
    }
    const type = parameterTypes.find((known) => known === textOf(child(definition, "type")));
    const fallback = child(definition, "default") ?? null;
    const list = child(definition, "enum");
    const allowed = list?.kind === "list" ? list.items : null;
    const required = at(definition, ["required"]);
    const parameter: Parameter = {
      name,
      place: keyPlace,
      type: type ?? "string",
      fallback,
      allowed,
      required: required?.kind === "scalar" ? required.value === true : fallback === null,
      description: textOf(child(definition, "description")),
    };
    parameters.set(name, parameter);
    for (const value of allowed ?? []) checkValue(parameter, value, report, null, false);
    if (fallback !== null) checkValue(parameter, fallback, report, null, true);
  }
  return parameters;
}

function hasReferences(node: TreeNode): boolean {
  return !referencesIn(node).next().done;
}

const typeWords: Record<ParameterType, string> = {
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  list: "a list",
  map: "a map",
};

function hasType(type: ParameterType, node: TreeNode): boolean {
  if (type === "list" || type === "map") return node.kind === type;
  if (node.kind !== "scalar" || node.value === null) return false;
  switch (type) {
    case "string":
      return true;
    case "integer":
      return Number.isSafeInteger(node.value);
    case "number":
      return typeof node.value === "number" && Number.isFinite(node.value);
    case "boolean":
      return typeof node.value === "boolean";
  }
}

/** Tells whether a value may be given; one that is still a reference is judged when it is resolved. */
function checkValue(
  parameter: Parameter,
  node: TreeNode,
  report: Report,
  stack: string | null,
  againstEnum: boolean,
): void {
  const { name, type, allowed } = parameter;
  if (node.kind === "scalar" && node.parts !== null && type !== "list" && type !== "map") return;
  if (!hasType(type, node)) {
    report.add(node.place, `the parameter \`${name}\` must be ${typeWords[type]}`, null, stack);
    return;
  }
  if (!againstEnum || allowed === null || hasReferences(node)) return;
  if (allowed.some((one) => same(one, node, type))) return;
  const words = allowed.map((one) => JSON.stringify(toPlain(one, null)));
  const message = `the parameter \`${name}\` must be one of ${words.join(", ")}`;
  report.add(node.place, message, null, stack);
}

function same(a: TreeNode, b: TreeNode, type: ParameterType): boolean {
  if (type === "string" && a.kind === "scalar" && b.kind === "scalar")
    return spelled(a) === spelled(b);
  return JSON.stringify(toPlain(a, null)) === JSON.stringify(toPlain(b, null));
}

function spelled(node: { readonly value: unknown; readonly spelling: string }): string {
  return typeof node.value === "string" ? node.value : node.spelling;
}

/** The template's body as one stack asks for it; problems are told for that stack. */
export function parameterValues(
  template: Template,
  given: TreeNode | undefined,
  templatePlace: Place,
  scope: Omit<SubstituteScope, "parameters"> & Omit<FinishScope, "services">,
): ReadonlyMap<string, TreeNode | null> {
  const { report, stack } = scope;
  const values = new Map<string, TreeNode | null>();
  const givenMap = given?.kind === "map" ? given : emptyMap(templatePlace);
  for (const [name, entry] of givenMap.entries) {
    if (template.parameters.has(name)) continue;
    const known = [...template.parameters.keys()];
    const hint =
      didYouMean(name, known) ?? (known.length > 0 ? `known are ${known.sort().join(", ")}` : null);
    const message = `the template ${template.name} has no parameter \`${name}\``;
    report.add(entry.keyPlace, message, hint, stack);
  }
  for (const parameter of template.parameters.values()) {
    const own = child(givenMap, parameter.name);
    const chosen = own === undefined || isNull(own) ? parameter.fallback : own;
    if (chosen === null) {
      values.set(parameter.name, null);
      if (parameter.required) {
        values.set(parameter.name, unusable(parameter, emptyMap(templatePlace)));
        const message = `the template ${template.name} needs the parameter \`${parameter.name}\``;
        report.add(given?.place ?? templatePlace, message, parameter.description, stack);
      }
      continue;
    }
    const before = report.count();
    const value = resolveValue(parameter, chosen, scope);
    // One that is wrong is left out of sight: what uses it has no further problem.
    values.set(parameter.name, report.count() > before ? unusable(parameter, chosen) : value);
  }
  return values;
}

function unusable({ name }: Parameter, { place }: TreeNode): TreeNode {
  const parts = [{ kind: "reference", path: `parameters.${name}` }] as const;
  return { ...scalar("", place), parts };
}

function resolveValue(
  parameter: Parameter,
  chosen: TreeNode,
  scope: Omit<SubstituteScope, "parameters"> & Omit<FinishScope, "services">,
): TreeNode {
  const { report, stack } = scope;
  const named = substitute(chosen, { ...scope, parameters: null }) ?? chosen;
  const lazy = parameter.allowed === null;
  if (named.kind !== "scalar" || named.parts === null) {
    checkValue(parameter, named, report, stack, true);
    return parameter.type === "string" && named.kind === "scalar" && typeof named.value !== "string"
      ? { ...named, value: named.spelling }
      : named;
  }
  // Texts are resolved where they are used, so that they may name services and unused ones cost nothing.
  if (parameter.type === "string" && lazy) return named;
  const before = report.count();
  const finished = finish(named, { ...scope, services: null });
  if (report.count() > before) return finished;
  const typed = finished.kind === "scalar" ? convert(parameter.type, finished.value) : null;
  const value =
    typed === null || finished.kind !== "scalar"
      ? finished
      : scalar(typed, finished.place, finished.secretNames);
  checkValue(parameter, value, report, stack, true);
  return value;
}

/** What a reference brings is text; a parameter's type says what it means. */
function convert(type: ParameterType, value: unknown): string | number | boolean | null {
  if (typeof value !== "string") return null;
  if (type === "boolean") return value === "true" ? true : value === "false" ? false : null;
  return type === "integer" || type === "number" ? parseDecimal(value) : null;
}
