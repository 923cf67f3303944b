// The smallest change of a YAML text that sets, adds or removes one node: which characters go, and what comes in their
// place. Where a comment of something else would be lost there is none, and a clause says why.
import { isCollection, isMap, isPair, isScalar } from "yaml";
import type { ParsedNode, Scalar } from "yaml";
import {
  colonEnd,
  columnOf,
  contentEnd,
  lineBreakAt,
  lineEnd,
  lineStart,
  nextLine,
  pairEnd,
} from "./yaml-layout.ts";
import type { MapNode, PairNode, SeqNode } from "./yaml-layout.ts";
import { yamlText } from "./yaml-text.ts";
import type { PlainValue, Quotes } from "./yaml-text.ts";

export interface Change {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

const comments = "there are comments in it, which would be lost";
const odd = "it is written in a way that is not edited";

/** Whether a comment may be in a stretch of text. Rather one too many: a text in quotes may hold a hash. */
function mayHoldComment(text: string, from: number, to: number): boolean {
  return /(?:^|\s)#/.test(text.slice(from, to));
}

function quotesOf({ type }: Scalar.Parsed): Quotes {
  if (type === "QUOTE_DOUBLE") return "double";
  return type === "QUOTE_SINGLE" ? "single" : "none";
}

function isBlockText(node: ParsedNode): boolean {
  return isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED");
}

/** The value of an entry, or an item, with another one in its place. */
export function replaced(
  text: string,
  place: PairNode | ParsedNode,
  value: PlainValue,
): Change | string {
  const node = isPair(place) ? place.value : place;
  const colon = isPair(place) ? colonEnd(place) : null;
  if (isPair(place) && colon === null) return odd;
  if (node === null || (isScalar(node) && node.source === "" && isPlainScalar(node))) {
    return colon === null ? odd : { from: colon, to: colon, text: ` ${yamlText(value)}` };
  }
  const [from] = node.range;
  if (isScalar(node) && !isBlockText(node)) {
    const quotes = quotesOf(node);
    return { from, to: node.range[1], text: yamlText(value, quotes) };
  }
  if (isCollection(node) && node.flow === true) {
    if (mayHoldComment(text, from, node.range[1])) return comments;
    return { from, to: node.range[1], text: yamlText(value) };
  }
  // A block: from behind its colon to the end of its last line.
  const end = contentEnd(node);
  const to = text[end - 1] === "\n" ? lineEnd(text, end - 1) : end;
  const start = colon ?? from;
  if (mayHoldComment(text, start, lineEnd(text, to))) return comments;
  return { from: start, to, text: `${colon === null ? "" : " "}${yamlText(value)}` };
}

function isPlainScalar({ type }: { readonly type?: string | undefined }): boolean {
  return type === "PLAIN" || type === undefined;
}

/** A new line after the one in which the last entry ends. */
function newLine(text: string, end: number, line: string): Change {
  const lineBreak = lineBreakAt(text, end);
  // The text of a block ends behind its line break.
  const at = text[end - 1] === "\n" ? end : nextLine(text, end);
  if (text[at - 1] === "\n") return { from: at, to: at, text: `${line}${lineBreak}` };
  return { from: at, to: at, text: `${lineBreak}${line}` };
}

/** Between the brackets of a flow collection, behind what is there. */
function insideFlow(
  text: string,
  node: MapNode | SeqNode,
  lastEnd: number | null,
  added: string,
): Change | string {
  const [start, end] = node.range;
  const close = end - 1;
  if (lastEnd === null) {
    if (mayHoldComment(text, start, end)) return comments;
    const [pad, inner] = isMap(node) ? [" ", added] : ["", added];
    return { from: start + 1, to: close, text: `${pad}${inner}${pad}` };
  }
  const tail = text.slice(lastEnd, close);
  if (mayHoldComment(text, lastEnd, close)) return comments;
  const comma = tail.indexOf(",");
  if (comma === -1) return { from: lastEnd, to: lastEnd, text: `, ${added}` };
  const at = lastEnd + comma + 1;
  return { from: at, to: at, text: ` ${added},` };
}

/** A new entry, as the last one. */
export function inserted(
  text: string,
  map: MapNode,
  key: string,
  value: PlainValue,
): Change | string {
  const added = `${yamlText(key)}: ${yamlText(value)}`;
  const items = map.items as readonly PairNode[];
  const last = items.at(-1);
  if (map.flow === true) {
    return insideFlow(text, map, last === undefined ? null : pairEnd(last), added);
  }
  const [first] = items;
  if (first === undefined || last === undefined || colonEnd(first) === null) return odd;
  const indent = " ".repeat(columnOf(text, first.key.range[0]));
  return newLine(text, pairEnd(last), `${indent}${added}`);
}

/** A new item, as the last one. */
export function appended(text: string, seq: SeqNode, value: PlainValue): Change | string {
  const added = yamlText(value);
  const last = seq.items.at(-1);
  if (seq.flow === true) {
    return insideFlow(text, seq, last === undefined ? null : contentEnd(last), added);
  }
  const dash = last === undefined ? null : dashBefore(text, last);
  if (last === undefined || dash === null) return odd;
  const indent = " ".repeat(columnOf(text, dash));
  return newLine(text, contentEnd(last), `${indent}- ${added}`);
}

/** Where the dash of an item stands; null when anything but spaces is between, or before it on its line. */
function dashBefore(text: string, item: ParsedNode): number | null {
  const [start] = item.range;
  const before = text.slice(lineStart(text, start), start);
  return /^ *- +$/.test(before) ? lineStart(text, start) + before.indexOf("-") : null;
}

/** The change that takes an entry or an item out; a collection that has no other one stays, and is empty. */
export function taken(
  text: string,
  node: MapNode | SeqNode,
  one: PairNode | ParsedNode,
): Change | string {
  const items = node.items as readonly (PairNode | ParsedNode)[];
  const at = items.indexOf(one);
  const startOf = (item: PairNode | ParsedNode): number =>
    isPair(item) ? item.key.range[0] : item.range[0];
  const endOf = (item: PairNode | ParsedNode): number =>
    isPair(item) ? pairEnd(item) : contentEnd(item);
  const start = startOf(one);
  const [before, after] = [items[at - 1], items[at + 1]];
  if (node.flow === true) {
    const [from, to] =
      after !== undefined
        ? [start, startOf(after)]
        : before !== undefined
          ? [endOf(before), endOf(one)]
          : [node.range[0] + 1, node.range[1] - 1];
    return mayHoldComment(text, from, to) ? comments : { from, to, text: "" };
  }
  const end = endOf(one);
  const to = text[end - 1] === "\n" ? end : nextLine(text, end);
  if (before === undefined && after === undefined) {
    if (mayHoldComment(text, start, lineEnd(text, end))) return comments;
    const [from] = node.range;
    const stop = text[end - 1] === "\n" ? lineEnd(text, end - 1) : end;
    return { from, to: stop, text: isMap(node) ? "{}" : "[]" };
  }
  const from = lineStart(text, start);
  const head = text.slice(from, start);
  if (isMap(node) ? /^\ufeff? *$/.test(head) : /^ *- +$/.test(head)) {
    return { from: head.startsWith("\ufeff") ? from + 1 : from, to, text: "" };
  }
  // The first entry of an item stands behind its dash: the next one comes there.
  if (after === undefined) return odd;
  const next = startOf(after);
  return mayHoldComment(text, start, next) ? comments : { from: start, to: next, text: "" };
}
