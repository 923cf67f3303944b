// Dokploy's own words made fit for people and logs: no SQL, no parameters, no secrets, one bounded line.
import type { Redactor } from "../lib/redact.ts";

const longest = 400;

/** A message of Dokploy as one line: the SQL that it leaks, its parameters and control characters gone. */
export function plainMessage(text: string, redactor: Redactor): string {
  const at = text.search(/Failed query:/i);
  const withoutSql =
    at === -1
      ? // One line's blanks only: across lines the search is quadratic, and a page of line breaks a hang.
        text.replace(/\n[^\S\n]*params:[\s\S]*$/i, "")
      : `${text.slice(0, at)}the database refused it`;
  const line = redactor
    .redact(withoutSql)

    .replace(/[\u0000-\u001f\u007f]+/g, " ")
    .replace(/ {2,}/g, " ")
    .trim();
  if (line === "") return "no reason given";
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

export interface Issue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

const issuesShown = 5;

/** `host: Invalid domain name; port: Too small`. */
export function issueText(issues: readonly Issue[]): string {
  const shown = issues
    .slice(0, issuesShown)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`));
  if (issues.length > issuesShown) shown.push(`and ${issues.length - issuesShown} more`);
  return shown.join("; ");
}

/** Programs draw their progress over itself: what stood there last counts. */
function lastDrawn(line: string): string {
  return line.split("\r").findLast((part) => part.trim() !== "") ?? "";
}

/** Dokploy puts what it does into a frame. Lines that are nothing but frame go. */
export function withoutFrames(text: string): string {
  return text
    .split("\n")
    .flatMap((line) => {
      const bare = line.replace(/[\u2500-\u257f]+/g, "");
      return bare === line ? [line] : bare.trim() === "" ? [] : [bare.trim()];
    })
    .join("\n");
}

/** The last `count` lines of a log: no secrets, no terminal codes, each line bounded. */
export function logLines(text: string, count: number, redactor: Redactor): readonly string[] {
  const lines = redactor
    .redact(text)

    .replace(/\u001b\[[0-9;?]*[A-Za-z]/g, "")
    .split(/\r?\n/)
    .map(lastDrawn)

    .map((line) => line.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, ""));
  while (lines.at(-1)?.trim() === "") lines.pop();
  const wanted = Math.max(0, Math.floor(count));
  return (wanted === 0 ? [] : lines.slice(-wanted)).map((line) =>
    line.length > 2_000 ? `${line.slice(0, 1_999)}…` : line,
  );
}
