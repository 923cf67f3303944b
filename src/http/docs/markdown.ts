// One page of the documentation as HTML. Pure. The text is our own, and still nothing in it can become a script, a
// style or raw HTML: what Markdown has no sign for is shown as it is written.
import { Marked } from "marked";
import type { Token, Tokens } from "marked";

export interface Heading {
  readonly id: string;
  readonly text: string;
  readonly depth: number;
}

export interface Section {
  /** Null: what stands above the first heading of its own. */
  readonly id: string | null;
  readonly title: string;
  /** Without signs, in one line: for the search. */
  readonly text: string;
}

export interface RenderedPage {
  readonly title: string;
  readonly headings: readonly Heading[];
  readonly sections: readonly Section[];
  readonly html: string;
}

/** Where links and pictures of a page lead on this site; null: nowhere, and only their text is shown. */
export interface Targets {
  readonly link: (href: string) => string | null;
  readonly picture: (href: string) => PictureAddress | null;
}

export interface PictureAddress {
  readonly light: string;
  /** Null where there is no picture of its own for dark pages. */
  readonly dark: string | null;
}

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => escapes[sign] ?? sign);
}

/** The id of a heading as Git hosts make it, without regard to earlier ones of the same text. */
export function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-");
}

/** Gives each heading of a page an id of its own: a second one of the same text ends with `-1`. */
export function createSlugs(): (text: string) => string {
  const taken = new Map<string, number>();
  return (text) => {
    const slug = slugOf(text);
    const count = taken.get(slug) ?? 0;
    taken.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  };
}

const entities: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&amp;": "&",
  "&quot;": '"',
  "&#39;": "'",
};

/** What a reader sees of tokens. */
export function plainText(tokens: readonly Token[] | undefined): string {
  return (tokens ?? [])
    .map((token): string => {
      if (token.type === "table") {
        const { header, rows } = token as Tokens.Table;
        return [header, ...rows]
          .map((row) => row.map((c) => plainText(c.tokens)).join(" "))
          .join(" ");
      }
      if (token.type === "list") {
        return (token as Tokens.List).items.map((item) => plainText(item.tokens)).join(" ");
      }
      if (token.type === "space" || token.type === "br") return " ";
      const { tokens: inside } = token as { readonly tokens?: readonly Token[] };
      if (inside !== undefined) return plainText(inside);
      if (!("text" in token)) return "";
      const text = String(token.text);
      return token.type === "text" || token.type === "escape"
        ? text.replace(/&(?:lt|gt|amp|quot|#39);/g, (sign) => entities[sign] ?? sign)
        : text;
    })
    .join("");
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

function sectionsOf(tokens: readonly Token[], title: string): readonly Section[] {
  const slugs = createSlugs();
  const sections: { id: string | null; title: string; text: string }[] = [
    { id: null, title, text: "" },
  ];
  for (const token of tokens) {
    if (token.type === "heading") {
      const text = oneLine(plainText(token.tokens));
      const id = slugs(text);
      if (token.depth > 1) sections.push({ id, title: text, text: "" });
      continue;
    }
    const last = sections.at(-1);
    if (last !== undefined) last.text = oneLine(`${last.text} ${plainText([token])}`);
  }
  return sections;
}

/** `yaml file=stacks/hello.yaml`: what a block is, and the file that it stands in. */
export function infoOf(lang: string | undefined): {
  readonly language: string;
  readonly options: Readonly<Record<string, string>>;
} {
  const [language = "", ...rest] = (lang ?? "").match(/[\w-]+="[^"]*"|\S+/g) ?? [];
  const options = rest.map((text): [string, string] => {
    const at = text.indexOf("=");
    return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1).replace(/^"(.*)"$/, "$1")];
  });
  return { language, options: Object.fromEntries(options) };
}

function codeBlock({ text, lang }: Tokens.Code): string {
  const { language, options } = infoOf(lang);
  const code = `<pre tabindex="0"><code>${escapeHtml(text)}\n</code></pre>`;
  const { file, terminal } = options;
  const label = file ?? (terminal === undefined ? undefined : `Terminal ${terminal}`);
  const caption = label === undefined ? "" : `<figcaption>${escapeHtml(label)}</figcaption>`;
  return `<figure class="code" data-language="${escapeHtml(language)}">${caption}${code}</figure>\n`;
}

/** As long as this, code fits the line of a phone in one piece. */
const shortCode = 28;

/** Code in a line: kept together where it is short, and with places to break where it is long. */
function codeSpan(text: string): string {
  if (text.length <= shortCode) return `<code class="short">${escapeHtml(text)}</code>`;
  const pieces = text.split(/(?<=[./,=&@+:\]])(?=[^/])/).map(escapeHtml);
  return `<code>${pieces.join("<wbr>")}</code>`;
}

