// Stacks that are alike as one template and small stacks: what is the same in all of them stands once, what follows the
// stack's name is said with it, and the few values that differ are parameters. Nothing is taken for granted: a group whose
// stacks would not become exactly what they are is left as it is.
import type { DesiredStack } from "../model/desired.ts";
import { apiVersion } from "../model/manifest-words.ts";
import type { Section } from "../model/manifest.ts";
import type { Exported } from "./export.ts";
import type { Body } from "./kinds/kind.ts";
import { mapLeaves } from "./leaves.ts";
import type { Leaf } from "./leaves.ts";
import { loadTexts } from "./load.ts";
import { fileOf, freeName, labelOf } from "./names.ts";
import { commentTemplate, documentOf, headOf, isVerbatim, written } from "./stack-text.ts";
import type { StackDraft } from "./stack-text.ts";
import type { Path } from "./taking.ts";

/** More values than these are no parameters: the stacks only look alike. */
const mostParameters = 12;
/** A shorter name may be in a value by chance. */
const shortestName = 3;

export interface Alike {
  readonly template: string;
  readonly stacks: readonly StackDraft[];
  /** The template and the stacks that use it, by file. */
  readonly files: ReadonlyMap<string, string>;
}

/** What a stack says itself, whatever its template says. */
const ownKeys: ReadonlySet<string> = new Set(["description", "project", "adopt"]);

interface Parts {
  readonly stack: StackDraft;
  readonly own: Body;
  readonly body: Body;
}

function partsOf(stack: StackDraft, exported: Exported): Parts {
  const spec = Object.entries(documentOf(stack, exported.settling.text).spec as Body);
  const own = spec.filter(([key]) => ownKeys.has(key));
  const body = spec.filter(([key]) => !ownKeys.has(key));
  return { stack, own: Object.fromEntries(own), body: Object.fromEntries(body) };
}

/** Where the path inside a service begins; null above services. */
function withinService(path: Path): { readonly section: Section; readonly path: Path } | null {
  const at = path[0] === "environments" ? 2 : 0;
  const section = path[at] as Section | undefined;
  if (section === undefined || path.length < at + 3) return null;
  return { section, path: path.slice(at + 2) };
}

/** Values in which no reference works. */
function isFixed(path: Path): boolean {
  const service = withinService(path);
  if (service === null) return false;
  return service.path[0] === "ignore" || isVerbatim(service.section, service.path);
}

/** Equal for stacks that differ in values alone. */
function shapeOf({ body }: Parts): string {
  return JSON.stringify(mapLeaves(body, (path, leaf) => (isFixed(path) ? leaf : typeof leaf)));
}

function leavesOf(body: Body): ReadonlyMap<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  mapLeaves(body, (path, leaf) => leaves.set(JSON.stringify(path), leaf));
  return leaves;
}

/** The value with the stack's name in its place, as a word of its own. */
function withName(leaf: Leaf, name: string): string | null {
  if (typeof leaf !== "string" || name.length < shortestName) return null;
  // Inside of a reference none works.
  const outside = leaf.split(/(\$\([^)]*\))/);
  const pattern = new RegExp(`(?<![a-z0-9])${name}(?![a-z0-9])`, "g");
  return outside
    .map((part, index) => (index % 2 === 0 ? part.replace(pattern, () => "$(name)") : part))
    .join("");
}

interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly values: ReadonlyMap<string, Leaf>;
}

function typeOf(values: readonly Leaf[]): string {
  if (values.every((value) => typeof value === "boolean")) return "boolean";
  if (values.every((value) => Number.isSafeInteger(value))) return "integer";
  return values.every((value) => typeof value === "number") ? "number" : "string";
}

interface Merged {
  readonly body: Body;
  readonly parameters: readonly Parameter[];
}

