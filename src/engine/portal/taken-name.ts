// Whether a person may have a name, by who has it and what is left of who had it. Pure.
import { mayDo } from "../../model/person.ts";
import type { Person } from "../../model/person.ts";

export interface NameFacts {
  /** The id of whose stack of this name Git has, readable or not; null owner: not made in the portal. */
  readonly inGit: { readonly owner: string | null } | null;
  /** Of a deployment of the name that goes on. */
  readonly asked: { readonly owner: string } | null;
  /** Who asked for the name last. */
  readonly lastOwner: string | null;
  /** The server still has its project. */
  readonly hasProject: boolean;
  /** The server still has its files. */
  readonly hasFiles: boolean;
  /** A project of somebody else is called as its project would be. */
  readonly isProjectTaken: boolean;
}

export interface TakenName {
  /** By the caller. */
  readonly yours: boolean;
  /** Why, as one sentence for people. */
  readonly error: string;
}

/** Why this person cannot have the name; null when nothing known here keeps them from it. */
export function takenName(name: string, person: Person, facts: NameFacts): TakenName | null {
  const { inGit, asked } = facts;
  if (inGit !== null) {
    const yours = inGit.owner === person.id;
    return { yours, error: yours ? `${name} is yours already` : `${name} is taken` };
  }
  if (asked !== null) {
    const yours = asked.owner === person.id;
    return { yours, error: yours ? `${name} is being created for you` : `${name} is taken` };
  }
  const why = leftBehind(person, facts) ?? (facts.isProjectTaken ? projectTaken : null);
  return why === null ? null : { yours: false, error: `${name} is taken: ${why}` };
}

const projectTaken = "the server has a project of that name";

/** Whether a new stack of this person would get the files of somebody else's. */
export function takesOver(
  person: Pick<Person, "id">,
  { lastOwner, hasFiles }: Pick<NameFacts, "lastOwner" | "hasFiles">,
): boolean {
  return lastOwner !== person.id && hasFiles;
}

/** O7: what an earlier stack of this name left comes back to its owner, and to nobody else unnoticed. */
function leftBehind(person: Person, facts: NameFacts): string | null {
  if (facts.lastOwner === person.id) return null;
  if (facts.hasProject) return "its removal is not finished";
  const isRefused = takesOver(person, facts) && !mayDo(person, "operator");
  return isRefused ? "files of an earlier stack of that name are still on the server" : null;
}
