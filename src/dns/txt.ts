// TXT values in the form of zone files, `"one" "two"`: quoted strings of at most 255 bytes each.

const longestString = 255;

/** The text in pieces of at most 255 bytes, no character of it cut in two. */
export function txtStrings(text: string): readonly string[] {
  const pieces: string[] = [];
  let piece = "";
  let size = 0;
  for (const character of text) {
    const bytes = Buffer.byteLength(character);
    if (size + bytes > longestString) {
      pieces.push(piece);
      piece = "";
      size = 0;
    }
    piece += character;
    size += bytes;
  }
  return [...pieces, piece];
}

export function quoteTxt(text: string): string {
  return txtStrings(text)
    .map((piece) => `"${piece.replaceAll(/["\\]/g, "\\$&")}"`)
    .join(" ");
}

/** The text of a quoted value; of one without quotes, itself. */
export function unquoteTxt(value: string): string {
  const bytes: number[] = [];
  let quoted = false;
  let any = false;
  const pattern = /\\(\d{3})|\\(.)|(")|(.)/gsu;
  for (const [, code, escaped, quote, plain] of value.matchAll(pattern)) {
    if (quote !== undefined) {
      quoted = !quoted;
      any = true;
    } else if (code !== undefined) {
      bytes.push(Number(code) & 0xff);
    } else if (escaped !== undefined) {
      bytes.push(...Buffer.from(escaped));
    } else if (plain !== undefined && (quoted || plain.trim() !== "")) {
      bytes.push(...Buffer.from(plain));
    }
  }
  return any ? Buffer.from(bytes).toString("utf8") : value;
}
