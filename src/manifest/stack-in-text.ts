// One stack's own document among those of a file's text.
import { isMap, parseAllDocuments } from "yaml";
import type { Document } from "yaml";

/** The name of the stack that a document describes; null for a template, a comment or anything else. */
export function stackOf(document: Document.Parsed): string | null {
  const isStack = isMap(document.contents) && document.getIn(["kind"]) === "Stack";
  const name = isStack ? document.getIn(["metadata", "name"]) : null;
  return typeof name === "string" ? name : null;
}

export interface StackInText {
  /** Of the document among those of the file. */
  readonly index: number;
  readonly document: Document.Parsed;
}

/** Null where the text has no document of that stack; with mistakes in its YAML it may have one all the same. */
export function stackInText(text: string, name: string): StackInText | null {
  const documents: readonly Document.Parsed[] = parseAllDocuments(text);
  const index = documents.findIndex((document) => stackOf(document) === name);
  const document = documents[index];
  return document === undefined ? null : { index, document };
}
