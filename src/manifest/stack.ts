// One stack: template and parameters filled in, its own keys merged over, environments laid over its
// services, references resolved, everything checked.
import type { Hasher } from "../lib/digest.ts";
import type { DesiredService, DesiredStack, Place } from "../model/desired.ts";
import { metadataSchema, sections, stackSchema } from "../model/manifest.ts";
import type { Section } from "../model/manifest.ts";
import { buildService } from "./build-service.ts";
import type { BuiltService } from "./build-service.ts";
import { createBudget } from "./budget.ts";
import type { BuiltStack, Claim } from "./claims.ts";
import type { MountedFiles } from "./files.ts";
import { buildHeader } from "./header.ts";
import { mergeTrees, without, withoutNulls } from "./merge.ts";
import { aliasOf, checkName, withReserved } from "./names.ts";
import { isPlainStack } from "./plain-stack.ts";
import { createCounter } from "./report.ts";
import type { Report } from "./report.ts";
import { finish, substitute } from "./resolve.ts";
import { inOrder, needsIn, orderServices } from "./service-order.ts";
import type { NeedingService, ServiceNeed } from "./service-order.ts";
import { composeParts } from "./compose/parts.ts";
import { checkNamedHosts, commonServer, withServer } from "./servers.ts";
import type { NamedHost } from "./servers.ts";
import { createServiceReferences } from "./service-references.ts";
import type { ComposeParts, ReferencedService, ServiceReferences } from "./service-references.ts";
import { createNamed, stackAsked } from "./policy/stack-asked.ts";
import { nameHint } from "./suggest.ts";
import { parameterValues } from "./template.ts";
import type { Template } from "./template.ts";
import { at, child, emptyMap, isNull, placeOf, textOf } from "./tree.ts";
import type { Entry, MapNode, TreeNode } from "./tree.ts";
import { validateTree } from "./validate.ts";

export interface StackDocument {
  readonly name: string;
  readonly place: Place;
  /** References parsed. Read again from the file after it was released. */
  tree(): MapNode;
  /** Lets go of the tree. */
  release(): void;
  /** Has problems already: it is checked further only to tell the rest of them. */
  readonly broken: boolean;
  /** Its name is a stand-in, as its own may not be used. */
  readonly unnamed: boolean;
}

export interface BuildContext {
  readonly report: Report;
  /** null: a template of that name has problems. */
  readonly templates: ReadonlyMap<string, Template | null>;
  readonly variables: Readonly<Record<string, string>>;
  readonly secret: (name: string) => string | null;
  readonly reservedNames: readonly string[];
  readonly files: MountedFiles;
  readonly hasher: Hasher;
  /** Added to the hint about a name that is not found; null: all there is was read. */
  readonly elsewhere: string | null;
}

/** More than this is a mistake, and every environment repeats every service. */
const mostEnvironments = 20;
const mostServices = 200;

/** The stack, or null when it has problems, which are told. */
export function buildStack(document: StackDocument, context: BuildContext): BuiltStack | null {
  const root = document.tree();
  if (!isPlainStack(root)) return assemble(document, root, context, "whole");
  const report = createCounter();
  const built = assemble(document, root, { ...context, report }, "values");
  // What is wrong is told in the same order and words, whatever the document looks like.
  return report.count() === 0 ? built : assemble(document, root, context, "whole");
}