function merged(group: readonly Parts[]): Merged {
  const leaves = group.map(({ stack, body }) => ({ stack, leaves: leavesOf(body) }));
  const parameters: Parameter[] = [];
  const taken = new Set<string>();
  const [first] = group;
  const body = mapLeaves(first?.body ?? {}, (path, leaf) => {
    const key = JSON.stringify(path);
    const values = leaves.map((one) => one.leaves.get(key) ?? "");
    if (values.every((value) => value === leaf)) return leaf;
    const named = leaves.map((one, index) => withName(values[index] ?? "", one.stack.name));
    const [common = null] = named;
    if (common !== null && named.every((text) => text === common)) return common;
    const words = path.filter((step) => typeof step === "string").slice(-2);
    const name = freeName(labelOf(words.join("-"), "value"), taken);
    const byStack = leaves.map((one, index) => [one.stack.name, values[index] ?? ""] as const);
    parameters.push({ name, type: typeOf(values), values: new Map(byStack) });
    return `$(parameters.${name})`;
  });
  return { body: body as Body, parameters };
}

/** What all of the names begin with. */
function commonWord(names: readonly string[]): string {
  const [first = ""] = names;
  let length = first.length;
  for (const name of names) {
    while (length > 0 && !name.startsWith(first.slice(0, length))) length -= 1;
  }
  const word = first.slice(0, length).replace(/-[^-]*$/, "");
  return word.length < shortestName ? `like-${first}` : word;
}

function filesOf(
  template: string,
  group: readonly Parts[],
  { body, parameters }: Merged,
): ReadonlyMap<string, string> {
  const said = parameters.map(({ name, type }) => [name, { type }]);
  const files = new Map([
    [
      `${template}.template.yaml`,
      written(
        {
          apiVersion,
          kind: "StackTemplate",
          metadata: { name: template },
          spec: {
            ...(said.length === 0 ? {} : { parameters: Object.fromEntries(said) as Body }),
            stack: body,
          },
        },
        [
          `What ${group.map(({ stack }) => stack.name).join(", ")} have in common. Exported by Capstan.`,
        ],
        (document) => {
          commentTemplate(
            document,
            group.map(({ stack }) => stack),
          );
        },
      ),
    ],
  ]);
  for (const { stack, own } of group) {
    const values = parameters.map(({ name, values: all }) => [name, all.get(stack.name)]);
    const spec = {
      template,
      ...(values.length === 0 ? {} : { parameters: Object.fromEntries(values) as Body }),
      ...own,
    };
    const document = { apiVersion, kind: "Stack", metadata: { name: stack.name }, spec };
    files.set(fileOf(stack.name), written(document, headOf(stack)));
  }
  return files;
}

/** What of a stack is Git's, in an order of its own. */
function meaningOf(stack: DesiredStack | undefined): string {
  if (stack === undefined) return "";
  const services = stack.services.map(({ key, spec, ignore, adopts, server, description }) => [
    ...[key, ignore, adopts, server, description],
    JSON.stringify(spec, (_, value: unknown) => sortedKeys(value)),
  ]);
  const { project, adopt, variables, description } = stack;
  return JSON.stringify([project, adopt, sortedKeys(variables), description, services]);
}

function sortedKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function loaded(files: ReadonlyMap<string, string>, { settling }: Exported) {
  return loadTexts(files, { book: settling.text.book, hasher: settling.hasher });
}

/** Whether the small stacks are what the whole ones were. */
function isSame(
  group: readonly Parts[],
  files: ReadonlyMap<string, string>,
  exported: Exported,
): boolean {
  const whole = new Map(
    group.map(({ stack: { name } }) => [fileOf(name), exported.texts.get(name) ?? ""]),
  );
  const [before, after] = [loaded(whole, exported), loaded(files, exported)];
  if (after.problems.length > 0) return false;
  return group.every(({ stack: { name } }) => {
    const [was, is] = [before, after].map(({ stacks }) => stacks.find((one) => one.name === name));
    return was !== undefined && meaningOf(was) === meaningOf(is);
  });
}

/** Groups of stacks that are alike, each with the files that would stand for them. */
export function alikeStacks(exported: Exported): readonly Alike[] {
  const all = exported.stacks.map((stack) => partsOf(stack, exported));
  const taken = new Set<string>();
  return [...Map.groupBy(all, shapeOf).values()].flatMap((group): Alike[] => {
    if (group.length < 2) return [];
    const common = merged(group);
    if (common.parameters.length > mostParameters) return [];
    const names = group.map(({ stack }) => stack.name);
    const template = freeName(labelOf(commonWord(names), "template"), taken);
    const files = filesOf(template, group, common);
    if (!isSame(group, files, exported)) return [];
    return [{ template, stacks: group.map(({ stack }) => stack), files }];
  });
}
