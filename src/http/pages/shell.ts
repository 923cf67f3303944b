// The shell of pages without a script of their own: sign-in, notices, the API's reference.
import type { PageShell } from "../auth/sign-in-page.ts";
import type { StaticFiles } from "../static/files.ts";
import { documentOf, themeOf } from "./document.ts";

const logo =
  '<svg class="logo" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 1.8v5M12 17.2v5M3.2 6.9l4.3 2.5' +
  'M16.5 14.6l4.3 2.5M3.2 17.1l4.3-2.5M16.5 9.4l4.3-2.5"/><circle cx="12" cy="12" r="5.2"/>' +
  '<circle class="hub" cx="12" cy="12" r="1.7"/></svg>';

/** A card in the middle: for a form or a few words. */
export function cardShell(files: StaticFiles): PageShell {
  return ({ title, body, request }) =>
    documentOf(files, {
      title: `${title} · Capstan`,
      styles: ["portal.css"],
      script: null,
      theme: themeOf(request),
      body:
        `<div class="portal"><div class="portal-top"><a class="brand" href="/">${logo}<span>Capstan</span></a></div>\n` +
        `<main class="portal-main"><section class="card plain">\n${body}\n</section></main></div>`,
    });
}

const textPages = [
  ["/stacks", "Stacks"],
  ["/docs", "Docs"],
  ["/api/docs", "API"],
] as const;

/** A wide page: for texts to read. `here` is the page of these that it belongs to. */
export function textShell(
  files: StaticFiles,
  here: (typeof textPages)[number][0],
  styles: readonly string[],
  script: string | null = null,
): PageShell {
  const links = textPages.map(([href, word]) => {
    const current = href === here ? ' aria-current="page"' : "";
    return `<a href="${href}"${current}>${word}</a>`;
  });
  return ({ title, body, request }) =>
    documentOf(files, {
      title: `${title} · Capstan`,
      styles: ["dashboard.css", ...styles],
      script,
      theme: themeOf(request),
      body:
        '<div class="shell"><a class="skip-link" href="#main">Skip to the content</a>' +
        `<header class="top"><div class="top-inner"><a class="brand" href="/">${logo}<span>Capstan</span></a>` +
        `<nav class="pages" aria-label="Pages">${links.join("")}</nav></div></header>\n` +
        `<main id="main" tabindex="-1">\n${body}\n</main>\n` +
        '<footer class="foot"><a href="/">Start page</a><a href="/docs">Docs</a><a href="/api/docs">API</a></footer></div>',
    });
}
