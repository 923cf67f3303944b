// A stack as the text of a manifest, with what cannot be said as comments at its place.
import { Document, isMap, isScalar, isSeq, visit } from "yaml";
import type { Node } from "yaml";
import { kindTitle } from "../model/kinds/table.ts";
import { apiVersion } from "../model/manifest-words.ts";
import { defaultDescription } from "../manifest/build-service.ts";
import { withEscapes, withoutEscapes } from "../manifest/escapes.ts";
import { withoutMarker } from "../model/marker.ts";
import type { ObservedProject } from "../model/observed.ts";
import { saidOf } from "./draft.ts";
import type { Draft, Kept } from "./draft.ts";
import { pushLines } from "./pushes.ts";
import { bodyOf, inOrder, sectionOf } from "./kinds/table.ts";
import type { Body } from "./kinds/kind.ts";
import { mapTexts } from "./leaves.ts";
import type { SecretBook } from "./secret-book.ts";
import { noteSecret, takeSecret } from "./taking.ts";
import type { Held, Path, SecretsMode } from "./taking.ts";

/** One project on its way into a manifest. */
export interface StackDraft {
  /** The stack's name. */
  readonly name: string;
  readonly project: ObservedProject;
  /** What says which project is meant: true, or its id where others have its name. */
  readonly adopt: true | string;
  /** Whether Capstan made it already. */
  readonly isOurs: boolean;
  readonly drafts: Draft[];
  /** What is not in the manifest, and why: one line each. */
  readonly leftOut: string[];
}

/** For people: `worker (application, staging)`. */
export function draftTitle({
  observed,
  environment,
}: Pick<Draft, "observed" | "environment">): string {
  const where = environment === "production" ? "" : `, ${environment}`;
  return `${oneLine(observed.name)} (${kindTitle(observed.kind)}${where})`;
}

const longestLine = 200;

/** For a comment: what people typed may have line breaks. */
export function oneLine(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}\u2028\u2029]+/gu, " ").trim();
  return line.length > longestLine ? `${line.slice(0, longestLine - 1)}…` : line;
}

export interface TextOptions {
  readonly mode: SecretsMode;
  readonly book: SecretBook;
  /** The path, from the manifest, of a file that holds a compose service's content instead; null: it stands inside. */
  readonly composeFileOf?: (draft: Draft, content: string) => string | null;
}

/** Texts that are taken as they are, references included. */
export function isVerbatim(section: Held["section"], [root, , field]: Path): boolean {
  if (root === "mounts") return field === "content";
  return section === "compose" && root === "content";
}

/** What a description says beside Capstan's own words. */
function ownDescription(description: string | null): Body {
  const text = withoutMarker(description);
  return text === "" || text === defaultDescription ? {} : { description: text };
}

function plainBody(draft: Draft, stack: string): Body {
  const { name: service, environment, kept, content } = draft;
  const said = bodyOf(saidOf(draft), { stack, environment, service });
  return inOrder(draft.details.kind, {
    ...ownDescription(draft.details.description),
    ...(draft.server === null ? {} : { server: draft.server }),
    ...(draft.adopts === null ? {} : { adopt: draft.adopts }),
    ...said,
    ...("content" in said && content !== null ? { content } : {}),
    ...(kept.size === 0 ? {} : { ignore: [...kept.keys()].sort() }),
  });
}

function heldOf({ name, environment, details }: Draft, stack: string): Omit<Held, "path"> {
  const owner = environment === "production" ? [name] : [environment, name];
  return { stack, owner, section: sectionOf(details.kind) };
}

/** Whose password it is, of one of basic auth. */
function userOf(draft: Draft, [root, index]: Path): string | undefined {
  const { spec } = saidOf(draft);
  if (root !== "basicAuth" || !("basicAuth" in spec)) return undefined;
  return spec.basicAuth[Number(index)]?.username;
}

function serviceBody(draft: Draft, { name: stack }: StackDraft, options: TextOptions): Body {
  const { mode, book, composeFileOf } = options;
  const held = heldOf(draft, stack);
  const body = mapTexts(plainBody(draft, stack), (path, text) =>
    isVerbatim(held.section, path)
      ? text
      : takeSecret({ ...held, path, entry: userOf(draft, path) }, text, mode, book),
  ) as Body;
  const { content, ...rest } = body;
  const file = typeof content === "string" ? (composeFileOf?.(draft, content) ?? null) : null;
  return file === null ? body : inOrder(draft.details.kind, { ...rest, file });
}

/** Where a service stands in a manifest. */
export function pathOf({ drafts }: StackDraft, draft: Draft): readonly string[] {
  const { environment, name, details } = draft;
  const within = [sectionOf(details.kind), name];
  return isSplit(drafts) ? ["spec", "environments", environment, ...within] : ["spec", ...within];
}

/** Whether each environment says its services itself: what stands above them would be in all of them. */
function isSplit(drafts: readonly Draft[]): boolean {
  return drafts.some(({ environment }) => environment !== "production");
}

function put(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first = "", ...rest] = path;
  if (rest.length === 0) root[first] = value;
  else {
    root[first] ??= {};
    put(root[first] as Record<string, unknown>, rest, value);
  }
}

