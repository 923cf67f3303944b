// `/docs`: pages for everybody, nothing but pages, and no text that becomes a script.
import { describe, expect, test } from "vitest";
import { createDocs, groupsOf } from "../../src/http/docs/library.ts";
import { createSlugs, infoOf, renderMarkdown } from "../../src/http/docs/markdown.ts";
import type { Targets } from "../../src/http/docs/markdown.ts";
import { docsRoutes } from "../../src/http/docs/routes.ts";
import { search } from "../../src/http/docs/search.ts";
import { cardShell, textShell } from "../../src/http/pages/shell.ts";
import { copiedText, isForCopying } from "../../src/http/public/guide/copied.ts";
import { createStaticFiles } from "../../src/http/static/files.ts";
import { staticRoutes } from "../../src/http/static/routes.ts";

const files = createStaticFiles();
const own = createDocs(files);
const app = docsRoutes({
  docs: own,
  page: textShell(files, "/docs", ["guide.css"], "guide/guide-main.js"),
  card: cardShell(files),
});
const ask = (path: string, headers: Record<string, string> = {}) => app.request(path, { headers });

describe("pages", () => {
  test("are HTML with a title, all pages beside them, what is before and after, and no script in them", async () => {
    const answer = await ask("/how-to/secrets");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
    const text = await answer.text();
    expect(text).toContain("<title>Use secrets · Capstan</title>");
    expect(text).toContain('<a href="/docs/how-to/secrets" aria-current="page">Secrets</a>');
    expect(text).toContain('rel="prev" href="/docs/how-to/templates"');
    expect(text).toContain('rel="next" href="/docs/how-to/build-from-git"');
    expect(text).toContain('<a href="#rotations-and-outages">Rotations and outages</a>');
    // Only the script of its own, which it does not need.
    const scripts = text.match(/<script[^>]*>[^<]*<\/script>/g) ?? [];
    expect(scripts).toHaveLength(1);
    expect(scripts[0]).toMatch(
      /^<script type="module" src="\/static\/[\w-]+\/guide\/guide-main.js"><\/script>$/,
    );
    expect(text.replace(scripts[0] ?? "", "")).not.toMatch(/<script|<style|\bstyle=|\bon\w+=/);
  });

  test("of all are there, and the index is the first of them", async () => {
    expect(own.pages().length).toBeGreaterThan(30);
    for (const { path } of own.pages()) {
      expect((await ask(`/${path}`)).status, path).toBe(200);
    }
    expect(await (await ask("/")).text()).toContain("<title>Documentation · Capstan</title>");
    expect(own.page("")).toMatchObject({ before: null, after: { path: "tutorial/first-stack" } });
  });

  test("are kept and asked for again, and one that is known is not sent twice", async () => {
    const first = await ask("/how-to/dns");
    expect(first.headers.get("Cache-Control")).toBe("no-cache");
    const etag = first.headers.get("ETag") ?? "";
    const again = await ask("/how-to/dns", { "If-None-Match": etag });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    // Another theme is another page.
    const dark = await ask("/how-to/dns", { "If-None-Match": etag, Cookie: "theme=dark" });
    expect(dark.status).toBe(200);
    expect(await dark.text()).toContain('data-theme="dark"');
  });

  test("under their names on a Git host lead to those of the site", async () => {
    for (const [from, to] of [
      ["/how-to/secrets.md", "/docs/how-to/secrets"],
      ["/README.md", "/docs"],
      ["/how-to/secrets/", "/docs/how-to/secrets"],
    ] as const) {
      const answer = await ask(from);
      expect([answer.status, answer.headers.get("Location")], from).toEqual([301, to]);
    }
  });

  test.each([
    "/nothing",
    "/how-to",
    "/how-to/nothing",
    "/../../../../package.json",
    "/..%2f..%2f..%2fpackage.json",
    "/%2e%2e/%2e%2e/server",
    "/pictures/portal.png",
    "/how-to/secrets%00",
    "/constructor",
    "/__proto__",
  ])("that are none are not found, with a way back: %s", async (path) => {
    const answer = await ask(path);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('<a class="button" href="/docs">See all pages</a>');
  });

  test("have their pictures below /static, where they are kept for ever", async () => {
    const { html = "" } = own.page("tutorial/team-portal") ?? {};
    const [, path = ""] = /src="\/static(\/[^"]+portal\.png)"/.exec(html) ?? [];
    const answer = await staticRoutes(files).request(path);
    expect(answer.headers.get("Content-Type")).toBe("image/png");
    expect(answer.headers.get("Cache-Control")).toContain("immutable");
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect([...bytes.slice(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
    expect(files.file("docs/README.md")).toBe(null);
  });
});

describe("the search", () => {
  test("finds the section that is meant first", () => {
    const first = (question: string): string | undefined => {
      const [found] = search(own.pages(), question);
      return found === undefined ? undefined : `${found.path}#${found.id ?? ""}`;
    };
    expect(first("verify webhook signature")).toBe(
      "how-to/notifications#check-a-webhooks-signature",
    );
    expect(first("roll back")).toContain("rollouts#failures-and-rollbacks");
    expect(first("xyzzy plugh")).toBe(undefined);
    expect(first("")).toBe(undefined);
    expect(first("several dokploys")).toContain("how-to/several-dokploys#");
    expect(search(own.pages(), "stack").length).toBeLessThanOrEqual(30);
  });

  test("says so when there is nothing, and shows what was asked as a text", async () => {
    const text = await (await ask("/?q=%3Cplugh%20onx=%22")).text();
    expect(text).toContain("No section has these words");
    expect(text).toContain("&lt;plugh onx=&quot;");
    expect(text).not.toContain("<plugh");
    expect((await ask(`/?q=${"x".repeat(5_000)}`)).status).toBe(200);
  });
});

test("who copies a terminal gets the commands alone", () => {
  expect(copiedText("console", "$ capstan plan\nnothing\n$ capstan apply\n")).toBe(
    "capstan plan\ncapstan apply\n",
  );
  expect(copiedText("yaml", "a: $ 1\n")).toBe("a: $ 1\n");
  expect(["sh", "console", "yaml", "text", ""].map(isForCopying)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

describe("Markdown", () => {
  const targets: Targets = {
    link: (href) => (href.startsWith("http") ? href : null),
    picture: (href) => ({ light: `/static/${href}`, dark: null }),
  };
  const render = (text: string): string => renderMarkdown(text, targets).html;

  test("becomes no script, no style and no HTML of its own", () => {
    const html = render(
      [
        "# T",
        "<script>alert(1)</script>",
        "",
        'a <img src=x onerror="alert(1)"> b',
        "",
        "[x](javascript:alert(1)) [y](data:text/html,x)",
        "",
        '![a"onload="alert(1)](p.png)',
        "",
        "```html\n<script>alert(1)</script>\n```",
        "",
        "`<b>`",
      ].join("\n"),
    );
    expect(html).not.toMatch(/<script|<b>|javascript:|data:text|onload="|<img src=x/);
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(html).toContain('alt="a&quot;onload=&quot;alert(1)"');
  });

  test("has ids as Git hosts make them, each once", () => {
    const slugs = createSlugs();
    expect(["Say who: `x-y`!", "Über uns", "A", "A", "a"].map(slugs)).toEqual([
      "say-who-x-y",
      "über-uns",
      "a",
      "a-1",
      "a-2",
    ]);
    const { headings, sections, title } = renderMarkdown(
      "# One\n\nx `y` &amp; z\n\n## Two <1>\n\n- a\n- b\n",
      targets,
    );
    expect(title).toBe("One");
    expect(headings.map(({ id }) => id)).toEqual(["one", "two-1"]);
    expect(sections).toEqual([
      { id: null, title: "One", text: "x y & z" },
      { id: "two-1", title: "Two <1>", text: "a b" },
    ]);
  });

  test("names what a block is, and its options", () => {
    expect(infoOf('yaml fragment=spec.web skip="for a reason" until')).toEqual({
      language: "yaml",
      options: { fragment: "spec.web", skip: "for a reason", until: "" },
    });
    expect(infoOf(undefined)).toEqual({ language: "", options: {} });
  });

  test("of the index is the list of pages", () => {
    const index =
      "# X\n\n[no](a.md)\n\n## One\n\n- [A `a`](a.md): text\n- [out](https://x.example/b.md)\n\n## Two\n\n- [B](c/b.md)\n";
    expect(groupsOf(index)).toEqual([
      { title: "One", pages: [{ path: "a", title: "A a" }] },
      { title: "Two", pages: [{ path: "c/b", title: "B" }] },
    ]);
  });
});
