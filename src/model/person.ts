// Who asks Capstan for something: a person who signed in, the owner of a token, or nobody in particular.

/** Each may do what those before it may. */
export const roles = ["viewer", "deployer", "operator"] as const;
export type Role = (typeof roles)[number];

export interface Person {
  /**
   * Stable and unique: `oidc:<subject>`, `token:<name>`, `local` for a program of this machine,
   * `visitor:<random>` where everybody may use the portal.
   */
  readonly id: string;
  /** For people: it stands in events, commits and reasons. */
  readonly name: string;
  /** For the author of commits; null where nobody knows it. */
  readonly email: string | null;
  readonly role: Role;
}

/** Whether they proved who they are; nobody has to on this machine, or where the portal is open to everybody. */
export function isSignedIn({ id }: Pick<Person, "id">): boolean {
  return id !== "local" && !id.startsWith("visitor:");
}

export function mayDo(person: Pick<Person, "role">, needs: Role): boolean {
  return roles.indexOf(person.role) >= roles.indexOf(needs);
}
