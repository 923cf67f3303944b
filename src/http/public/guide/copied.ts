// What a reader gets who copies a block of the documentation: of a terminal, the commands without what they print.

export function copiedText(language: string, text: string): string {
  if (language !== "console") return text;
  const commands = text.split("\n").filter((line) => line.startsWith("$ "));
  return `${commands.map((line) => line.slice(2)).join("\n")}\n`;
}

/** Blocks that somebody types or writes; others are for reading. */
export function isForCopying(language: string): boolean {
  return ["sh", "console", "yaml"].includes(language);
}
