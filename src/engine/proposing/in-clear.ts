// Whether a value that somebody typed into Dokploy may stand in a commit, where everybody reads it, for ever. What Git
// has as a secret never does, nor what holds the value of one; of what could be one only what stands in Git in clear
// text already, and what nobody would take for a secret. Pure.
import type { DesiredService, DesiredStack } from "../../model/desired.ts";
import { entryOf, isWithin, maySecret, rootOf } from "../../model/fields.ts";
import { runningPath } from "../../plan/left-drift.ts";
import type { Difference } from "../../plan/input.ts";

/** Replaces all secrets that this process has read. */
export type Redact = (text: string) => string;

const secretName =
  /pass|secret|token|credential|private|apikey|api[_-]key|access[_-]?key|(?:^|[_.-])(?:key|pwd|pin|auth|salt|dsn)(?:$|[_.-])/i;
/** An address with a login in it; words as keys and tokens are made of. */
const credentials = /:\/\/[^/\s]*:[^/\s]*@|-----BEGIN|\b(?:Bearer|Basic) \S/;
const randomWord = /[A-Za-z0-9+/_=-]{20,}/g;

function looksRandom(text: string): boolean {
  return (text.match(randomWord) ?? []).some(
    (word) => /\d/.test(word) && /[A-Za-z]/.test(word) && !/^[\w-]+(?:[./-][a-z]+)+$/.test(word),
  );
}

/** Nobody's secret: on, off, a small number. */
const harmless = /^(?:true|false|yes|no|on|off|\d{1,5})$/i;

function looksSecret(name: string, text: string): boolean {
  return secretName.test(name) || credentials.test(text) || looksRandom(text);
}

const fromSecret = "its value comes from a secret";
const isSecretOfOthers = "it holds the value of a secret";
const mayBe = "it may be a secret, which must not stand in Git in clear text";

function whyNot(
  name: string,
  { observed, wanted }: Difference,
  is: { readonly secret: boolean; readonly doubtful: boolean; readonly redact: Redact },
): string | null {
  if (is.secret) return fromSecret;
  if (observed === null) return null;
  if (is.redact(observed) !== observed) return isSecretOfOthers;
  if (!is.doubtful) return null;
  if (looksSecret(name, observed)) return mayBe;
  if (wanted !== null || harmless.test(observed)) return null;
  return mayBe;
}

/** As a clause why the value must not be written; null: it may. */
export function whyNotInClear(
  desired: DesiredService,
  difference: Difference,
  redact: Redact,
): string | null {
  const { path, observed, wanted } = difference;
  if (path === runningPath) return "no field of a manifest says it";
  const root = rootOf(path);
  // Names of people and their passwords.
  if (root === "basicAuth") return mayBe;
  const secret =
    isWithin(desired.secrets, path) ||
    [...desired.secrets].some((one) => one.startsWith(`${path}.`));
  const texts = [observed, wanted].filter((text) => text !== null);
  const doubtful = texts.some((text) => maySecret(desired.kind, path, text));
  const name = entryOf(desired.kind, path)?.name ?? path;
  // Redirects, files and commands are told by what is in them alone.
  return whyNot(root === "redirects" ? "" : name, difference, { secret, doubtful, redact });
}

export function whyNotInClearOfProject(
  { secretVariables }: Pick<DesiredStack, "secretVariables">,
  difference: Difference,
  redact: Redact,
): string | null {
  const { path } = difference;
  const name = path.replace(/^variables\./, "");
  const isVariable = name !== path;
  const secret = isVariable && secretVariables.has(name);
  return whyNot(name, difference, { secret, doubtful: isVariable, redact });
}
