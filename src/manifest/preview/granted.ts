// The secrets that a preview may read: those that the branch lists for it, each under the name that the stack says.
import { CapstanError } from "../../lib/errors.ts";
import { secretName } from "../../model/secret-name.ts";

/** From the names that a stack says to those that are read; null: the branch says nothing of previews of it. */
export type Grants = Readonly<Record<string, string>> | null;

type ReadSecret = (name: string) => string | null;

/** The name of the secret that is read for one that the stack names. */
export function grantedName(grants: Grants, name: string): string | null {
  const key = secretName(name);
  return grants !== null && Object.hasOwn(grants, key) ? (grants[key] ?? null) : null;
}

/** Reads nothing that is not granted: it throws `invalid`, which is told where the secret is named. */
export function grantedSecrets(read: ReadSecret, grants: Grants): ReadSecret {
  return (name) => {
    const granted = grantedName(grants, name);
    if (granted === null) {
      throw new CapstanError(
        "invalid",
        "a preview may read only the secrets of `preview.secrets`",
        {
          hint: "list it there, or another one in its place, and merge that first: the branch's list counts; or give the value under `preview.overlay`",
        },
      );
    }
    return read(granted) ?? read(secretName(granted));
  };
}
