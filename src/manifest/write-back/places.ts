// Where the manifest of a stack says something of a service, or of the project: its own keys, or those of an
// environment's overlay. What a template says is nobody's to change for one stack.
import type { DesiredStack } from "../../model/desired.ts";
import type { Path } from "../tree.ts";

/** The plain value at a path of a document; undefined where there is none. */
export function valueAt(document: unknown, path: Path): unknown {
  let value = document;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    if (!Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

/** Whether a value, or something in it, is made of references. */
export function isReferring(value: unknown): boolean {
  return value !== undefined && /(?<!\$)\$\(/.test(JSON.stringify(value));
}

export interface ServiceInManifest {
  readonly section: string;
  readonly name: string;
  readonly environment: string;
}

export type Places =
  | { readonly ok: true; /** The best one first. */ readonly bases: readonly Path[] }
  | { readonly ok: false; readonly why: string };

/** What a template says is a matter of all its stacks. */
export function templateWords({ template }: Pick<DesiredStack, "template">): string {
  return `it comes from the template ${template ?? ""}, which other stacks use too`;
}

/**
 * The maps of a service in a document at which the value below `rest` may be written. `isSaid`: Git has a value there
 * that is not the default.
 */
export function placesOf(
  document: unknown,
  stack: Pick<DesiredStack, "template">,
  { section, name, environment }: ServiceInManifest,
  rest: Path,
  isSaid: boolean,
): Places {
  const base: Path = ["spec", section, name];
  const overlay: Path = ["spec", "environments", environment, section, name];
  const [inBase, inOverlay] = [base, overlay].map((path) => valueAt(document, path) !== undefined);
  if (valueAt(document, [...overlay, ...rest]) !== undefined) return { ok: true, bases: [overlay] };
  const isOwn = valueAt(document, [...base, ...rest]) !== undefined;
  if (stack.template !== null) {
    const isNamed = inBase === true || inOverlay === true;
    if (!isNamed || (isSaid && !isOwn)) return { ok: false, why: templateWords(stack) };
  }
  const hasOverlays = valueAt(document, ["spec", "environments"]) !== undefined;
  const bases = [...(inBase === true ? [base] : []), ...(hasOverlays ? [overlay] : [])];
  return bases.length === 0
    ? { ok: false, why: "the manifest does not name the service in its own words" }
    : { ok: true, bases };
}
