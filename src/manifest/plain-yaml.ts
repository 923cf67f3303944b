// Reads the YAML that nearly every manifest is written in, several times faster than the `yaml` package: block
// maps and lists, maps and lists in braces on one line, plain and quoted texts on one line, comments. On
// anything else it gives up, and `parse.ts` reads the file with `yaml`, which also words all mistakes. So this
// file never decides what is valid; a property test holds that both read the same, places included.
import type { Place } from "../model/desired.ts";
import { scalar } from "./tree.ts";
import type { Entry, TreeNode } from "./tree.ts";

/** Small enough that none of the limits of `parse.ts` can be reached. */
const limits = { characters: 64 * 1024, depth: 24, documents: 500, keyLength: 200 } as const;

/** Tabs, carriage returns, other controls and byte order marks have rules of their own. */
const special = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ud800-\udfff]/;

const blockKey = /([A-Za-z_][\w./-]*):(?=[ \n]|$)/y;
const flowKey = /([A-Za-z_][\w./-]*): +/y;
const flowText = /[A-Za-z0-9_/.$(\u00c0-\u1fff\u3040-\ud7ff][^,[\]{}#"'\n]*/y;
const startOfText = /[A-Za-z0-9_/.$(\u00c0-\u1fff\u3040-\ud7ff]/;
/** Words that YAML takes for something else than text, in any case. */
const reserved = /^(?:null|true|false)$/i;
/** What may be a number; only small whole ones are read here. */
const numeric = /^[.\d][\d.]*(?:[eE][-+]?\d*)?$|^0[ox]|^\.(?:inf|nan)$/i;
const wholeNumber = /^(?:0|[1-9]\d{0,8})$/;

class NotPlain extends Error {}
/** One for all: nobody sees it, and a stack trace costs more than a whole manifest. */
const notPlain = new NotPlain("this text is not plain enough");

interface Cursor {
  readonly file: string;
  readonly text: string;
  /** Of the line that is being read: columns before its first word, -1 behind the document's last line. */
  indent: number;
  /** Where the next word begins. */
  at: number;
  end: number;
  line: number;
  lineStart: number;
  nextLine: number;
}

/** The root of each document that is not empty; null: this text is for `yaml` to read. */
export function readPlainYaml(file: string, text: string): readonly TreeNode[] | null {
  if (text.length > limits.characters || special.test(text)) return null;
  const cursor: Cursor = {
    file,
    text,
    indent: -1,
    at: 0,
    end: 0,
    line: 0,
    lineStart: 0,
    nextLine: 0,
  };
  const roots: TreeNode[] = [];
  try {
    for (let documents = 0; toNextLine(cursor); documents += 1) {
      if (documents > limits.documents) return null;
      if (isBetweenDocuments(cursor)) continue;
      if (cursor.indent !== 0) return null;
      roots.push(readMap(cursor, 0));
      if (!isBetweenDocuments(cursor)) return null;
    }
    return roots;
  } catch (error) {
    if (error === notPlain) return null;
    throw error;
  }
}

/** At a marker, or at the end. */
function isBetweenDocuments({ indent }: Cursor): boolean {
  return indent === -1;
}

/** Goes to the next line with a word; `indent` is -1 at a document's marker. False at the end of the text. */
function toNextLine(cursor: Cursor): boolean {
  const { text } = cursor;
  for (;;) {
    const start = cursor.nextLine;
    cursor.indent = -1;
    if (start >= text.length) return false;
    const newLine = text.indexOf("\n", start);
    const end = newLine === -1 ? text.length : newLine;
    cursor.nextLine = end + 1;
    cursor.line += 1;
    const at = afterSpaces(text, start);
    if (at >= end || text[at] === "#") continue;
    if (at === start && (text[at] === "%" || text.startsWith("...", at))) throw notPlain;
    if (at === start && text.startsWith("---", at)) {
      if (afterSpaces(text, at + 3) < end) throw notPlain;
      return true;
    }
    cursor.indent = at - start;
    cursor.at = at;
    cursor.end = end;
    cursor.lineStart = start;
    return true;
  }
}

function afterSpaces(text: string, from: number): number {
  let at = from;
  while (text[at] === " ") at += 1;
  return at;
}

function placeAt({ file, line, lineStart }: Cursor, offset: number): Place {
  return { file, line, column: offset - lineStart + 1 };
}

/** The key at the cursor, which is left behind what `pattern` matches; null when none is there. */
function takeKey(cursor: Cursor, pattern: RegExp): string | null {
  pattern.lastIndex = cursor.at;
  const key = pattern.exec(cursor.text)?.[1];
  if (key === undefined) return null;
  if (key.length > limits.keyLength || key === "__proto__" || reserved.test(key)) throw notPlain;
  cursor.at = pattern.lastIndex;
  return key;
}

function isItem({ text, at }: Cursor): boolean {
  return text[at] === "-" && text[at + 1] === " ";
}

function atEndOfLine({ text, at, end }: Cursor): boolean {
  return at >= end || (text[at] === "#" && text[at - 1] === " ");
}

/** A value may go on in deeper lines; which rules hold there is for `yaml` to say. */
function endLine(cursor: Cursor, indent: number): void {
  cursor.at = afterSpaces(cursor.text, cursor.at);
  if (!atEndOfLine(cursor)) throw notPlain;
  toNextLine(cursor);
  if (cursor.indent > indent) throw notPlain;
}

function readMap(cursor: Cursor, depth: number): TreeNode {
  if (depth > limits.depth) throw notPlain;
  const { indent } = cursor;
  const place = placeAt(cursor, cursor.at);
  const entries = new Map<string, Entry>();
  do {
    const keyPlace = placeAt(cursor, cursor.at);
    const key = takeKey(cursor, blockKey);
    if (key === null || entries.has(key)) throw notPlain;
    entries.set(key, { keyPlace, node: readEntry(cursor, indent, depth) });
    if (cursor.indent > indent) throw notPlain;
  } while (cursor.indent === indent);
  return { kind: "map", place, entries };
}

function readEntry(cursor: Cursor, indent: number, depth: number): TreeNode {
  cursor.at = afterSpaces(cursor.text, cursor.at);
  if (!atEndOfLine(cursor)) {
    const node = readValue(cursor, depth);
    endLine(cursor, indent);
    return node;
  }
  toNextLine(cursor);
  const isList = cursor.indent >= 0 && isItem(cursor);
  // A list may stand right below its key; an empty value has a place that only `yaml` knows.
  if (cursor.indent < indent || (cursor.indent === indent && !isList)) throw notPlain;
  return isList ? readList(cursor, depth + 1) : readMap(cursor, depth + 1);
}

function readList(cursor: Cursor, depth: number): TreeNode {
  if (depth > limits.depth) throw notPlain;
  const { indent } = cursor;
  const place = placeAt(cursor, cursor.at);
  const items: TreeNode[] = [];
  do {
    cursor.at = afterSpaces(cursor.text, cursor.at + 2);
    if (atEndOfLine(cursor) || isItem(cursor)) throw notPlain;
    blockKey.lastIndex = cursor.at;
    if (blockKey.test(cursor.text)) {
      cursor.indent = cursor.at - cursor.lineStart;
      items.push(readMap(cursor, depth + 1));
      if (cursor.indent > indent) throw notPlain;
    } else {
      items.push(readValue(cursor, depth));
      endLine(cursor, indent);
    }
  } while (cursor.indent === indent && isItem(cursor));
  return { kind: "list", place, items };
}

/** A value on one line, outside of braces. */
function readValue(cursor: Cursor, depth: number): TreeNode {
  const { text, at, end } = cursor;
  const first = text[at] ?? "";
  if (first === "{" || first === "[") return readFlow(cursor, depth + 1);
  if (first === '"' || first === "'") return readQuoted(cursor, first);
  if (!startOfText.test(first)) throw notPlain;
  const comment = text.indexOf(" #", at);
  cursor.at = comment === -1 || comment > end ? end : comment;
  return plainScalar(cursor, at, text.slice(at, cursor.at));
}

/** Without the spaces at its end; `trimEnd` takes more than YAML does. */
function withoutSpaces(written: string): string {
  let { length } = written;
  while (written[length - 1] === " ") length -= 1;
  return written.slice(0, length);
}

function plainScalar(cursor: Cursor, at: number, written: string): TreeNode {
  const value = withoutSpaces(written);
  if (value.includes(": ") || value.endsWith(":")) throw notPlain;
  const place = placeAt(cursor, at);
  if (wholeNumber.test(value)) return scalar(Number(value), place);
  if (value === "true" || value === "false") return scalar(value === "true", place);
  if (numeric.test(value) || reserved.test(value)) throw notPlain;
  return scalar(value, place);
}

function readQuoted(cursor: Cursor, quote: string): TreeNode {
  const { text, at, end } = cursor;
  const close = text.indexOf(quote, at + 1);
  if (close === -1 || close >= end) throw notPlain;
  const value = text.slice(at + 1, close);
  if (quote === '"' ? value.includes("\\") : text[close + 1] === "'") throw notPlain;
  cursor.at = close + 1;
  return scalar(value, placeAt(cursor, at));
}

/** A value inside of braces, or the braces themselves; the line must hold all of it. */
function readFlow(cursor: Cursor, depth: number): TreeNode {
  if (depth > limits.depth) throw notPlain;
  const { text, at } = cursor;
  const first = text[at] ?? "";
  if (first === '"' || first === "'") return readQuoted(cursor, first);
  if (first === "{") return readFlowMap(cursor, depth);
  if (first === "[") return readFlowList(cursor, depth);
  flowText.lastIndex = at;
  const written = flowText.exec(text)?.[0];
  if (written === undefined) throw notPlain;
  cursor.at = flowText.lastIndex;
  return plainScalar(cursor, at, written);
}

function readFlowMap(cursor: Cursor, depth: number): TreeNode {
  const place = placeAt(cursor, cursor.at);
  const entries = new Map<string, Entry>();
  for (let more = beginFlow(cursor, "}"); more; more = nextInFlow(cursor, "}")) {
    const keyPlace = placeAt(cursor, cursor.at);
    const key = takeKey(cursor, flowKey);
    if (key === null || entries.has(key)) throw notPlain;
    entries.set(key, { keyPlace, node: readFlow(cursor, depth + 1) });
  }
  return { kind: "map", place, entries };
}

function readFlowList(cursor: Cursor, depth: number): TreeNode {
  const place = placeAt(cursor, cursor.at);
  const items: TreeNode[] = [];
  for (let more = beginFlow(cursor, "]"); more; more = nextInFlow(cursor, "]")) {
    items.push(readFlow(cursor, depth + 1));
  }
  return { kind: "list", place, items };
}

/** Behind an opening brace: whether a first entry follows. */
function beginFlow(cursor: Cursor, close: string): boolean {
  cursor.at = afterSpaces(cursor.text, cursor.at + 1);
  if (cursor.text[cursor.at] !== close) return true;
  cursor.at += 1;
  return false;
}

/** Behind an entry: whether another one follows. */
function nextInFlow(cursor: Cursor, close: string): boolean {
  cursor.at = afterSpaces(cursor.text, cursor.at);
  const mark = cursor.text[cursor.at];
  if (mark !== close && mark !== ",") throw notPlain;
  cursor.at += 1;
  if (mark === close) return false;
  cursor.at = afterSpaces(cursor.text, cursor.at);
  return true;
}
