// Files that SOPS encrypted (`….sops.yaml`, `.json`, `.env`), taken apart without a key: which values there are, in the
// order of the file's MAC, and what is needed to decrypt them. Pure; bounded; no message shows a value.
import { Lexer, LineCounter, isMap, isScalar, isSeq, parseDocument } from "yaml";
import type { Node, Scalar, YAMLMap } from "yaml";
import { CapstanError } from "../errors.ts";
import { readMetadata, unflatten } from "./metadata.ts";
import type { Plain, SopsMetadata } from "./metadata.ts";
import { goJsonText, goYamlText } from "./scalars.ts";

/** One value. */
export interface SopsLeaf {
  /** As manifests name it: `db.password`, `list.0`. */
  readonly name: string;
  /** What its ciphertext is bound to: the keys that lead to it, without places in lists. */
  readonly path: readonly string[];
  /** As it stands in the file. */
  readonly text: string;
  /** `clear`: readable by everybody who reads the file, so no secret. An empty text is never encrypted. */
  readonly kind: "encrypted" | "empty" | "clear";
}

export interface SopsDocument {
  readonly leaves: readonly SopsLeaf[];
  readonly metadata: SopsMetadata;
}

/** More than this is no file of secrets. */
const largestSopsBytes = 256 * 1024;
const mostLeaves = 2_000;
const deepest = 20;
/** What the parser may have to look at. */
const mostLexemes = 60_000;
const parsing = { schema: "core", logLevel: "silent", uniqueKeys: false } as const;

/** `.sops.yaml` alone is the settings of SOPS. */
const namePattern = /[^/]\.sops\.(ya?ml|json|env)$/;
const encrypted = "ENC[AES256_GCM,";
const comment = /^ENC\[AES256_GCM,.*,type:comment\]$/;

export function isSopsFile(path: string): boolean {
  return namePattern.test(path);
}

/** The folder whose stacks may use what a file holds; "" for the repository's root. */
export function folderOfSops(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function refuse(path: string, what: string, hint: string): CapstanError {
  return new CapstanError("invalid", `${path} ${what}`, { hint });
}

const howToEncrypt = "encrypt it with `sops encrypt --in-place`, for an age recipient";

/** Throws `invalid` for what is no such file, or one that cannot be used. */
export function parseSops(path: string, content: Uint8Array): SopsDocument {
  if (content.byteLength > largestSopsBytes) {
    const what = `is larger than ${largestSopsBytes / 1024} KiB`;
    throw refuse(path, what, "split it: secrets are short texts");
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    throw refuse(path, "is not UTF-8 text", "encrypt it again with `sops`");
  }
  const format = namePattern.exec(path)?.[1] ?? "";
  const read = format === "env" ? readDotenv(path, text) : readTree(path, text, format === "json");
  if (read.sops === null) {
    throw refuse(path, "is not encrypted: it has no metadata of SOPS", howToEncrypt);
  }
  if (read.leaves.length > mostLeaves) {
    throw refuse(path, `holds more than ${mostLeaves} values`, "split it into several files");
  }
  return { leaves: read.leaves, metadata: checked(path, readMetadata(read.sops)) };
}

/** What makes a file unusable whoever has which key. */
function checked(path: string, metadata: SopsMetadata): SopsMetadata {
  const { age, others, isSplit, mac } = metadata;
  if (mac === null) {
    const what = "has no MAC, so nobody can tell whether it was changed";
    throw refuse(path, what, "encrypt it again with `sops`, and change it with nothing else");
  }
  if (isSplit) {
    const what = "needs several keys at once (Shamir), which Capstan does not do";
    throw refuse(path, what, "encrypt it for age recipients without key groups");
  }
  if (age.length === 0) {
    const by = others.length === 0 ? "nobody" : others.join(" and ");
    throw refuse(path, `is encrypted for ${by} and not for age`, "add an age recipient to it");
  }
  return metadata;
}

interface Read {
  readonly leaves: readonly SopsLeaf[];
  /** Null: there is none. */
  readonly sops: Plain | null;
}

/** `isText`: it stands in the file as a text, so an empty one is a value. */
function leafOf(
  names: readonly string[],
  path: readonly string[],
  text: string,
  isText: boolean,
): SopsLeaf {
  const kind = text.startsWith(encrypted) ? "encrypted" : isText && text === "" ? "empty" : "clear";
  return { name: names.join("."), path, text, kind };
}

function readDotenv(path: string, text: string): Read {
  const leaves: SopsLeaf[] = [];
  const metadata: (readonly [string, string])[] = [];
  const seen = new Set<string>();
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const at = line.indexOf("=");
    if (at === -1) throw refuse(path, `has no \`=\` in line ${index + 1}`, howToEncrypt);
    const key = line.slice(0, at);
    const value = line.slice(at + 1).replaceAll("\\n", "\n");
    if (key.startsWith("sops_")) metadata.push([key.slice("sops_".length), value]);
    else {
      if (seen.has(key)) throw refuse(path, `has the key ${key} twice`, "remove one of them");
      seen.add(key);
      leaves.push(leafOf([key], [key], value, true));
    }
  }
  return { leaves, sops: metadata.length === 0 ? null : unflatten(metadata) };
}

