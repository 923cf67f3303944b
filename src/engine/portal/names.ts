// Which names may be taken: the template's rule, what Git has, what waits for a review, what the server has.
import { checkName } from "../../manifest/names.ts";
import type { Person } from "../../model/person.ts";
import { candidateOf, refusalOf } from "./candidate.ts";
import type { Candidate } from "./candidate.ts";
import type { PortalDeps } from "./deps.ts";
import type { Manifests } from "./manifests.ts";
import type { Owners } from "./owners.ts";
import { takenName, takesOver } from "./taken-name.ts";
import type { NameFacts, TakenName } from "./taken-name.ts";
import { findTemplate } from "./templates.ts";

export interface NameVerdict {
  /** Nobody has it. */
  readonly available: boolean;
  /** The template's rule and the policies allow it. */
  readonly valid: boolean;
  /** Why not, as one sentence for people. */
  readonly error?: string;
  /** It is the caller's own stack. */
  readonly yours: boolean;
}

export interface Names {
  /** Whether a stack of that name may be made, with all parameters as the template has them. */
  check(name: string, template: string, person: Person): Promise<NameVerdict>;
  /** The same of the name alone: what its stack needs depends on parameters, and is looked at apart. */
  checkAlone(name: string, template: string, person: Person): Promise<NameVerdict>;
  /** Which other stack has what a new one would need, as one clause; null when all is free. */
  heldBy(claims: Candidate["claims"]): string | null;
  /** Whether a new stack of this person would get the files of somebody else's. */
  takesOver(name: string, person: Person): boolean;
}

export function createNames(
  deps: PortalDeps,
  manifests: Pick<Manifests, "tree" | "newPath">,
  owners: Pick<Owners, "of" | "lastOf">,
): Names {
  const { engine, store, changes } = deps;

  /** `project`: what the stack's project would be called, as far as that is known. */
  function factsOf(name: string, project: string | undefined): NameFacts {
    const loaded = engine.loaded();
    const isBroken = loaded?.manifests.brokenStacks.has(name) === true;
    const isInGit = loaded?.byName.has(name) === true || isBroken;
    const asked = store.openDeployments().find((one) => one.name === name);
    const projects = engine.projects();
    return {
      inGit: isInGit ? { owner: owners.of(name) } : null,
      asked: asked === undefined ? null : { owner: asked.owner.id },
      lastOwner: owners.lastOf(name),
      hasProject: projects.some(({ stack }) => stack === name),
      hasFiles: engine.leftVolumes(name).length > 0,
      isProjectTaken: projects.some((one) => one.stack !== name && one.name === project),
    };
  }

  /** Why the person may not have it, apart from the template's rule; null when they may. */
  async function takenBy(
    name: string,
    { stack }: Candidate,
    person: Person,
  ): Promise<TakenName | null> {
    const taken = takenName(name, person, factsOf(name, stack?.project));
    if (taken !== null) return taken;
    const review = await changes.openReview(`add-${name}`);
    if (review === null) return null;
    return { yours: false, error: `${name} is taken: a pull request asks for it` };
  }

  /** `candidate` null: the template's rule refuses the name. */
  async function judge(
    name: string,
    templateName: string,
    person: Person,
  ): Promise<{ readonly verdict: NameVerdict; readonly candidate: Candidate | null }> {
    const found = await findTemplate(engine, manifests, templateName);
    const wrong = checkName(found.template.names, name);
    if (wrong !== null) {
      const error = name === "" ? "type a name" : `${name.slice(0, 60)} ${wrong}`;
      return { verdict: { available: false, valid: false, error, yours: false }, candidate: null };
    }
    const policies = engine.loaded()?.manifests.policies;
    const options = { ...deps.manifests, policies };
    const asked = { path: manifests.newPath(name), owner: person };
    const candidate = candidateOf(found.tree, found.template, name, options, asked);
    const taken = await takenBy(name, candidate, person);
    if (taken !== null) return { verdict: { available: false, valid: true, ...taken }, candidate };
    const refusal = refusalOf(found.template, candidate);
    const free = { available: true, valid: true, yours: false };
    if (refusal === null) return { verdict: free, candidate };
    const error = `${name} is not allowed: ${refusal.message}`;
    return { verdict: { ...free, available: false, valid: false, error }, candidate };
  }

  function heldBy(claims: Candidate["claims"]): string | null {
    const others = engine.loaded()?.manifests.claims ?? new Map<string, string>();
    for (const [what, stack] of claims) {
      const holder = others.get(what);
      if (holder !== undefined && holder !== stack) return `${what} belongs to ${holder}`;
    }
    return null;
  }

  return {
    heldBy,
    takesOver(name, person) {
      const hasFiles = engine.leftVolumes(name).length > 0;
      return takesOver(person, { lastOwner: owners.lastOf(name), hasFiles });
    },
    async check(name, templateName, person) {
      const { verdict, candidate } = await judge(name, templateName, person);
      const held = candidate === null || !verdict.available ? null : heldBy(candidate.claims);
      if (held === null) return verdict;
      return { ...verdict, available: false, error: `${name} is taken: ${held}` };
    },
    checkAlone: async (name, templateName, person) =>
      (await judge(name, templateName, person)).verdict,
  };
}