function pictureOf({ light, dark }: PictureAddress, alt: string): string {
  const image = (address: string, theme: string): string =>
    `<img class="${theme}" src="${escapeHtml(address)}" alt="${escapeHtml(alt)}" loading="lazy">`;
  if (dark === null) return `<span class="picture">${image(light, "always")}</span>`;
  return `<span class="picture">${image(light, "only-light")}${image(dark, "only-dark")}</span>`;
}

/**
 * A table. One with three columns or more is a list of rows on a phone, where each cell says what it is; one of
 * numbers stays a table.
 */
function tableOf({ header, rows }: Tokens.Table, inline: (tokens: Token[]) => string): string {
  const isOfNumbers = header.some(({ align }) => align === "right");
  const kind = isOfNumbers ? "numbers" : header.length > 2 ? "wide" : "narrow";
  const attributes = ({ text, align }: Tokens.TableCell, index: number): string => {
    const name = header[index]?.text ?? "";
    const label = kind === "wide" && index > 0 ? ` data-label="${escapeHtml(name)}"` : "";
    const empty = text === "" ? ' data-empty=""' : "";
    return `${align === "right" ? ' class="number"' : ""}${label}${empty}`;
  };
  const head = header.map(
    ({ tokens, align }) =>
      `<th scope="col"${align === "right" ? ' class="number"' : ""}>${inline(tokens)}</th>`,
  );
  const body = rows.map((row) => {
    const cells = row.map(
      (cell, index) => `<td${attributes(cell, index)}>${inline(cell.tokens)}</td>`,
    );
    return `<tr>${cells.join("")}</tr>`;
  });
  const isTitled = header.some(({ text }) => text !== "");
  const thead = isTitled ? `<thead><tr>${head.join("")}</tr></thead>` : "";
  const table = `<table class="${kind}">${thead}<tbody>${body.join("\n")}</tbody></table>`;
  return `<div class="table" role="group" tabindex="0" aria-label="Table">${table}</div>\n`;
}

/** Renders one page. Throws for none: a link that leads nowhere is shown as its text. */
export function renderMarkdown(text: string, targets: Targets): RenderedPage {
  const headings: Heading[] = [];
  const slugs = createSlugs();
  const marked = new Marked({ gfm: true });
  marked.use({
    renderer: {
      heading({ tokens, depth }) {
        const plain = oneLine(plainText(tokens));
        const id = slugs(plain);
        headings.push({ id, text: plain, depth });
        const inside = this.parser.parseInline(tokens);
        if (depth === 1) return `<h1 id="${escapeHtml(id)}">${inside}</h1>\n`;
        return `<h${depth} id="${escapeHtml(id)}"><a href="#${escapeHtml(id)}">${inside}</a></h${depth}>\n`;
      },
      link({ href, tokens }) {
        const inside = this.parser.parseInline(tokens);
        const target = targets.link(href);
        return target === null ? inside : `<a href="${escapeHtml(target)}">${inside}</a>`;
      },
      image({ href, text: alt }) {
        const address = targets.picture(href);
        return address === null ? escapeHtml(alt) : pictureOf(address, alt);
      },
      code: codeBlock,
      codespan: ({ text: inside }) => codeSpan(inside),
      html: ({ text: raw }) => escapeHtml(raw),
      table(token) {
        return tableOf(token, (inside) => this.parser.parseInline(inside));
      },
    },
  });
  const tokens = marked.lexer(text);
  const html = marked.parser(tokens);
  const title = headings.find(({ depth }) => depth === 1)?.text ?? "";
  return { title, headings, sections: sectionsOf(tokens, title), html };
}
