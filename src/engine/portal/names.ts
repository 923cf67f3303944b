// Which names may be taken: the template's rule, what Git has, what waits for a review, what the server has.
import { CapstanError } from "../../lib/errors.ts";
import { checkName } from "../../manifest/names.ts";
import type { TemplateInfo } from "../../manifest/load.ts";
import { ownerOf } from "../../model/owner.ts";
import type { Person } from "../../model/person.ts";
import { mayDo } from "../../model/person.ts";
import type { SourceTree } from "../../ports.ts";
import { candidateOf } from "./candidate.ts";
import type { Candidate } from "./candidate.ts";
import type { PortalDeps } from "./deps.ts";
import { createManifests } from "./manifests.ts";

export interface NameVerdict {
  /** Nobody has it. */
  readonly available: boolean;
  /** The template's rule allows it. */
  readonly valid: boolean;
  /** Why not, as one sentence for people. */
  readonly error?: string;
  /** It is the caller's own stack. */
  readonly yours: boolean;
}

export interface FoundTemplate {
  readonly template: TemplateInfo;
  readonly tree: SourceTree;
}

export interface Names {
  /**
   * The template of that name, null: the portal's own. Throws `unavailable` when Git has none, `invalid` when
   * this person may not choose it.
   */
  template(name: string | null, person?: Person): Promise<FoundTemplate>;
  /** Whether a stack of that name may be made, with all parameters as the template has them. */
  check(name: string, template: string, person: Person): Promise<NameVerdict>;
  /** The same of the name alone: what its stack needs depends on parameters, and is looked at apart. */
  checkAlone(name: string, template: string, person: Person): Promise<NameVerdict>;
  /** Which other stack has what a new one would need, as one clause; null when all is free. */
  heldBy(claims: Candidate["claims"]): string | null;
  /** Whether a new stack of this person would get the files of somebody else's. */
  takesOver(name: string, person: Person): boolean;
  /** The id of the person who made a stack in the portal; null for others. */
  ownerOf(stack: string): string | null;
  /** Sorted. */
  ownedBy(personId: string): readonly string[];
}

export function createNames(deps: PortalDeps): Names {
  const { engine, store, changes, settings } = deps;
  const manifests = createManifests(deps);

  async function template(name: string | null, person?: Person): Promise<FoundTemplate> {
    const wanted = name ?? settings.template;
    if (wanted !== settings.template && (person === undefined || !mayDo(person, "operator"))) {
      throw new CapstanError("invalid", `the portal makes no stacks of the template ${wanted}`, {
        hint: `leave the template out, or name ${settings.template}`,
      });
    }
    const tree = await manifests.tree();
    const found = engine.loaded()?.manifests.templates.find((one) => one.name === wanted);
    if (found !== undefined) return { template: found, tree };
    throw new CapstanError("unavailable", `Git has no valid template ${wanted}`, {
      hint: "an operator adds it below the stacks' folder, or sets PORTAL_TEMPLATE to another one",
    });
  }

  function lastOwnerOf(stack: string): string | null {
    return store.deploymentsOf(stack, 1)[0]?.owner.id ?? null;
  }

  /** A manifest that cannot be read any more is still somebody's. */
  function ownerOfStack(stack: string): string | null {
    const loaded = engine.loaded();
    const labels = loaded?.byName.get(stack)?.labels;
    if (labels !== undefined) return ownerOf(labels);
    return loaded?.manifests.brokenStacks.has(stack) === true ? lastOwnerOf(stack) : null;
  }

  /** O7: what an earlier stack of this name left comes back to its owner, and to nobody else unnoticed. */
  function leftBehind(name: string, person: Person): string | null {
    if (lastOwnerOf(name) === person.id) return null;
    if (engine.projects().some((project) => project.stack === name)) {
      return "its removal is not finished";
    }
    const isRefused = takesOver(name, person) && !mayDo(person, "operator");
    return isRefused ? "files of an earlier stack of that name are still on the server" : null;
  }

  function takesOver(name: string, person: Person): boolean {
    return lastOwnerOf(name) !== person.id && engine.leftVolumes(name).length > 0;
  }

  /** Why nobody may take the name, apart from the template's rule; null when somebody may. */
  async function takenBy(
    name: string,
    candidate: Candidate,
    person: Person,
  ): Promise<Pick<NameVerdict, "yours" | "error"> | null> {
    const loaded = engine.loaded();
    const isBroken = loaded?.manifests.brokenStacks.has(name) === true;
    if (loaded?.byName.has(name) === true || isBroken) {
      const yours = ownerOfStack(name) === person.id;
      return { yours, error: yours ? `${name} is yours already` : `${name} is taken` };
    }
    const asked = store.openDeployments().find((one) => one.name === name);
    if (asked !== undefined) {
      const yours = asked.owner.id === person.id;
      return { yours, error: yours ? `${name} is being created for you` : `${name} is taken` };
    }
    const left = leftBehind(name, person);
    if (left !== null) return { yours: false, error: `${name} is taken: ${left}` };
    const others = engine.projects().filter((project) => project.stack !== name);
    if (others.some((project) => project.name === candidate.stack?.project)) {
      return { yours: false, error: `${name} is taken: the server has a project of that name` };
    }
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
    const found = await template(templateName, { ...person, role: "operator" });
    const wrong = checkName(found.template.names, name);
    if (wrong !== null) {
      const error = name === "" ? "type a name" : `${name.slice(0, 60)} ${wrong}`;
      return { verdict: { available: false, valid: false, error, yours: false }, candidate: null };
    }
    const candidate = candidateOf(found.tree, found.template, name, deps.manifests);
    const taken = await takenBy(name, candidate, person);
    const verdict: NameVerdict =
      taken === null
        ? { available: true, valid: true, yours: false }
        : { available: false, valid: true, ...taken };
    return { verdict, candidate };
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
    template,
    heldBy,
    takesOver,
    async check(name, templateName, person) {
      const { verdict, candidate } = await judge(name, templateName, person);
      const held = candidate === null || !verdict.available ? null : heldBy(candidate.claims);
      if (held === null) return verdict;
      return { ...verdict, available: false, error: `${name} is taken: ${held}` };
    },
    checkAlone: async (name, templateName, person) =>
      (await judge(name, templateName, person)).verdict,
    ownerOf: ownerOfStack,
    ownedBy(personId) {
      const loaded = engine.loaded();
      const all = [...(loaded?.byName.keys() ?? []), ...(loaded?.manifests.brokenStacks ?? [])];
      return [...new Set(all)].filter((name) => ownerOfStack(name) === personId).sort();
    },
  };
}
