// One stack: template and parameters filled in, its own keys merged over, environments laid over its
// services, references resolved, everything checked.
import type { DesiredService, DesiredStack, Place } from "../model/desired.ts";
import { defaultDokploy } from "../model/dokploys.ts";
import { metadataSchema, sections, stackSchema } from "../model/manifest.ts";
import { buildService } from "./build-service.ts";
import type { BuiltService } from "./build-service.ts";
import { createBudget } from "./budget.ts";
import { claimOf } from "./claims.ts";
import type { BuiltStack, Claim } from "./claims.ts";
import { buildHeader } from "./header.ts";
import { without, withoutNulls } from "./merge.ts";
import { aliasOf } from "./names.ts";
import { isPlainStack } from "./plain-stack.ts";
import { createCounter } from "./report.ts";
import { finish, substitute } from "./resolve.ts";
import { inOrder, needsIn, orderServices } from "./service-order.ts";
import type { NeedingService, ServiceNeed } from "./service-order.ts";
import { composeParts } from "./compose/parts.ts";
import { checkNamedHosts } from "./servers.ts";
import type { NamedHost } from "./servers.ts";
import { createServiceReferences } from "./service-references.ts";
import type { ComposeParts, ReferencedService, ServiceReferences } from "./service-references.ts";
import type { StackAsked } from "./policy/asked.ts";
import { createNamed, stackAsked } from "./policy/stack-asked.ts";
import { environmentTrees, mergedBody, tellNulls } from "./stack-body.ts";
import type { BuildContext, StackDocument } from "./stack-document.ts";
import { grantedName } from "./preview/granted.ts";
import { withHead } from "./preview/head.ts";
import { previewBody } from "./preview/body.ts";
import type { PreviewOf } from "./preview/body.ts";
import { tellLeftovers } from "./preview/leftovers.ts";
import { readPreviewSpec } from "./preview/spec.ts";
import { at, child, emptyMap, isNull, placeOf, textOf } from "./tree.ts";
import type { MapNode, Path, TreeNode } from "./tree.ts";
import { validateTree } from "./validate.ts";

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
      partial: (path) => path[0] === "spec" && (usesTemplate || isMergedLater(path)),
    });
  }
  const spec = child(root, "spec");
  const own = spec?.kind === "map" ? spec : emptyMap(place);
  const budget = createBudget();
  const named = createNamed();
  const { preview } = context;
  const used: typeof named.used = (list, asked, at) => {
    const read = preview === undefined ? asked : (grantedName(preview.grants, asked) ?? asked);
    named.used(list, list === "secrets" ? read : asked, at);
  };
  const scope = { name, stack: name, report, budget, variables: context.variables, used } as const;
  const secret = context.secret;
  const whole = mergedBody(document, own, { ...scope, secret }, context);
  if (whole === null) return null;
  const body =
    preview === undefined ? whole : bodyOfPreview(whole, document, own, preview, context);

  const written = child(root, "metadata") ?? own;
  const metadata = finish(
    substitute(preview === undefined ? written : without(written, ["previousName"], own), {
      ...scope,
      parameters: null,
    }) ?? own,
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
  const headTree = withoutNulls(without(body, [...sections, "environments", "preview"], own));
  const header = buildHeader(name, headTree, metadata, { ...scope, secret, services: null });
  const previews = child(whole, "preview");
  const previewSpec =
    previews === undefined || isNull(previews)
      ? null
      : readPreviewSpec(previews, { ...scope, secret, services: null });

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
      const resolvedTree = finish(entry.node, {
        ...scope,
        secret,
        services: references,
        named: names,
      });
      const tree = withHead(resolvedTree, preview?.head ?? null);
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
      if (one === null) continue;
      built.push(one);
      if (preview !== undefined) {
        const overlay = child(child(whole, "preview"), "overlay");
        tellLeftovers({ section, service, stack: name }, one.asked, overlay, preview, report);
      }
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
  const ofStack = { stack: name, holder: name, hint: null };
  claims.push({ ...claimOf("project", header.project, projectPlace), ...ofStack });
  if (meta.previousName !== undefined) {
    const at = placeOf(metadata, ["previousName"]);
    claims.push({ ...claimOf("previous name", meta.previousName, at), ...ofStack });
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
    ...(previewSpec === null ? {} : { preview: previewSpec }),
  };
  const judged = preview === undefined ? stack : asItsStack(stack, preview, whole);
  const wanted = stackAsked(judged, {
    ...{ asked, named: named.asks(), project: projectPlace },
    template: placeOf(own, ["template"]),
    adopt: placeOf(headTree, ["adopt"]),
    dokploy: dokployAsked(document, context),
    metadata: {
      tree: metadata,
      place: child(root, "metadata") === undefined ? place : metadata.place,
    },
  });
  return { stack, claims, asked: preview === undefined ? wanted : askedOfPreview(wanted, name) };
}

/** As policies name it. */
function dokployAsked(
  { dokploy: said, place }: StackDocument,
  context: BuildContext,
): { readonly name: string; readonly place: Place } | null {
  const dokploy = context.dokploy ?? said?.text ?? null;
  if (dokploy === null) return null;
  return { name: dokploy === "" ? defaultDokploy : dokploy, place: said?.place ?? place };
}

/** What a preview is made of, beside the body in which its own name is filled in: the stack's own. */
function bodyOfPreview(
  whole: MapNode,
  document: StackDocument,
  own: MapNode,
  preview: PreviewOf,
  context: BuildContext,
): MapNode {
  const { stack } = preview;
  const report = createCounter();
  const { variables, secret } = context;
  const scope = { name: stack, stack, report, budget: createBudget(), variables, secret };
  const other = mergedBody({ ...document, name: stack }, own, scope, { ...context, report });
  return previewBody(whole, other ?? whole, preview);
}

/** Policies judge a preview by the name and the project of its stack. */
function asItsStack(preview: DesiredStack, { stack }: PreviewOf, whole: MapNode): DesiredStack {
  return { ...preview, name: stack, project: textOf(child(whole, "project")) ?? stack };
}

/** That a preview's data go with it is not the manifest's wish. */
function askedOfPreview(asked: StackAsked, name: string): StackAsked {
  return { ...asked, name, asks: asked.asks.filter(({ list }) => list !== "deletionPolicies") };
}

/** What is laid over the services is checked as a whole once it is. */
function isMergedLater(path: Path): boolean {
  return path[1] === "environments" || (path[1] === "preview" && path[2] === "overlay");
}
