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

export const pageHeaders: Readonly<Record<string, string>> = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy":
    "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
  "Referrer-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
  "Cache-Control": "no-store",
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

export interface PageParts<T extends { readonly now: string; readonly theme: Theme }> {
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

async function headOf(files: StaticFiles, styles: readonly string[], script: string | null) {
  const modules = script === null ? [] : await files.modules(script);
  const tags = [
    `<link rel="icon" type="image/svg+xml" href="${await staticPath(files, "assets/icon.svg")}">`,
  ];
  for (const style of ["app.css", ...styles]) {
    tags.push(`<link rel="stylesheet" href="${await staticPath(files, `assets/${style}`)}">`);
  }
  for (const [index, module] of modules.entries()) {
    const address = await staticPath(files, module);
    tags.push(
      index === 0
        ? `<script type="module" src="${address}"></script>`
        : `<link rel="modulepreload" href="${address}">`,
    );
  }
  return tags.join("\n");
}

export async function renderDocument<T extends { readonly now: string; readonly theme: Theme }>(
  files: StaticFiles,
  page: PageParts<T>,
): Promise<string> {
  const { title, styles, script, component, data, path, withoutScript } = page;
  const browser = stillBrowser(Date.parse(data.now), path);
  const tree = h(BrowserContext.Provider, { value: browser }, h(component, { data }));
  const theme = data.theme === "system" ? "" : ` data-theme="${data.theme}"`;
  const notice =
    withoutScript === undefined
      ? ""
      : `<noscript><p class="no-script">${escaped(withoutScript)}</p></noscript>\n`;
  const json =
    script === null ? "" : `\n<script type="application/json" id="data">${embedded(data)}</script>`;
  return `<!doctype html>
<html lang="en"${theme}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
${await headOf(files, styles, script)}
</head>
<body>
${notice}<div id="app">${renderToString(tree)}</div>${json}
</body>
</html>
`;
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
