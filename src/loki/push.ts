// One push, as Loki's API wants it, and what its answer means. Pure.
import type { Waiting } from "./buffer.ts";
import { cleanLabels } from "./clean.ts";

export type Labels = Readonly<Record<string, string>>;

/** The body of a push: one stream for each service and level. `shared` are labels of the whole process. */
export function pushBody(
  lines: readonly Waiting[],
  shared: Labels,
  options: { readonly withMetadata: boolean },
): string {
  const streams = new Map<string, { stream: Labels; values: unknown[] }>();
  for (const { service, level, time, line, metadata } of lines) {
    const key = `${service} ${level}`;
    const stream = streams.get(key) ?? {
      stream: cleanLabels({ service, level, ...shared }),
      values: [],
    };
    streams.set(key, stream);
    const hasMetadata = options.withMetadata && Object.keys(metadata).length > 0;
    stream.values.push(hasMetadata ? [time, line, metadata] : [time, line]);
  }
  return JSON.stringify({ streams: [...streams.values()] });
}

export type Verdict =
  | { readonly kind: "accepted" }
  /** Not these lines, or not all of them; the same request would be refused again. */
  | { readonly kind: "refused"; readonly lines: number }
  /** Loki keeps no structured metadata: it takes the same lines without. */
  | { readonly kind: "no-metadata" }
  /** Too much at once: half of it may do. */
  | { readonly kind: "too-large" }
  | { readonly kind: "later" };

/** What an answer means for the `total` lines that were sent. */
export function verdictOf(status: number, text: string, total: number): Verdict {
  if (status >= 200 && status < 300) return { kind: "accepted" };
  switch (status) {
    case 400:
      if (text.includes("structured metadata, but this feature is disallowed")) {
        return { kind: "no-metadata" };
      }
      return { kind: "refused", lines: Math.min(total, refusedLines(text) ?? total) };
    case 413:
      return { kind: "too-large" };
    case 422:
      return { kind: "refused", lines: total };
    // 429 and 5xx pass by themselves. Another refusal (a login, a proxy, a wrong address) says nothing of
    // the lines: a person mends it, and what fits into the buffer is still there then.
    default:
      return { kind: "later" };
  }
}

/** A 400 can be a partial success: the number of lines that it is about; null when it does not say. */
function refusedLines(text: string): number | null {
  // What is wrong with labels is wrong with a stream of unknown length.
  if (/label name|parsing labels|at least one label/.test(text)) return null;
  const counted = [
    ...text.matchAll(/total ignored: (\d{1,9}) out of/g),
    ...text.matchAll(/(\d{1,9}) errors like: /g),
  ];
  if (counted.length > 0) {
    return counted.reduce((total, [, count]) => total + Number(count), 0);
  }
  return /^(?:entry for stream|max entry size)/.test(text) ? 1 : null;
}
