// Makes what is sent fit Loki's rules, so that no line is refused for its form: names of labels, lengths,
// well-formed text.

/** Loki takes 256 KB (max_line_size); the difference is for the note at the end. */
const maxLineBytes = 250_000;
/** Loki takes 15 (max_label_names_per_series). */
const maxLabels = 15;
/** Loki takes 128 entries and 64 KB a line. */
const maxMetadata = 32;
const maxNameLength = 100;
const maxValueBytes = 1_024;

/** The text without half characters, which JSON would carry and Loki refuses. */
export function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed();
}

/** The first bytes of a text, ending between two characters. */
export function cutBytes(text: string, maxBytes: number): string {
  // No character needs more than three bytes for each of its units.
  if (text.length * 3 <= maxBytes) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end -= 1;
  return bytes.toString("utf8", 0, end);
}

/** A line that Loki takes; what is cut off is said at its end. */
export function cleanLine(line: string): string {
  const text = wellFormed(line);
  const cut = cutBytes(text, maxLineBytes);
  if (cut === text) return text;
  return `${cut}… (cut: the line had ${Buffer.byteLength(text)} bytes)`;
}

/** A name by Prometheus' rules; null when nothing of it is left. `__` at the beginning is Loki's own. */
export function cleanName(name: string): string | null {
  const plain = name
    .replaceAll(/[^A-Za-z0-9_]/g, "_")
    .replace(/^_+/, "")
    .slice(0, maxNameLength);
  if (plain === "") return null;
  return /^\d/.test(plain) ? `_${plain}` : plain;
}

function cleaned(given: Readonly<Record<string, string>>, most: number): Record<string, string> {
  const clean: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const fits = cleanName(name);
    // Two that become one name: the first has it.
    if (fits === null || value === "" || fits in clean) continue;
    clean[fits] = cutBytes(wellFormed(value), maxValueBytes);
    if (Object.keys(clean).length === most) break;
  }
  return clean;
}

/** Labels in their order, the first fifteen; empty values are none. */
export function cleanLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return cleaned(labels, maxLabels);
}

export function cleanMetadata(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return cleaned(metadata, maxMetadata);
}
