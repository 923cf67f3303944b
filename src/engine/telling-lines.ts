// Which lines of a failed deployment's log say why it failed. The whole tail is kept beside them.

/** Closing words, most of them Dokploy's own: they say that it failed, and nothing of why. */
const closing =
  /^(?:(?:build |deployment )?failed[.!]?|pulling image failed|error occurred,? .*check the logs for details\.?|error ❌)$/i;
/** Decoration at the ends of a line, or before a comma. */
const marks = /\s*[\u2190-\u2bff\u{1f000}-\u{1faff}\ufe0f]+\s*/gu;

function plain(line: string): string {
  return line
    .replace(marks, " ")
    .replace(/ ([,.;:])/g, "$1")
    .trim();
}

const trouble =
  /\b(?:error|err!|fail(?:ed|ure|s)?|fatal|panic|exception|denied|refused|unauthorized|cannot|can't|could not|not found|no such|unknown|timed? ?out|killed|exit(?:ed)?(?: with)? (?:code|status))\b/i;

/**
 * At most `most` of the last lines, without marks. Lines that name a trouble come before those that tell of steps,
 * and those that only repeat that it failed come last.
 */
export function tellingLines(log: readonly string[], most: number): readonly string[] {
  const lines = log.map(plain).filter((line) => line !== "");
  const telling = lines.filter((line) => !closing.test(line));
  const troubles = telling.filter((line) => trouble.test(line));
  const best = [troubles, telling, lines].find((some) => some.length > 0) ?? [];
  return best.slice(-most);
}
