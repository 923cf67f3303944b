// A time as its age, kept true while the page is open; the whole date on hover and for screen readers.
import { useEffect, useState } from "preact/hooks";
import { useBrowser } from "../browser.ts";
import { html } from "../html.ts";
import { age, ago, timeOf } from "../lib/time.ts";

export interface TimeAgoProps {
  readonly at: string | null;
  /** `2 min` instead of `2 min ago`. */
  readonly isShort?: boolean;
  /** `for 2 min`: it has been so since then. */
  readonly how?: "duration";
}

export function TimeAgo({ at, isShort = false, how }: TimeAgoProps) {
  const browser = useBrowser();
  const ms = timeOf(at);
  const textNow = (): string => {
    if (ms === null) return "";
    const short = age(ms, browser.now());
    if (how === "duration") return short === "now" ? "since just now" : `for ${short}`;
    return isShort ? short : ago(ms, browser.now());
  };
  const [, setShown] = useState("");
  // The same text again renders nothing: a thousand rows cost a thousand small sums a second.
  useEffect(() => browser.every(1_000, () => setShown(textNow())), [at, isShort]);
  if (ms === null) return null;
  return html`<time datetime=${at} title=${browser.dateAndTime(ms)}>${textNow()}</time>`;
}
