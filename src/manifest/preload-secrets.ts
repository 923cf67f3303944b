// Reads all secrets before a load, so that the load itself stays synchronous and pure. A secret that
// cannot be read fails only the stacks that use it.
import { CapstanError, toCapstanError } from "../lib/errors.ts";
import { secretName } from "../model/secret-name.ts";

export interface SecretValues {
  get(name: string): Promise<string | null>;
  names(): Promise<readonly string[]>;
}

/** The `secret` of LoadInput. `seen` is told every value, for the redactor. Throws when names cannot be listed. */
export async function preloadSecrets(
  secrets: SecretValues,
  seen: (value: string) => void,
): Promise<(name: string) => string | null> {
  const values = new Map<string, string | CapstanError>();
  for (const name of await secrets.names()) {
    try {
      const value = await secrets.get(name);
      if (value === null) continue;
      seen(value);
      values.set(secretName(name), value);
    } catch (error) {
      values.set(secretName(name), toCapstanError(error));
    }
  }
  return (name) => {
    const value = values.get(secretName(name));
    if (value instanceof CapstanError) throw value;
    return value ?? null;
  };
}
