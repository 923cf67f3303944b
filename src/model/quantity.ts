// Amounts as Compose and Kubernetes write them, to and from Dokploy's units: nano-CPUs and bytes.

/**
 * Kubernetes' words have capitals (`Mi` is 1024², `M` is 10⁶), Compose's have none and are always powers of
 * 1024 (`512m`, `512mb`), as docker reads them.
 */
const memoryUnits: ReadonlyMap<string, bigint> = new Map([
  ["", 1n],
  ["b", 1n],
  ["k", 1024n],
  ["m", 1024n ** 2n],
  ["g", 1024n ** 3n],
  ["t", 1024n ** 4n],
  ["kb", 1024n],
  ["mb", 1024n ** 2n],
  ["gb", 1024n ** 3n],
  ["tb", 1024n ** 4n],
  ["K", 1_000n],
  ["M", 1_000_000n],
  ["G", 1_000_000_000n],
  ["T", 1_000_000_000_000n],
  ["Ki", 1024n],
  ["Mi", 1024n ** 2n],
  ["Gi", 1024n ** 3n],
  ["Ti", 1024n ** 4n],
]);

/** Bytes of `512Mi`, `2Gi`, `1.5G`, `1000000` or Compose's `512m`; null when it is no whole number of bytes. */
export function parseMemoryBytes(text: string): number | null {
  const match = /^(\d{1,20})(?:\.(\d{1,20}))?\s*([a-zA-Z]{0,2})$/.exec(text.trim());
  const unit = memoryUnits.get(match?.[3] ?? "");
  if (match === null || unit === undefined) return null;
  // In whole numbers: as a float, 4.132M would be a hair more than 4132000.
  const decimals = match[2] ?? "";
  const scale = 10n ** BigInt(decimals.length);
  const scaled = BigInt(`${match[1] ?? ""}${decimals}`) * unit;
  const bytes = scaled % scale === 0n ? Number(scaled / scale) : 0;
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : null;
}

export function formatMemory(bytes: number): string {
  for (const unit of ["Ti", "Gi", "Mi", "Ki"]) {
    const size = Number(memoryUnits.get(unit));
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

/** Nanoseconds as a duration for people: 1500000000 is `1500ms`. */
export function formatNs(ns: number): string {
  return ns % (1000 * nsPerMs) === 0 ? `${ns / (1000 * nsPerMs)}s` : `${ns / nsPerMs}ms`;
}
