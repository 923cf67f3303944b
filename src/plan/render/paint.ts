// Colours and line lengths of a terminal. Without colour every style is the text itself.

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "magenta" | "cyan";

const codes: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  magenta: [35, 39],
  cyan: [36, 39],
};

export type Paint = (style: Style, text: string) => string;

export function createPaint(colour: boolean): Paint {
  if (!colour) return (_, text) => text;
  return (style, text) => {
    const [on, off] = codes[style];
    return text === "" ? "" : `\u001b[${on}m${text}\u001b[${off}m`;
  };
}

/** Columns that a text takes, as far as its characters tell. */
export function columns(text: string): number {
  return Array.from(text).length;
}

/** The text in lines of at most `width` columns, broken at spaces where there are some. */
export function wrap(text: string, width: number): readonly string[] {
  const room = Math.max(10, width);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    let rest = word;
    if (line !== "" && columns(line) + 1 + columns(rest) <= room) {
      line += ` ${rest}`;
      continue;
    }
    if (line !== "") lines.push(line);
    while (columns(rest) > room) {
      const characters = Array.from(rest);
      lines.push(characters.slice(0, room).join(""));
      rest = characters.slice(room).join("");
    }
    line = rest;
  }
  return [...lines, line];
}
