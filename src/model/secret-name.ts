// The names of secrets meet: the variable SECRET_GHCR_TOKEN, the files `ghcr-token` and `GHCR_TOKEN`, and
// `$(secrets.ghcr_token)` are all one name.

/** The one spelling of a secret's name: lower case, `-` between words. */
export function secretName(name: string): string {
  return name.toLowerCase().replaceAll(/[._]/g, "-");
}

/** The environment variable that holds a secret. */
export function secretVariable(name: string): string {
  return `SECRET_${name.toUpperCase().replaceAll(/[-.]/g, "_")}`;
}
