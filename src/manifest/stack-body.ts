// The body of a stack: its template below its own keys, the references to its name and to parameters filled in, and
// its services in each environment.
import { sections } from "../model/manifest.ts";
import type { Section } from "../model/manifest.ts";
import { mergeTrees, without, withoutNulls } from "./merge.ts";
import { checkName, withReserved } from "./names.ts";
import type { Report } from "./report.ts";
import { substitute } from "./resolve.ts";
import { commonServer, withServer } from "./servers.ts";
import type { BuildContext, StackDocument } from "./stack-document.ts";
import { nameHint } from "./suggest.ts";
import { parameterValues } from "./template.ts";
import { child, emptyMap, isNull, placeOf, textOf } from "./tree.ts";
import type { Entry, MapNode, TreeNode } from "./tree.ts";

/** More than this is a mistake, and every environment repeats every service. */
const mostEnvironments = 20;
const mostServices = 200;

export type Scope = Parameters<typeof parameterValues>[3];

/** The stack's body with its template below it; null when it has none to stand on. */
export function mergedBody(
  { name, place, unnamed }: StackDocument,
  own: MapNode,
  scope: Scope,
  {
    templates,
    report,
    reservedNames,
    elsewhere,
    preview,
  }: Pick<BuildContext, "templates" | "report" | "reservedNames" | "elsewhere" | "preview">,
): MapNode | null {
  const bare = without(own, ["template", "parameters", "dokploy"], own);
  const node = child(own, "template");
  if (node === undefined) {
    if (child(own, "parameters") !== undefined) {
      const at = placeOf(own, ["parameters"], "key");
      report.add(at, "`parameters` needs a `template`", null, name);
    }
    const body = substitute(bare, { ...scope, parameters: null });
    return body?.kind === "map" ? body : null;
  }
  const templateName = textOf(node);
  const template = templateName === null ? undefined : templates.get(templateName);
  if (templateName === null || template === undefined) {
    const message =
      templateName === null
        ? "`template` must be a template's name, without references"
        : `there is no template \`${templateName}\``;
    const hint = nameHint(templateName ?? "", "template", templates.keys(), elsewhere);
    report.add(node.place, message, hint, name);
    return null;
  }
  if (template === null) {
    const message = `the template \`${templateName}\` has problems`;
    report.add(node.place, message, "they are reported at the template", name, "follows");
    return null;
  }
  // A preview has the name that its stack may have.
  const wrong = checkName(withReserved(template.names, reservedNames), preview?.stack ?? name);
  if (wrong !== null && !unnamed) {
    report.add(
      place,
      `the name \`${name}\` ${wrong}`,
      `a rule of the template ${template.name}`,
      name,
    );
  }
  const parameters = parameterValues(template, child(own, "parameters"), node.place, scope);
  const below = substitute(template.stack, { ...scope, parameters });
  const above = substitute(bare, { ...scope, parameters });
  const merged = below === null || above === null ? null : mergeTrees(below, above);
  return merged?.kind === "map" ? merged : null;
}

export interface ServiceTree {
  readonly section: Section;
  readonly service: string;
  readonly entry: Entry;
}

/** The services of each environment, `production` always among them. */
export function environmentTrees(
  stack: string,
  body: MapNode,
  report: Report,
): ReadonlyMap<string, readonly ServiceTree[]> {
  const overlays = child(body, "environments");
  const overlaid = new Map(overlays?.kind === "map" ? overlays.entries : []);
  const names = [...new Set(["production", ...overlaid.keys()])].sort();
  const result = new Map<string, readonly ServiceTree[]>();
  if (names.length > mostEnvironments) {
    const message = `\`environments\` must have at most ${mostEnvironments} entries`;
    report.add(overlays?.place ?? body.place, message, null, stack);
    return result;
  }
  for (const name of names) {
    const overlay = overlaid.get(name)?.node;
    if (overlay !== undefined && isNull(overlay) && name !== "production") continue;
    const trees: ServiceTree[] = [];
    const server = commonServer(body, overlay);
    for (const section of sections) {
      const merged = sectionTree(child(body, section) ?? emptyMap(body.place), overlay, section);
      if (merged === null) continue;
      if (merged.entries.size > mostServices) {
        const message = `\`${section}\` must have at most ${mostServices} entries`;
        report.add(merged.place, message, null, stack);
        continue;
      }
      for (const [service, entry] of merged.entries) {
        const node = withServer(entry.node, server);
        trees.push({ section, service, entry: { ...entry, node } });
      }
    }
    result.set(name, trees);
  }
  return result;
}

/** One section with its overlay merged over it; null where it is no map, which is told elsewhere. */
function sectionTree(
  base: TreeNode,
  overlay: TreeNode | undefined,
  section: Section,
): MapNode | null {
  const over = child(overlay, section);
  const merged = withoutNulls(over === undefined || isNull(over) ? base : mergeTrees(base, over));
  return merged.kind === "map" ? merged : null;
}

/** Where nothing is merged, an empty value is a slip: it would remove what is not there. `within`: the key around it. */
export function tellNulls(
  node: TreeNode,
  report: Report,
  stack: string | null,
  within: string | null = null,
): void {
  if (node.kind === "list") {
    for (const item of node.items) {
      if (isNull(item)) report.add(item.place, "an entry of the list is empty", null, stack);
      else tellNulls(item, report, stack);
    }
  } else if (node.kind === "map") {
    for (const [key, { node: value, keyPlace }] of node.entries) {
      if (key === "environments" || (key === "overlay" && within === "preview")) continue;
      if (isNull(value)) {
        const hint = 'write a value ("" for an empty one), or leave the key out';
        report.add(keyPlace, `\`${key}\` has no value`, hint, stack);
      } else tellNulls(value, report, stack, key);
    }
  }
}
