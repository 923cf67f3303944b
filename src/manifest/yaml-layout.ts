// Where the parts of a YAML document stand in its text, as the edits of one value need it.
import { isAlias, isCollection, isMap, isPair, isScalar, visit } from "yaml";
import type { Alias, Document, Pair, ParsedNode, Scalar, YAMLMap, YAMLSeq } from "yaml";

export type MapNode = YAMLMap.Parsed;
export type SeqNode = YAMLSeq.Parsed;
export type PairNode = Pair<ParsedNode, ParsedNode | null>;

/** The first character of a line. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** Where the line ends, its line break left out. */
export function lineEnd(text: string, offset: number): number {
  const found = text.indexOf("\n", offset);
  if (found === -1) return text.length;
  return text[found - 1] === "\r" && found > offset ? found - 1 : found;
}

/** Where the next line begins; the end of the text where there is none. */
export function nextLine(text: string, offset: number): number {
  const found = text.indexOf("\n", offset);
  return found === -1 ? text.length : found + 1;
}

/** How many characters stand before it on its line; a mark of byte order is none. */
export function columnOf(text: string, offset: number): number {
  const start = lineStart(text, offset);
  return offset - start - (text[start] === "\ufeff" ? 1 : 0);
}

/** The line breaks of the file, as the line at `offset` shows them. */
export function lineBreakAt(text: string, offset: number): string {
  const found = text.indexOf("\n", offset);
  const before = found === -1 ? text.indexOf("\n") : found;
  return before > 0 && text[before - 1] === "\r" ? "\r\n" : "\n";
}

/** Where a node's own characters end: comments and empty lines after it are not its own. */
export function contentEnd(node: ParsedNode): number {
  if (isCollection(node) && node.flow !== true) {
    const last = node.items.at(-1) as ParsedNode | PairNode | undefined;
    if (isPair(last)) return pairEnd(last);
    if (last !== undefined) return contentEnd(last);
  }
  return node.range[1];
}

export function pairEnd({ key, value }: PairNode): number {
  return value === null ? key.range[1] : contentEnd(value);
}

/** Right after the colon of an entry; null when it has none, or is written with a question mark. */
export function colonEnd(pair: PairNode): number | null {
  const token = pair.srcToken;
  if (token === undefined || token.start.some(({ type }) => type === "explicit-key-ind")) {
    return null;
  }
  const colon = token.sep?.find(({ type }) => type === "map-value-ind");
  return colon === undefined ? null : colon.offset + colon.source.length;
}

/** The entry of that name. */
export function pairOf(map: MapNode, key: string): PairNode | undefined {
  return (map.items as readonly PairNode[]).find(
    ({ key: node }) => isScalar(node) && String(node.value) === key,
  );
}

/** Whether something in it has a name that aliases elsewhere show. */
export function isShownElsewhere(document: Document.Parsed, node: ParsedNode): boolean {
  const anchors = new Set<string>();
  visit(node, {
    Node(_, { anchor }: { readonly anchor?: string }) {
      if (anchor !== undefined) anchors.add(anchor);
    },
  });
  return anchors.size > 0 && aliasesIn(document).some(({ source }) => anchors.has(source));
}

function aliasesIn(document: Document.Parsed): readonly Alias[] {
  const found: Alias[] = [];
  visit(document, {
    Alias(_, alias) {
      found.push(alias);
    },
  });
  return found;
}

/** Why the node cannot be changed by itself; null when it can. */
export function obstacle(document: Document.Parsed, node: ParsedNode): string | null {
  if (isAlias(node)) return "an alias stands there: the value is written elsewhere";
  const { anchor } = node as Scalar.Parsed;
  if (anchor !== undefined && aliasesIn(document).some(({ source }) => source === anchor)) {
    return "an anchor stands there: other places have the same value";
  }
  if (isMap(node) && pairOf(node, "<<") !== undefined) {
    return "a merge key stands there: values come from elsewhere";
  }
  return null;
}
