// Takes secrets out of what a manifest says: a value that is one becomes a reference to it, everything else stands as it
// is. `$(` of a value becomes `$$(`, so that it is read back as it was.
import { kindsOf } from "../manifest/kinds/table.ts";
import { withEscapes } from "../manifest/escapes.ts";
import type { Section } from "../model/manifest.ts";
import { isSecretName, looksSecret } from "./secret-signs.ts";
import type { SecretBook } from "./secret-book.ts";

/** `detected`: what reads like a secret; `all`: every value of a variable as well. */
export type SecretsMode = "detected" | "all";

export type Path = readonly (string | number)[];

/** One value of a manifest that may be a secret. */
export interface Held {
  readonly stack: string;
  /** From the environment, unless that is production, to the service. */
  readonly owner: readonly string[];
  /** Null: a variable of the project. */
  readonly section: Section | null;
  readonly path: Path;
  /** Of a value in a list: what its entry is called; absent: its number. */
  readonly entry?: string | undefined;
}

/** Fields that hold nothing else. */
function isSecretField([root, second, third]: Path): boolean {
  if (root === "password" || root === "rootPassword") return true;
  if (root === "registry") return second === "password";
  if (root === "basicAuth") return third === "password";
  if (root === "backups") return third === "password" || third === "rootPassword";
  return root === "build" && second === "secrets";
}

/** Variables, whose names are people's own. */
function variableOf({ section, path }: Held): string | null {
  const [root, second, third] = path;
  if (section === null || root === "env") return String(second);
  return root === "build" && second === "args" ? String(third) : null;
}

/** Whether a reference to a secret may stand there. */
function mayRefer({ section, path }: Held): boolean {
  return section === null || kindsOf(section).secretField(null, path) !== null;
}

/** What the secret is called after. */
function wordsOf({ owner, path, entry }: Held): readonly string[] {
  const [root, ...rest] = path;
  const isNamed = root === "env" || (root === "build" && rest.length > 1);
  if (entry !== undefined) return [...owner, String(root), entry];
  const words = isNamed ? rest.slice(root === "env" ? 0 : 1) : path;
  return [...owner, ...words.map(String)];
}

/** Whether the whole value is a secret by what it is and how it is named. */
function isWhole(held: Held, text: string, mode: SecretsMode): boolean {
  if (text === "") return false;
  if (isSecretField(held.path)) return true;
  const name = variableOf(held);
  if (name === null) return false;
  return mode === "all" || isSecretName(name, text);
}

/** Notes the values that are secrets as a whole: others may hold one of them. To be asked of all values first. */
export function noteSecret(held: Held, text: string, mode: SecretsMode, book: SecretBook): void {
  if (mayRefer(held) && isWhole(held, text, mode)) book.take(held.stack, wordsOf(held), text);
}

type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "secret"; readonly name: string };

/** The value in parts, those that are known secrets apart. */
function partsOf(stack: string, text: string, book: SecretBook): readonly Part[] {
  for (const [value, name] of book.shared(stack)) {
    const at = text.indexOf(value);
    if (at === -1) continue;
    return [
      ...partsOf(stack, text.slice(0, at), book),
      { kind: "secret", name },
      ...partsOf(stack, text.slice(at + value.length), book),
    ];
  }
  return text === "" ? [] : [{ kind: "text", text }];
}

/** What is written for a value. */
export function takeSecret(held: Held, text: string, mode: SecretsMode, book: SecretBook): string {
  if (!mayRefer(held)) return withEscapes(text);
  const whole = (): string => `$(secrets.${book.take(held.stack, wordsOf(held), text)})`;
  if (isWhole(held, text, mode)) return whole();
  const parts = partsOf(held.stack, text, book);
  if (parts.some((part) => part.kind === "text" && looksSecret(part.text))) return whole();
  return parts
    .map((part) => (part.kind === "secret" ? `$(secrets.${part.name})` : withEscapes(part.text)))
    .join("");
}
