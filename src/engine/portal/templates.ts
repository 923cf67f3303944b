// Which template a new stack is made of: the portal's own, or another one that an operator names.
import { CapstanError } from "../../lib/errors.ts";
import type { TemplateInfo } from "../../manifest/load.ts";
import { mayDo } from "../../model/person.ts";
import type { Person } from "../../model/person.ts";
import type { SourceTree } from "../../ports.ts";
import type { PortalDeps, PortalSettings } from "./deps.ts";
import type { Manifests } from "./manifests.ts";

export interface FoundTemplate {
  readonly template: TemplateInfo;
  readonly tree: SourceTree;
}

/** The name of the template that this person gets, null: asked for none. Throws `invalid` when they may not choose it. */
export function chosenTemplate(
  name: string | null,
  person: Pick<Person, "role">,
  { template }: Pick<PortalSettings, "template">,
): string {
  const wanted = name ?? template;
  if (wanted === template || mayDo(person, "operator")) return wanted;
  throw new CapstanError("invalid", `the portal makes no stacks of the template ${wanted}`, {
    hint: `leave the template out, or name ${template}`,
  });
}

/** Throws `unavailable` when Git has none of that name. */
export async function findTemplate(
  engine: Pick<PortalDeps["engine"], "loaded">,
  manifests: Pick<Manifests, "tree">,
  name: string,
): Promise<FoundTemplate> {
  const tree = await manifests.tree();
  const template = engine.loaded()?.manifests.templates.find((one) => one.name === name);
  if (template !== undefined) return { template, tree };
  throw new CapstanError("unavailable", `Git has no valid template ${name}`, {
    hint: "an operator adds it below the stacks' folder, or sets PORTAL_TEMPLATE to another one",
  });
}
