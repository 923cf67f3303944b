// The file of secrets that were taken out of manifests: one variable a line, as a shell, Docker and Capstan read it. Nobody
// commits it: it is to be encrypted, or moved to where secrets live.
import { formatEnvText, parseEnvText } from "../model/env-text.ts";
import { secretVariable } from "../model/secret-name.ts";

export const secretsFileName = "secrets.env";

const reference = /(?<!\$)\$\(secrets\.([A-Za-z0-9_.-]+)\)/g;

/** The names of the secrets that texts refer to, sorted. */
export function secretsNamed(texts: Iterable<string>): readonly string[] {
  const names = new Set<string>();
  for (const text of texts) for (const [, name = ""] of text.matchAll(reference)) names.add(name);
  return [...names].sort();
}

/** The same with their values. */
export function secretsIn(
  texts: Iterable<string>,
  book: { value(name: string): string | null },
): ReadonlyMap<string, string> {
  return new Map(
    secretsNamed(texts).flatMap((name): [string, string][] => {
      const value = book.value(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

/** In single quotes nothing means anything to a shell. */
function entryOf(name: string, value: string): string {
  const isPlain = !value.includes("'") && !value.endsWith("\\");
  return isPlain ? `${name}='${value}'` : formatEnvText({ [name]: value });
}

const heading = [
  "# Secrets of exported manifests, by Capstan. Do not commit this file: encrypt it, or move the values to where",
  "# Capstan reads secrets, and delete it. To use it from a shell:  set -a; . ./secrets.env; set +a",
];

/** `secrets`: values by name; all of them must be writable. */
export function secretsText(secrets: ReadonlyMap<string, string>): string {
  const entries = [...secrets].map(([name, value]) => entryOf(secretVariable(name), value));
  return [...heading, ...entries.sort(), ""].join("\n");
}

/** The variables of such a file: `SECRET_…` with their values. */
export function readSecretsText(text: string): Readonly<Record<string, string>> {
  const { values } = parseEnvText(text);
  return Object.fromEntries(Object.entries(values).filter(([name]) => name.startsWith("SECRET_")));
}
