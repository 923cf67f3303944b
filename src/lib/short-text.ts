// Other people's texts made safe to print: one line, no secrets, not long.
import type { Redactor } from "./redact.ts";

const longestLine = 300;

/** One line for people: no secrets, no control characters, not long. */
export function shortLine(text: string, redactor: Redactor): string {
  const line = redactor
    .redact(text)
    .replaceAll(/[\u0000-\u001f\u007f\u2028\u2029]+/g, " ")
    .trim();
  return cutText(line, longestLine);
}

/** At most `most` characters, counted as people do (code points), an ellipsis in place of the rest. */
export function cutText(text: string, most: number): string {
  // Anything longer than twice that is too long whatever it is made of.
  const points = Array.from(text.slice(0, most * 2 + 2));
  return points.length <= most ? text : `${points.slice(0, most - 1).join("")}…`;
}
