// Takes secrets out of everything that the API answers (P5), and cuts what is longer than anybody reads (P7).

const longestText = 8_000;
/** Whole files and manifests. */
const longestFile = 200_000;
/** Names that Git and Dokploy know in clear: a short secret that is also a word must not blank them. */
const names: ReadonlySet<string> = new Set([
  "name",
  "project",
  "service",
  "appName",
  "stack",
  "id",
  "revision",
  "sha",
  "digest",
  "kind",
  "level",
  "type",
  "phase",
  "what",
  "when",
  "outcome",
  "status",
  "state",
  "health",
  "change",
  "at",
  "since",
  "lastRun",
  "startedAt",
  "endedAt",
]);

function clean(value: unknown, redact: (text: string) => string, key: string): unknown {
  if (typeof value === "string") {
    const text = names.has(key) ? value : redact(value);
    const longest = key === "text" ? longestFile : longestText;
    return text.length > longest ? `${text.slice(0, longest)}…` : text;
  }
  if (Array.isArray(value)) return value.map((one) => clean(one, redact, key));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, clean(one, redact, name)]),
  );
}

/** The same value with every text passed through `redact`. */
export function cleaned<T>(value: T, redact: (text: string) => string): T {
  return clean(value, redact, "") as T;
}
