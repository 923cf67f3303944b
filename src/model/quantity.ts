// Amounts as Compose and Kubernetes write them, to and from Dokploy's units: nano-CPUs and bytes.

const memoryUnits: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 1024,
  mi: 1024 ** 2,
  gi: 1024 ** 3,
  ti: 1024 ** 4,
};

/** Bytes of `512Mi`, `2Gi`, `1.5G`, `1000000` or Compose's `512m`; null when it is no whole number of bytes. */
export function parseMemoryBytes(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([a-zA-Z]{0,2})$/.exec(text.trim());
  const unit = memoryUnits[(match?.[2] ?? "").toLowerCase()];
  if (match === null || unit === undefined) return null;
  const bytes = Number(match[1]) * unit;
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : null;
}

export function formatMemory(bytes: number): string {
  for (const unit of ["Ti", "Gi", "Mi", "Ki"]) {
    const size = memoryUnits[unit.toLowerCase()] ?? 1;
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return String(bytes);
}

/** Nano-CPUs of `0.5`, `2` or `250m`; null when it is none. */
export function parseNanoCpus(text: string): number | null {
  const match = /^(\d+(?:\.\d{1,9})?)(m?)$/.exec(text.trim());
  if (match === null) return null;
  const nano = Math.round(Number(match[1]) * (match[2] === "m" ? 1e6 : 1e9));
  return Number.isSafeInteger(nano) && nano > 0 ? nano : null;
}

export function formatCpus(nanoCpus: number): string {
  return String(nanoCpus / 1e9);
}

const nsPerMs = 1_000_000;

/** Nanoseconds as a duration for people: 1500000000 is `1.5s`. */
export function formatNs(ns: number): string {
  return ns % (1000 * nsPerMs) === 0 ? `${ns / (1000 * nsPerMs)}s` : `${ns / nsPerMs}ms`;
}
