// By what a value is taken for a secret: by the name that it has, by its form, and by how little of a word is in it.
// Pure. Who is wrong here is wrong on the safe side: a value that is none goes into the file of secrets too.

const secretWords: ReadonlySet<string> = new Set(
  (
    "password passwd passphrase pass pwd secret secrets token tokens key keys apikey dsn credential credentials " +
    "salt pepper private signature cookie pin jwt bearer auth"
  ).split(" "),
);
const secretEnds = /(?:password|passwd|passphrase|secret|token|apikey|accesskey|secretkey|dsn)$/;
/** Words that say how something is used, not what it is. */
const harmlessValue = /^(?:true|false|yes|no|on|off|null|none|default|\d{1,5})$/i;
const passwordWords = /pass|pwd|pin/;

/** `DB_PASSWORD`, `dbPassword`, `db.password` in words. */
function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}

/** A reference of Dokploy's own as a whole: what it leads to stands elsewhere. */
const onlyReference = /^\s*\$\{\{[^}]*\}\}\s*$/;
/** A variable of a compose file as a whole. */
const onlyVariable = /^\s*\$\{?[A-Za-z_][A-Za-z0-9_]*(?::?[-?+]\s*)?\}?\s*$/;

/** Whether a value is a secret by the name of the variable that holds it. */
export function isSecretName(name: string, value: string): boolean {
  if (value.trim() === "" || onlyReference.test(value) || onlyVariable.test(value)) return false;
  const words = wordsOf(name);
  const isNamed = words.some((word) => secretWords.has(word) || secretEnds.test(word));
  if (!isNamed) return false;
  return words.some((word) => passwordWords.test(word)) || !harmlessValue.test(value.trim());
}

/** Bounded, so that no text, however long, is slow to search. */
const forms: readonly RegExp[] = [
  // An address with a password, which is no reference.
  /:\/\/[^\s/:@]{0,256}:(?!\$\{)[^\s/@]{1,256}@/,
  /-----BEGIN [A-Z ]{0,40}(?:PRIVATE KEY|CERTIFICATE)-----/,
  /\beyJ[A-Za-z0-9_-]{8,400}\.[A-Za-z0-9_-]{8}/,
  /\b(?:gh[pousr]_|github_pat_|glpat-|sk-|sk_live_|sk_test_|rk_live_|xox[abprs]-|AKIA|ASIA|AIza|SG\.|npm_|dckr_pat_|hf_)[A-Za-z0-9_-]{8}/,
  /\bAGE-SECRET-KEY-1/i,
  /hooks\.slack\.com\/services\/|discord(?:app)?\.com\/api\/webhooks\//,
  /\b(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key)["']?\s*[:=]\s*["']?(?!\$)[^\s"',;]{3,}/i,
  /(?:^|\s)--?(?:pass(?:word)?|requirepass|secret|token|api-?key)(?:=|\s+)(?!\$)[^\s-]/i,
];

const shortest = 20;
/** Bits a character: words have less, and what a generator made has more. */
const leastEntropy = 3.5;

function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => {
    const part = count / text.length;
    return sum - part * Math.log2(part);
  }, 0);
}

function isRandom(chunk: string): boolean {
  if (chunk.length < shortest || !/\d/.test(chunk) || !/[a-z]/i.test(chunk)) return false;
  return entropyOf(chunk) >= leastEntropy;
}

/** A longer text is looked at no further: what it holds is a file's, not a word's. */
const mostLooked = 64 * 1024;

/** Whether a text holds something that reads like a secret, whatever its name. */
export function looksSecret(text: string): boolean {
  const looked = text.slice(0, mostLooked);
  if (forms.some((form) => form.test(looked))) return true;
  return looked
    .replaceAll(/\$\{\{[^}]*\}\}/g, " ")
    .split(/[\s"'`,;:=&?@(){}[\]<>|/.\\]+/)
    .some(isRandom);
}