/** JSON is read as the YAML that it is: JSON.parse would put keys that look like numbers first. */
function readTree(path: string, text: string, isJson: boolean): Read {
  const root = parsed(path, text, isJson);
  if (!isMap(root)) throw refuse(path, "holds no keys", howToEncrypt);
  const clear = isJson ? goJsonText : goYamlText;
  const leaves: SopsLeaf[] = [];
  let sops: Plain | null = null;

  function walk(node: Node | null, names: readonly string[], at: readonly string[]): void {
    if (names.length > deepest) {
      throw refuse(path, `is nested deeper than ${deepest} levels`, "make it flatter");
    }
    if (isMap(node)) {
      for (const [name, value] of entriesOf(path, node)) {
        walk(value, [...names, name], [...at, name]);
      }
    } else if (isSeq(node)) {
      const items = node.items.filter((item) => !isComment(item));
      for (const [index, item] of items.entries()) {
        walk(item as Node | null, [...names, String(index)], at);
      }
    } else if (isScalar(node)) {
      if (isPlain(node)) {
        const value = clear(node.source ?? "");
        if (value !== null) leaves.push(leafOf(names, at, value, false));
      } else leaves.push(leafOf(names, at, textOf(node) ?? "", true));
    } else if (node !== null) {
      throw refuse(path, "has an alias, which SOPS does not write", "encrypt it again with `sops`");
    }
  }
  for (const [name, value] of entriesOf(path, root)) {
    if (name === "sops") sops = plainOf(value, 0);
    else walk(value, [name], [name]);
  }
  return { leaves, sops };
}

/** Looked through here for keys that stand twice: the parser's own way of that takes long for many. */
function entriesOf(path: string, { items }: YAMLMap): readonly (readonly [string, Node | null])[] {
  const seen = new Set<string>();
  return items.map(({ key, value }) => {
    const name = isScalar(key) ? textOf(key) : null;
    if (name === null) throw refuse(path, "has a key that is no text", howToEncrypt);
    if (seen.has(name)) throw refuse(path, `has the key ${name} twice`, "remove one of them");
    seen.add(name);
    return [name, value as Node | null];
  });
}

function parsed(path: string, text: string, isJson: boolean): unknown {
  const lines = new LineCounter();
  const what = isJson ? "JSON" : "YAML";
  const broken = (line: number | null): CapstanError =>
    refuse(
      path,
      `is not valid ${what}${line === null ? "" : `: line ${line}`}`,
      "a merge may have left its marks; encrypt it again with `sops`",
    );
  try {
    if (isJson) JSON.parse(text);
    const lexemes = new Lexer().lex(text);
    for (let count = 1; lexemes.next().done !== true; count += 1) {
      if (count > mostLexemes) throw broken(null);
    }
    const document = parseDocument(text, { ...parsing, lineCounter: lines });
    const [error] = document.errors;
    if (error !== undefined) throw broken(lines.linePos(error.pos[0]).line);
    return document.contents;
  } catch (error) {
    // The parser's own words may show what stands in the file.
    throw error instanceof CapstanError ? error : broken(null);
  }
}

/** SOPS writes a comment in a list as an item of it, and counts it nowhere. */
function isComment(item: unknown): boolean {
  return isScalar(item) && isPlain(item) && comment.test(item.source ?? "");
}

function isPlain(node: Scalar): boolean {
  return node.type === "PLAIN" && node.tag === undefined;
}

function textOf(node: Scalar): string | null {
  return isPlain(node) ? (node.source ?? "") : typeof node.value === "string" ? node.value : null;
}

function plainOf(node: Node | null, depth: number): Plain {
  if (depth > deepest) return null;
  if (isMap(node)) {
    return Object.fromEntries(
      node.items.map(({ key, value }) => [
        isScalar(key) ? (textOf(key) ?? "") : "",
        plainOf(value as Node | null, depth + 1),
      ]),
    );
  }
  if (isSeq(node)) return node.items.map((item) => plainOf(item as Node | null, depth + 1));
  return isScalar(node) && node.value !== null ? textOf(node) : null;
}
