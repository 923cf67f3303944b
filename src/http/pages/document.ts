// A page as a document: the head, the component as HTML, and what it was made from as JSON, for the browser
// to go on from. Nothing in it is a script or a style of its own: the content security policy allows none.
import { promisify } from "node:util";
import { gzip as gzipCallback } from "node:zlib";
import { renderToString } from "preact-render-to-string";
import type { ComponentType } from "preact";
import { BrowserContext, stillBrowser } from "../public/browser.ts";
import type { Theme } from "../public/browser.ts";
import { h } from "../public/html.ts";
import type { StaticFiles } from "../static/files.ts";
import { staticPath } from "../static/routes.ts";

const gzip = promisify(gzipCallback);

/** Beside the headers that all answers have. */
export const pageHeaders: Readonly<Record<string, string>> = {
  "Content-Type": "text/html; charset=utf-8",
  Vary: "Accept-Encoding, Cookie",
};

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => escapes[sign] ?? sign);
}

/** JSON that no sign in it can end early. */
export function embedded(data: unknown): string {
  return JSON.stringify(data)
    .replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}

/** What every page's data has. */
export interface WithClock {
  readonly now: string;
  readonly theme: Theme;
}

export interface PageParts<T extends WithClock> {
  readonly title: string;
  /** Below `assets/`: `portal.css`. */
  readonly styles: readonly string[];
  /** The module that brings it alive; null: it stays as it is. */
  readonly script: string | null;
  readonly component: ComponentType<{ readonly data: T }>;
  readonly data: T;
  /** Path and query: what is selected stands there. */
  readonly path: string;
  /** Said where scripts are off. */
  readonly withoutScript?: string;
}

function headOf(
  files: StaticFiles,
  title: string,
  styles: readonly string[],
  script: string | null,
): string {
  const at = (path: string): string => staticPath(files, path);
  const [first, ...others] = script === null ? [] : files.modules(script);
  return [
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escaped(title)}</title>`,
    `<link rel="icon" type="image/svg+xml" href="${at("assets/icon.svg")}">`,
    ...["app.css", ...styles].map(
      (style) => `<link rel="stylesheet" href="${at(`assets/${style}`)}">`,
    ),
    ...(first === undefined ? [] : [`<script type="module" src="${at(first)}"></script>`]),
    // All at once, instead of one after the other as they import each other.
    ...others.map((module) => `<link rel="modulepreload" href="${at(module)}">`),
  ].join("\n");
}

/** `body` is HTML. */
export function documentOf(
  files: StaticFiles,
  parts: {
    readonly title: string;
    readonly styles: readonly string[];
    readonly script: string | null;
    readonly theme: Theme;
    readonly body: string;
  },
): string {
  const { title, styles, script, theme, body } = parts;
  return `<!doctype html>
<html lang="en"${theme === "system" ? "" : ` data-theme="${theme}"`}>
<head>
${headOf(files, title, styles, script)}
</head>
<body>
${body}
</body>
</html>
`;
}

export function renderDocument<T extends WithClock>(
  files: StaticFiles,
  page: PageParts<T>,
): string {
  const { title, styles, script, component, data, path, withoutScript } = page;
  const browser = stillBrowser(Date.parse(data.now), path);
  const tree = h(BrowserContext.Provider, { value: browser }, h(component, { data }));
  const notice =
    withoutScript === undefined
      ? ""
      : `<noscript><p class="no-script">${escaped(withoutScript)}</p></noscript>\n`;
  const json =
    script === null ? "" : `\n<script type="application/json" id="data">${embedded(data)}</script>`;
  const body = `${notice}<div id="app">${renderToString(tree)}</div>${json}`;
  return documentOf(files, { title, styles, script, theme: data.theme, body });
}

/** Level 4: the list of a thousand stacks shrinks to a tenth within some milliseconds. */
const zipLevel = 4;

export async function htmlAnswer(request: Request, text: string, status = 200): Promise<Response> {
  const zips = /\bgzip\b/i.test(request.headers.get("Accept-Encoding") ?? "");
  if (!zips) return new Response(text, { status, headers: pageHeaders });
  const body = new Uint8Array(await gzip(text, { level: zipLevel }));
  return new Response(body, { status, headers: { ...pageHeaders, "Content-Encoding": "gzip" } });
}

/** What the reader chose by the theme button. */
export function themeOf(request: Request): Theme {
  const cookie = /(?:^|;\s*)theme=(light|dark)(?:;|$)/.exec(request.headers.get("Cookie") ?? "");
  return cookie?.[1] === "dark" ? "dark" : cookie?.[1] === "light" ? "light" : "system";
}
