// The documentation as one fixed list of pages, made from the Markdown files below `docsFolder`. Nothing of a request
// ever becomes a path on disk. The index names all pages: it is their order, and the list beside each of them.
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { Marked } from "marked";
import type { Token, Tokens } from "marked";
import type { StaticFiles } from "../static/files.ts";
import { staticPath } from "../static/routes.ts";
import { docsFolder } from "./folder.ts";
import { plainText, renderMarkdown } from "./markdown.ts";
import type { RenderedPage, Targets } from "./markdown.ts";

/** Below the folder of the documentation. */
export const indexFile = "README.md";

export interface PageLink {
  /** `how-to/secrets`; empty for the index. */
  readonly path: string;
  readonly title: string;
}

export interface PageGroup {
  readonly title: string;
  readonly pages: readonly PageLink[];
}

export interface DocsPage extends RenderedPage, PageLink {
  /** In the order of the index; null at its ends. */
  readonly before: PageLink | null;
  readonly after: PageLink | null;
}

export interface Docs {
  readonly groups: () => readonly PageGroup[];
  /** Null for what is not on the list. */
  readonly page: (path: string) => DocsPage | null;
  readonly pages: () => readonly DocsPage[];
}

/** Where a page is served. */
export function docsAddress(path: string): string {
  return path === "" ? "/docs" : `/docs/${path}`;
}

/** `how-to/secrets.md` is served as `how-to/secrets`. */
function pathOf(file: string): string {
  return file === indexFile ? "" : file.replace(/\.md$/, "");
}

/** Where a relative link of a file leads, below the folder of the documentation. */
export function relativeTarget(
  file: string,
  href: string,
): { readonly file: string; readonly anchor: string } {
  const [path = "", anchor = ""] = href.split("#", 2);
  return { file: path === "" ? file : posix.join(posix.dirname(file), path), anchor };
}

function targetsOf(file: string, names: ReadonlySet<string>, files: StaticFiles): Targets {
  return {
    link(href) {
      if (/^https?:\/\//.test(href) || href === "/api/docs") return href;
      const target = relativeTarget(file, href);
      if (!names.has(target.file)) return null;
      const anchor = target.anchor === "" ? "" : `#${target.anchor}`;
      return target.file === file && anchor !== ""
        ? anchor
        : `${docsAddress(pathOf(target.file))}${anchor}`;
    },
    picture(href) {
      const served = `docs/${relativeTarget(file, href).file}`;
      if (files.file(served) === null) return null;
      const dark = served.replace(/(\.\w+)$/, "-dark$1");
      return {
        light: staticPath(files, served),
        dark: files.file(dark) === null ? null : staticPath(files, dark),
      };
    },
  };
}

/** The groups that the index makes: its second headings, and the links that the lists below them begin with. */
export function groupsOf(index: string): readonly PageGroup[] {
  const groups: { title: string; pages: PageLink[] }[] = [];
  const firstLink = (tokens: readonly Token[] | undefined): Tokens.Link | null => {
    const [first] = tokens ?? [];
    if (first === undefined) return null;
    return first.type === "link"
      ? (first as Tokens.Link)
      : firstLink("tokens" in first ? first.tokens : undefined);
  };
  for (const token of new Marked().lexer(index)) {
    if (token.type === "heading" && token.depth === 2) {
      groups.push({ title: plainText(token.tokens), pages: [] });
    }
    if (token.type !== "list") continue;
    for (const { tokens } of (token as Tokens.List).items) {
      const link = firstLink(tokens);
      if (link === null || !/^[\w/-]+\.md$/.test(link.href)) continue;
      groups.at(-1)?.pages.push({ path: pathOf(link.href), title: plainText(link.tokens) });
    }
  }
  return groups.filter(({ pages }) => pages.length > 0);
}

interface Built {
  readonly groups: readonly PageGroup[];
  readonly pages: ReadonlyMap<string, DocsPage>;
}

function build(texts: ReadonlyMap<string, string>, files: StaticFiles): Built {
  const groups = groupsOf(texts.get(indexFile) ?? "");
  const order: readonly PageLink[] = [
    { path: "", title: "Documentation" },
    ...groups.flatMap(({ pages }) => pages),
  ];
  const names = new Set(texts.keys());
  const pages = [...texts].map(([file, text]): [string, DocsPage] => {
    const path = pathOf(file);
    const rendered = renderMarkdown(text, targetsOf(file, names, files));
    const at = order.findIndex((one) => one.path === path);
    const before = at < 1 ? null : (order[at - 1] ?? null);
    const after = at < 0 ? null : (order[at + 1] ?? null);
    return [path, { ...rendered, path, before, after }];
  });
  return { groups, pages: new Map(pages) };
}

/** Every Markdown file of the documentation, by its name below its folder. */
export function readDocs(): ReadonlyMap<string, string> {
  const names = readdirSync(docsFolder, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => name.endsWith(".md"))
    .sort();
  return new Map(names.map((name) => [name, readFileSync(`${docsFolder}${name}`, "utf8")]));
}

/** Reads and renders at the first request: once, and then from memory. */
export function createDocs(
  files: StaticFiles,
  read: () => ReadonlyMap<string, string> = readDocs,
): Docs {
  let kept: Built | null = null;
  const built = (): Built => (kept ??= build(read(), files));
  return {
    groups: () => built().groups,
    page: (path) => built().pages.get(path) ?? null,
    pages: () => [...built().pages.values()],
  };
}
