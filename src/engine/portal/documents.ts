// One stack's document among those of a file: taken out, put back, replaced. Everything else of the file
// stays as it is, to the letter. Pure.
import { parseAllDocuments } from "yaml";
import type { Document } from "yaml";
import { stackOf } from "../../manifest/stack-in-text.ts";

interface Piece {
  readonly text: string;
  /** The stack's name; null for a template, a comment or anything else. */
  readonly stack: string | null;
}

/** The file's documents with their text, the line `---` at the head of each but the first included. */
function piecesOf(text: string): readonly Piece[] {
  const documents: readonly Document.Parsed[] = parseAllDocuments(text);
  const starts = documents.map((document, index) => (index === 0 ? 0 : document.range[0]));
  return documents.map((document, index) => ({
    text: text.slice(starts[index], starts[index + 1] ?? text.length),
    stack: stackOf(document),
  }));
}

/** The names of the stacks that a file describes, in its order. */
export function stacksIn(text: string): readonly string[] {
  return piecesOf(text).flatMap(({ stack }) => (stack === null ? [] : [stack]));
}

/** The document's text without a leading `---`; null when the file has none of that stack. */
export function documentOf(text: string, stack: string): string | null {
  const found = piecesOf(text).find((piece) => piece.stack === stack);
  return found === undefined ? null : found.text.replace(/^---[ \t]*\r?\n/, "");
}

/** The file without the stack; null when nothing but comments would be left; the same text without such a stack. */
export function withoutDocument(text: string, stack: string): string | null {
  const pieces = piecesOf(text);
  const rest = pieces.filter((piece) => piece.stack !== stack);
  if (rest.length === pieces.length) return text;
  if (rest.every((piece) => parseAllDocuments(piece.text).every(isEmptyDocument))) return null;
  return rest
    .map((piece) => piece.text)
    .join("")
    .replace(/^---[ \t]*\r?\n/, "");
}

function isEmptyDocument(document: { readonly contents: unknown }): boolean {
  const { contents } = document;
  return contents === null || (contents as { value?: unknown }).value === null;
}

/** The file with the stack's document replaced; null when it has none of that stack. */
export function withDocument(text: string, stack: string, document: string): string | null {
  const pieces = piecesOf(text);
  const at = pieces.findIndex((piece) => piece.stack === stack);
  const old = pieces[at];
  if (old === undefined) return null;
  const head = /^---[ \t]*\r?\n/.exec(old.text)?.[0] ?? "";
  const body = document.endsWith("\n") ? document : `${document}\n`;
  return pieces.map((piece, index) => (index === at ? head + body : piece.text)).join("");
}