/** `values`: all that is checked of the document is checked later, value by value. */
function assemble(
  document: StackDocument,
  root: MapNode,
  context: BuildContext,
  checked: "whole" | "values",
): BuiltStack | null {
  const { report } = context;
  const { name, place } = document;
  const before = report.count();
  const usesTemplate = at(root, ["spec", "template"]) !== undefined;
  if (!usesTemplate) tellNulls(root, report, name);
  if (checked === "whole") {
    validateTree(stackSchema, root, {
      report,
      stack: name,
      partial: (path) => path[0] === "spec" && (usesTemplate || path[1] === "environments"),
    });
  }
  const spec = child(root, "spec");
  const own = spec?.kind === "map" ? spec : emptyMap(place);
  const budget = createBudget();
  const named = createNamed();
  const { used } = named;
  const scope = { name, stack: name, report, budget, variables: context.variables, used } as const;
  const secret = context.secret;
  const body = mergedBody(document, own, { ...scope, secret }, context);
  if (body === null) return null;

  const metadata = finish(
    substitute(child(root, "metadata") ?? own, { ...scope, parameters: null }) ?? own,
    {
      ...scope,
      secret,
      services: null,
    },
  );
  const meta = validateTree(metadataSchema, metadata, {
    report,
    stack: name,
    prefix: ["metadata"],
  });
  const headTree = withoutNulls(without(body, [...sections, "environments"], own));
  const header = buildHeader(name, headTree, metadata, { ...scope, secret, services: null });

  const environments = environmentTrees(name, body, report);
  const services: DesiredService[] = [];
  const claims: Claim[] = [];
  const asked: BuiltService["asked"][] = [];
  for (const [environment, trees] of environments) {
    const resolved = (field: TreeNode): TreeNode =>
      finish(field, { ...scope, secret, services: references });
    const references: ServiceReferences = createServiceReferences(
      new Map(
        trees.map(({ section, service, entry: { node: tree } }): [string, ReferencedService] => {
          const host = aliasOf(name, environment, service);
          if (section !== "compose") return [service, { section, tree, host }];
          const parts = (): ComposeParts | null => composeParts(tree, context.files, resolved);
          return [service, { section, tree, host, parts }];
        }),
      ),
      resolved,
    );
    const needing = new Map<string, NeedingService>();
    const built: BuiltService[] = [];
    const hosts: NamedHost[] = [];
    for (const { section, service, entry } of trees) {
      const needs: ServiceNeed[] = [];
      if (section === "compose" && needing.has(service)) {
        const message = `\`compose.${service}\` has the name of another service of the stack`;
        report.add(entry.keyPlace, message, "give it a name of its own", name);
      }
      const names = (on: string, attribute: string, at: Place): void => {
        // What it says of itself makes it wait for nothing.
        if (on !== service) needs.push({ on, place: at, by: "reference" });
        const isAddress = attribute === "host" || attribute === "url";
        if (isAddress) hosts.push({ from: service, to: on, place: at });
      };
      const tree = finish(entry.node, { ...scope, secret, services: references, named: names });
      needing.set(service, { section, needs });
      if (budget.exhausted) continue;
      needs.push(...needsIn(child(tree, "dependsOn")));
      const one = buildService(
        { stack: name, section, environment, service },
        entry.keyPlace,
        tree,
        {
          report,
          hasher: context.hasher,
          files: context.files,
          project: header?.project ?? name,
          variables: header?.variables ?? null,
          secretVariables: header?.secretVariables ?? new Set(),
        },
      );
      if (one !== null) built.push(one);
    }
    checkNamedHosts(
      built.map(({ service }) => service),
      hosts,
      report,
      name,
    );
    services.push(...inOrder(built, orderServices(needing, report, name)));
    claims.push(...built.flatMap((one) => one.claims));
    asked.push(...built.map((one) => one.asked));
  }
  if (budget.exhausted) {
    report.add(place, "becomes larger than 4 MiB once its references are resolved", null, name);
  }
  if (header === null || meta === null || report.count() > before) return null;
  const isNamed = child(headTree, "project") !== undefined;
  const projectPlace = isNamed ? placeOf(headTree, ["project"]) : place;
  claims.push({
    what: `the project ${header.project}`,
    place: projectPlace,
    stack: name,
    holder: name,
    hint: null,
  });
  if (meta.previousName !== undefined) {
    const what = `the previous name ${meta.previousName}`;
    const at = placeOf(metadata, ["previousName"]);
    claims.push({ what, place: at, stack: name, holder: name, hint: null });
  }
  const stack: DesiredStack = {
    name,
    place,
    template: textOf(child(own, "template")),
    labels: meta.labels,
    previousName: meta.previousName ?? null,
    ...header,
    environments: [...environments.keys()],
    services: services.sort((a, b) => (a.key < b.key ? -1 : 1)),
  };
  const wanted = stackAsked(stack, {
    ...{ asked, named: named.asks(), project: projectPlace },
    template: placeOf(own, ["template"]),
    adopt: placeOf(headTree, ["adopt"]),
    metadata: {
      tree: metadata,
      place: child(root, "metadata") === undefined ? place : metadata.place,
    },
  });
  return { stack, claims, asked: wanted };
}

type Scope = Parameters<typeof parameterValues>[3];

/** The stack's body with its template below it; null when it has none to stand on. */
function mergedBody(
  { name, place, unnamed }: StackDocument,
  own: MapNode,
  scope: Scope,
  { templates, report, reservedNames, elsewhere }: BuildContext,
): MapNode | null {
  const bare = without(own, ["template", "parameters"], own);
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
    report.add(node.place, message, "they are reported at the template", name);
    return null;
  }
  const wrong = checkName(withReserved(template.names, reservedNames), name);
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

interface ServiceTree {
  readonly section: Section;
  readonly service: string;
  readonly entry: Entry;
}

/** The services of each environment, `production` always among them. */
function environmentTrees(
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

/** Where nothing is merged, an empty value is a slip: it would remove what is not there. */
export function tellNulls(node: TreeNode, report: Report, stack: string | null): void {
  if (node.kind === "list") {
    for (const item of node.items) {
      if (isNull(item)) report.add(item.place, "an entry of the list is empty", null, stack);
      else tellNulls(item, report, stack);
    }
  } else if (node.kind === "map") {
    for (const [key, { node: value, keyPlace }] of node.entries) {
      if (key === "environments") continue;
      if (isNull(value)) {
        const hint = 'write a value ("" for an empty one), or leave the key out';
        report.add(keyPlace, `\`${key}\` has no value`, hint, stack);
      } else tellNulls(value, report, stack);
    }
  }
}
