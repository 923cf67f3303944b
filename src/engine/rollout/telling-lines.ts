// Which lines of a failed deployment's log say why it failed. The whole tail is kept beside them.

/** Closing words, most of them Dokploy's own: they say that it failed, and nothing of why. */
const closing =
  /^(?:(?:build |deployment )?failed[.!]?|pulling image failed|error occurred,? .*check the logs(?: for details)?\.?|error(?: ❌)?)$/i;
/** When a line was written, at its head: an ISO or syslog-like time, in brackets or not. */
const stamp =
  /^\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?\]?:?\s+/;
/** Decoration at the ends of a line, or before a comma. */
const marks = /\s*[\u2190-\u2bff\u{1f000}-\u{1faff}\ufe0f]+\s*/gu;

function plain(line: string): string {
  return line
    .replace(stamp, "")
    .replace(marks, " ")
    .replace(/ ([,.;:])/g, "$1")
    .trim();
}

const trouble =
  /\b(?:error|err!|fail(?:ed|ure|s)?|fatal|panic|exception|denied|refused|unauthorized|cannot|can't|could not|not found|no such|unknown|timed? ?out|killed|exit(?:ed)?(?: with)? (?:code|status))\b/i;

/** Each text once, where it was said last. */
function distinct(lines: readonly string[]): readonly string[] {
  return lines.filter((line, index) => lines.lastIndexOf(line) === index);
}

/**
 * At most `most` of the last lines, in their order, each once, without marks and times. Lines that name a trouble come before those that tell of steps,
 * and those that only repeat that it failed come last.
 */
export function tellingLines(log: readonly string[], most: number): readonly string[] {
  const lines = log.map(plain).filter((line) => line !== "");
  const telling = lines.filter((line) => !closing.test(line));
  const troubles = telling.filter((line) => trouble.test(line));
  const best = [troubles, telling, lines].find((some) => some.length > 0) ?? [];
  return distinct(best).slice(-most);
}
