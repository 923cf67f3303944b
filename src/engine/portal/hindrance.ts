// What keeps the portal from making stacks at all, for the operator to mend: people who use it cannot.
import { candidateOf } from "./candidate.ts";
import type { PortalDeps } from "./deps.ts";
import { sampleName } from "./form.ts";
import { createManifests } from "./manifests.ts";

export interface Hindrance {
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

const ofTheSample: ReadonlySet<string> = new Set(["names", "owners"]);

/** Null when people can make stacks, or nothing is known yet. Throws as the source does. */
export async function hindranceOf(deps: PortalDeps): Promise<Hindrance | null> {
  const { engine, settings } = deps;
  const loaded = engine.loaded();
  if (loaded === null) return null;
  const wanted = settings.template;
  const template = loaded.manifests.templates.find(({ name }) => name === wanted);
  if (template === undefined) {
    return {
      message: `Git has no valid template ${wanted}`,
      hint:
        wanted === "ai-stack"
          ? "`capstan init` writes it as stacks/templates/ai-stack.yaml: commit and push it, or name another template in PORTAL_TEMPLATE"
          : "add it below the stacks' folder, or name another one in PORTAL_TEMPLATE",
    };
  }
  const manifests = createManifests(deps);
  const tree = await manifests.tree();
  const name = sampleName(template);
  const { judged, own } = loaded.manifests.policies;
  const options = { ...deps.manifests, policies: { judged, own, asked: [] } };
  const asked = { path: manifests.newPath(name), owner: { id: "nobody", name: "nobody" } };
  const { problems } = candidateOf(tree, template, name, options, asked);
  // Of the sample's own name and owner nothing follows for others.
  const problem = problems.find(({ policy }) => !ofTheSample.has(policy?.rule ?? ""));
  if (problem === undefined) return null;
  const { message, hint } = problem;
  return {
    message: `no stack can be made of the template ${wanted}: ${message}`,
    hint: hint ?? `correct ${template.place.file}`,
  };
}
