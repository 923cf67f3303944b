// Keeps the values of secrets out of everything that leaves the process: each resolved secret is
// registered here, and texts of unknown origin (errors, logs, build output) pass through `redact`. Texts
// that Capstan itself is written with (hints) hold none and need not pass: a short secret that is also
// an ordinary word would be given away by its absence there.

export interface Redactor {
  /** Remembers a value; shorter ones than four characters would blank ordinary words and are left out. */
  register(value: string): void;
  /**
   * The text with every registered value replaced by `(secret)`: those of eight characters or more
   * wherever they are, shorter ones where they do not go on as a longer word or number.
   */
  redact(text: string): string;
}

const shortestMasked = 4;
/** Shorter ones occur inside other words by chance. */
const shortestMaskedInWords = 8;

/** What finds a value: itself wherever it is, or a pattern that finds it alone when it is short. */
function finder(value: string): string | RegExp {
  if (value.length >= shortestMaskedInWords) return value;
  const wordly = "[\\p{L}\\p{N}]";
  const before = new RegExp(`^${wordly}`, "u").test(value) ? `(?<!${wordly})` : "";
  const after = new RegExp(`${wordly}$`, "u").test(value) ? `(?!${wordly})` : "";
  const literal = value.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  return new RegExp(`${before}${literal}${after}`, "gu");
}

export function createRedactor(): Redactor {
  const finders = new Map<string, string | RegExp>();
  let longestFirst: readonly (readonly [value: string, finder: string | RegExp])[] = [];
  return {
    register(value) {
      const forms = [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)];
      // Hosts of domains are written small.
      if (value.length >= shortestMaskedInWords) forms.push(value.toLowerCase());
      // A private key or certificate may be printed line by line.
      if (value.includes("\n"))
        forms.push(...value.split("\n").filter((line) => line.length >= 16));
      const before = finders.size;
      for (const form of forms) {
        if (form.length >= shortestMasked && !finders.has(form)) finders.set(form, finder(form));
      }
      // All secrets are told again with each revision.
      if (finders.size > before)
        longestFirst = [...finders].sort(([a], [b]) => b.length - a.length);
    },
    redact(text) {
      let result = text;
      for (const [value, found] of longestFirst) {
        if (result.includes(value)) result = result.replaceAll(found, "(secret)");
      }
      return result;
    },
  };
}
