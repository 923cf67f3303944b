// Links, anchors and pictures lead somewhere, on a Git host and on the site alike; every page is in the index, once.
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { posix } from "node:path";
import type { Tokens } from "marked";
import { expect, test } from "vitest";
import { createDocs, groupsOf, indexFile } from "../../src/http/docs/library.ts";
import { createSlugs, plainText } from "../../src/http/docs/markdown.ts";
import { createStaticFiles } from "../../src/http/static/files.ts";
import { docPage, docs, docsFolder, pages, readme, tokensOf } from "./pages.ts";
import type { Page } from "./pages.ts";

const isAway = (href: string): boolean => /^(?:https?:\/\/|mailto:)/.test(href);
/** Addresses of the site that are no pages of the documentation. */
const ofTheSite: ReadonlySet<string> = new Set(["/api/docs"]);

function anchorsOf(page: Page): ReadonlySet<string> {
  const slugs = createSlugs();
  const headings = tokensOf(page).filter((one): one is Tokens.Heading => one.type === "heading");
  return new Set(headings.map(({ tokens }) => slugs(plainText(tokens).trim())));
}

const anchors = new Map(pages.map((page) => [page.file, anchorsOf(page)]));

function linksOf(page: Page): readonly string[] {
  return tokensOf(page)
    .filter((token): token is Tokens.Link | Tokens.Image => /^(?:link|image)$/.test(token.type))
    .map(({ href }) => href);
}

function problemOf(page: Page, href: string): string | null {
  if (isAway(href) || ofTheSite.has(href)) return null;
  const [path = "", anchor = ""] = href.split("#", 2);
  const target = path === "" ? page.file : posix.join(posix.dirname(page.file), path);
  if (!existsSync(target)) return "no such file";
  // Below the folder that the site has, or the README's.
  if (page !== readme && !target.startsWith(`${docsFolder}/`)) return "not on the site";
  if (anchor !== "" && anchors.get(target)?.has(anchor) !== true) return "no such heading";
  return null;
}

test("every link of every page leads somewhere", () => {
  const wrong = pages.flatMap((page) =>
    linksOf(page).flatMap((href) => {
      const problem = problemOf(page, href);
      return problem === null ? [] : [`${page.file}: ${href}: ${problem}`];
    }),
  );
  expect(wrong).toEqual([]);
  expect(docs.flatMap(linksOf).length).toBeGreaterThan(100);
});

test("a link that leads nowhere would be seen", () => {
  const page = docPage("how-to/secrets.md");
  expect(problemOf(page, "nothing.md")).toBe("no such file");
  expect(problemOf(page, "dns.md#nothing")).toBe("no such heading");
  expect(problemOf(page, "../../../../../package.json")).toBe("not on the site");
});

test("every page is in the index once, and the index names no other", () => {
  const listed = groupsOf(docPage(indexFile).text).flatMap(({ pages: some }) =>
    some.map(({ path }) => `${docsFolder}/${path}.md`),
  );
  const others = docs.map(({ file }) => file).filter((file) => !file.endsWith(`/${indexFile}`));
  expect([...listed].sort()).toEqual([...others].sort());
});

test("the site has every link and picture that its pages have, and ids for every anchor", () => {
  const site = createDocs(createStaticFiles());
  const served = new Map(site.pages().map((page) => [page.path, page]));
  for (const page of docs) {
    const path = posix.relative(docsFolder, page.file).replace(/(?:^README)?\.md$/, "");
    const html = served.get(path)?.html ?? "";
    const hrefs = [...html.matchAll(/<a href="([^"]+)"/g)].map(([, href = ""]) => href);
    const links = tokensOf(page).filter(({ type }) => type === "link").length;
    const titles = tokensOf(page).filter(
      (one) => one.type === "heading" && (one as Tokens.Heading).depth > 1,
    );
    expect(hrefs, page.file).toHaveLength(links + titles.length);
    for (const href of hrefs.filter((one) => !isAway(one) && !ofTheSite.has(one))) {
      const [to = "", anchor = ""] = href.split("#", 2);
      const target = to === "" ? path : to.replace(/^\/docs\/?/, "");
      const there = served.get(target);
      expect(there, `${page.file} ${href}`).toBeDefined();
      if (anchor !== "") expect(there?.html, `${page.file} ${href}`).toContain(`id="${anchor}"`);
    }
    const images = tokensOf(page).filter(({ type }) => type === "image").length;
    const shown = html.split('<span class="picture">').length - 1;
    expect(shown, page.file).toBe(images);
  }
});

test("every page begins with one title, no heading holds a link, and the index calls no two alike", () => {
  for (const page of docs) {
    const headings = tokensOf(page).filter((one): one is Tokens.Heading => one.type === "heading");
    expect(headings[0]?.depth, page.file).toBe(1);
    expect(
      headings.filter(({ depth }) => depth === 1),
      page.file,
    ).toHaveLength(1);
    for (const { tokens } of headings) {
      expect(
        tokens.map(({ type }) => type),
        page.file,
      ).not.toContain("link");
    }
  }
  const titles = groupsOf(docPage(indexFile).text).flatMap(({ pages: some }) =>
    some.map(({ title }) => title),
  );
  expect(new Set(titles).size).toBe(titles.length);
});

test("pictures are small, have words for those who do not see them, and are all shown", () => {
  const files = globSync(`${docsFolder}/pictures/*`);
  expect(files.length).toBeGreaterThanOrEqual(4);
  const images = pages.flatMap((page) =>
    tokensOf(page)
      .filter((token): token is Tokens.Image => token.type === "image")
      .map(({ href, text }) => ({ file: posix.join(posix.dirname(page.file), href), text })),
  );
  for (const { text } of images) expect(text.length).toBeGreaterThan(20);
  const shown = new Set(images.map(({ file }) => file));
  for (const file of files) {
    expect(statSync(file).size, file).toBeLessThan(150_000);
    expect(shown.has(file.replace(/-dark\.png$/, ".png")), file).toBe(true);
  }
});

test("the README is short, and names what CI runs", () => {
  expect(readme.text.split("\n").length).toBeLessThanOrEqual(150);
  const commands = [...readFileSync(".ci/run", "utf8").matchAll(/^npm (cit|run test:slow)$/gm)];
  expect(commands).toHaveLength(2);
  for (const [command] of commands) expect(readme.text).toContain(`\`${command}\``);
});
