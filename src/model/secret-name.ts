// The names of secrets meet: the variable SECRET_GHCR_TOKEN, the files `ghcr-token` and `GHCR_TOKEN`, and
// `$(secrets.ghcr_token)` are all one name.

const managerPrefixes = ["bws", "vault"] as const;
export type ManagerPrefix = (typeof managerPrefixes)[number];

/** The secret manager that a name is of, and its name there; null for one of a file or a variable. */
export function managedName(
  name: string,
): { readonly prefix: ManagerPrefix; readonly rest: string } | null {
  const prefix = managerPrefixes.find((one) => name.startsWith(`${one}:`));
  return prefix === undefined ? null : { prefix, rest: name.slice(prefix.length + 1) };
}

/** The one spelling of a secret's name: lower case, `-` between words. A manager's names stay as they are. */
export function secretName(name: string): string {
  if (managedName(name) !== null) return name;
  return name.toLowerCase().replaceAll(/[._]/g, "-");
}

/** The environment variable that holds a secret. */
export function secretVariable(name: string): string {
  return `SECRET_${name.toUpperCase().replaceAll(/[-.]/g, "_")}`;
}
