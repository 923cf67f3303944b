// Keeps the values of secrets out of everything that leaves the process: each resolved secret is
// registered here, and texts of unknown origin (errors, logs, build output) pass through `redact`.

export interface Redactor {
  /** Remembers a value; shorter ones than four characters would blank ordinary words and are left out. */
  register(value: string): void;
  /** The text with every registered value replaced by `(secret)`. */
  redact(text: string): string;
}

const shortestMasked = 4;

export function createRedactor(): Redactor {
  const values = new Set<string>();
  let longestFirst: readonly string[] = [];
  return {
    register(value) {
      const forms = [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)];
      // A private key or certificate may be printed line by line.
      if (value.includes("\n"))
        forms.push(...value.split("\n").filter((line) => line.length >= 16));
      for (const form of forms) if (form.length >= shortestMasked) values.add(form);
      longestFirst = [...values].sort((a, b) => b.length - a.length);
    },
    redact(text) {
      let result = text;
      for (const value of longestFirst) {
        if (result.includes(value)) result = result.replaceAll(value, "(secret)");
      }
      return result;
    },
  };
}