/** The manifest as plain values. */
export function documentOf(stack: StackDraft, options: TextOptions): Body {
  const { name, project, adopt, drafts } = stack;
  const { mode, book } = options;
  const variables = project.variables ?? {};
  const ofProject = (variable: string): Held => ({
    ...{ stack: name, owner: [], section: null },
    path: ["env", variable],
  });
  // Before anything is written: who holds a part of a secret must know of it.
  for (const [variable, text] of Object.entries(variables)) {
    noteSecret(ofProject(variable), text, mode, book);
  }
  for (const draft of drafts) {
    const held = heldOf(draft, name);
    mapTexts(plainBody(draft, name), (path, text) => {
      const entry = userOf(draft, path);
      if (!isVerbatim(held.section, path)) noteSecret({ ...held, path, entry }, text, mode, book);
      return text;
    });
  }
  const said = Object.entries(variables).map(([variable, text]) => [
    variable,
    takeSecret(ofProject(variable), text, mode, book),
  ]);
  const description = mapTexts(ownDescription(project.description), (_, text) => withEscapes(text));
  const root: Record<string, unknown> = {
    apiVersion,
    kind: "Stack",
    metadata: { name },
    spec: {
      ...(description as Body),
      ...(project.name === name ? {} : { project: withEscapes(project.name) }),
      adopt,
      ...(said.length === 0 ? {} : { variables: Object.fromEntries(said) as Body }),
    },
  };
  const sorted = ["applications", "databases", "compose"].flatMap((section) =>
    drafts.filter(({ details }) => sectionOf(details.kind) === section),
  );
  for (const draft of sorted) put(root, pathOf(stack, draft), serviceBody(draft, stack, options));
  return root;
}

const widest = 90;

/** Small maps and lists stand in one line, as people write them. */
function inLines(document: Document): void {
  visit(document, {
    Map(_key, node, above) {
      const parent = above.at(-1);
      const isSmall = node.items.every(
        ({ value }) => isScalar(value) && !String(value.value).includes("\n"),
      );
      if (!isSmall || !isSeq(parent)) return;
      node.flow = JSON.stringify(node.toJSON()).length <= widest;
    },
    Seq(_key, node, above) {
      const parent = above.at(-1);
      const key = parent !== undefined && "key" in parent ? parent.key : null;
      if (isScalar(key) && key.value === "ignore") return;
      const isSmall = node.items.every(
        (item) => isScalar(item) && !String(item.value).includes("\n"),
      );
      if (isSmall) node.flow = JSON.stringify(node.toJSON()).length <= widest;
    },
  });
}

function comment(node: unknown, lines: readonly string[]): void {
  if (lines.length === 0 || typeof node !== "object" || node === null) return;
  (node as Node).commentBefore = lines.map((line) => ` ${line}`).join("\n");
}

function commentBelow(node: Node, lines: readonly string[]): void {
  if (lines.length > 0) node.comment = lines.map((line) => ` ${line}`).join("\n");
}

function commentService(document: Document, path: readonly string[], draft: Draft): void {
  const above = document.getIn(path.slice(0, -1), true);
  const pair = isMap(above)
    ? above.items.find(({ key }) => isScalar(key) && key.value === draft.name)
    : undefined;
  comment(
    pair?.key,
    draft.besides.map((what) => `Left as it is in Dokploy: ${what}.`),
  );
  const git = document.getIn([...path, "git"], true);
  if (isMap(git)) commentBelow(git, pushLines(draft.details));
  const ignore = document.getIn([...path, "ignore"], true);
  if (!isSeq(ignore)) return;
  for (const item of ignore.items) {
    const kept = isScalar(item) ? draft.kept.get(withoutEscapes(String(item.value))) : undefined;
    if (isScalar(item) && kept !== undefined) item.comment = ` ${oneLine(kept.why)}`;
  }
}

/** The comments of a template's body: those that say the same of each of the stacks. */
export function commentTemplate(document: Document, stacks: readonly StackDraft[]): void {
  const [first, ...others] = stacks;
  if (first === undefined) return;
  for (const draft of first.drafts) {
    const place = JSON.stringify(pathOf(first, draft));
    const same = others.map((stack) =>
      stack.drafts.find((other) => JSON.stringify(pathOf(stack, other)) === place),
    );
    const isShared = ([path, { why }]: readonly [string, Kept]): boolean =>
      same.every((other) => other?.kept.get(path)?.why === why);
    const [, ...within] = pathOf(first, draft);
    const kept = new Map([...draft.kept].filter(isShared));
    commentService(document, ["spec", "stack", ...within], { ...draft, kept });
  }
}

/** A document as people write it, below some lines of comment. */
export function written(
  values: Body,
  head: readonly string[],
  comments: (document: Document) => void = () => undefined,
): string {
  const document = new Document(values, { aliasDuplicateObjects: false });
  inLines(document);
  comments(document);
  document.commentBefore = head.map((line) => ` ${line}`).join("\n");
  return document.toString({ lineWidth: 0 });
}

/** What stands above a manifest: where it comes from, and what is not in it. */
export function headOf({ project, leftOut }: Pick<StackDraft, "project" | "leftOut">): string[] {
  const from = `Exported by Capstan from the Dokploy project "${oneLine(project.name)}".`;
  return leftOut.length === 0 ? [from] : [from, "Left out:", ...leftOut.map((line) => `  ${line}`)];
}

/** The manifest. Secrets that it names are in the book. */
export function stackText(stack: StackDraft, options: TextOptions): string {
  return written(documentOf(stack, options), headOf(stack), (document) => {
    for (const draft of stack.drafts) commentService(document, pathOf(stack, draft), draft);
  });
}
