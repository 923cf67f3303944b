// Numbers in texts that come from the environment.

/** The number, or null when the text is none. */
export function parseDecimal(text: string): number | null {
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : null;
}
