// A page of the documentation with what stands around it: all pages, the sections of this one, before and after.
import { html, raw } from "hono/html";
import { docsAddress } from "./library.ts";
import type { DocsPage, PageGroup, PageLink } from "./library.ts";
import type { Found } from "./search.ts";

type Piece = ReturnType<typeof html>;

/** Pieces of ours are never promises, so that they are whole at once. */
function written(piece: Piece): string {
  if (piece instanceof Promise) throw new TypeError("a piece of a page that is not there yet");
  return piece.toString();
}

function searchForm(question: string): Piece {
  return html`<form class="guide-search" role="search" action="/docs" method="get">
    <label class="unseen" for="guide-question">Search the documentation</label>
    <input
      id="guide-question"
      type="search"
      name="q"
      value="${question}"
      placeholder="Search the docs"
      maxlength="100"
      autocomplete="off"
      spellcheck="false"
    />
  </form>`;
}

function sectionsOf({ headings }: DocsPage): Piece {
  const own = headings.filter(({ depth }) => depth === 2);
  if (own.length < 2) return html``;
  return html`<ul class="guide-sections">
    ${own.map(({ id, text }) => html`<li><a href="#${id}">${text}</a></li>`)}
  </ul>`;
}

function pagesNav(groups: readonly PageGroup[], current: DocsPage | null): Piece {
  const item = ({ path, title }: PageLink): Piece => {
    const isHere = current !== null && current.path === path;
    return html`<li>
      <a href="${docsAddress(path)}" ${isHere ? raw('aria-current="page"') : ""}>${title}</a>
      ${isHere && path !== "" ? sectionsOf(current) : ""}
    </li>`;
  };
  return html`<nav class="guide-pages" id="pages" aria-label="Documentation">
    <ul>
      ${item({ path: "", title: "All pages" })}
    </ul>
    ${groups.map(
      ({ title, pages }) =>
        html`<h2>${title}</h2>
          <ul>
            ${pages.map(item)}
          </ul>`,
    )}
  </nav>`;
}

function neighbours({ before, after }: DocsPage): Piece {
  const link = (to: PageLink | null, rel: string, word: string): Piece =>
    to === null
      ? html`<span></span>`
      : html`<a rel="${rel}" href="${docsAddress(to.path)}"><span>${word}</span>${to.title}</a>`;
  return html`<nav class="guide-neighbours" aria-label="Before and after">
    ${link(before, "prev", "Previous")} ${link(after, "next", "Next")}
  </nav>`;
}

function frame(
  groups: readonly PageGroup[],
  page: DocsPage | null,
  question: string,
  inside: Piece,
): string {
  return written(
    html`<div class="guide">
      <div class="guide-head">
        ${searchForm(question)}
        <a class="button small guide-jump" href="#pages">All pages</a>
      </div>
      <article class="guide-text">${inside}</article>
      ${pagesNav(groups, page)}
    </div>`,
  );
}

export function pageBody(groups: readonly PageGroup[], page: DocsPage): string {
  // Made by `renderMarkdown`, which lets no HTML of the text through.
  return frame(groups, page, "", html`${raw(page.html)} ${neighbours(page)}`);
}

export function foundBody(
  groups: readonly PageGroup[],
  question: string,
  found: readonly Found[],
): string {
  const list = html`<ul class="guide-found">
    ${found.map(
      ({ path, page, section, id, around }) =>
        html`<li>
          <a href="${docsAddress(path)}${id === null ? "" : `#${id}`}"
            >${section === page ? page : `${page}: ${section}`}</a
          >
          <p>${around}</p>
        </li>`,
    )}
  </ul>`;
  const nothing = html`<p>
    No section has these words. Try others, or look at <a href="/docs">all pages</a>.
  </p>`;
  return frame(
    groups,
    null,
    question,
    html`<h1>“${question}”</h1>
      ${found.length === 0 ? nothing : list}`,
  );
}
