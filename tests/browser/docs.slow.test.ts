// The documentation in a real browser, every page of it: readable on a phone and at a desk, in both colours, by
// everybody, and without a script.
import { afterEach, describe, expect, test } from "vitest";
import { createDocs, docsAddress } from "../../src/http/docs/library.ts";
import { createStaticFiles } from "../../src/http/static/files.ts";
import { chromiumPath, overflow, phone, seriousFindings } from "../support/browser.ts";
import { browserVisits } from "../support/browser-visits.ts";
import { startPagesWorld } from "../support/pages-world.ts";
import type { PagesWorld } from "../support/pages-world.ts";

const addresses = createDocs(createStaticFiles())
  .pages()
  .map(({ path }) => docsAddress(path));

/** What depends on the text of a page; the rest is the same on all of them. */
const rulesOfTexts = [
  ...["link-name", "image-alt", "heading-order", "empty-heading", "empty-table-header"],
  ...["scrollable-region-focusable", "link-in-text-block", "duplicate-id-aria", "list", "listitem"],
];
const wholly = new Set([
  "/docs",
  "/docs/tutorial/first-stack",
  "/docs/how-to/secrets",
  "/docs?q=secrets",
]);

/** Asked of the page. */
const allPicturesLoaded =
  "[...document.querySelectorAll('.picture img')].filter((one) => one.offsetParent !== null)" +
  ".every((one) => one.complete && one.naturalWidth > 0)";
const navIsAtTop = "document.querySelector('#pages').getBoundingClientRect().top < 200";

describe.skipIf(chromiumPath === null)("the documentation", () => {
  let world: PagesWorld | null = null;
  afterEach(async () => {
    await world?.close();
    world = null;
  });
  const visits = browserVisits();
  const open = async (more: Parameters<typeof visits.come>[1] = {}) => {
    world = await startPagesWorld({ person: null });
    return visits.come(world.url, more);
  };

  test.each(["light", "dark"] as const)(
    "in %s has no serious finding on any page, fits a phone and a desk, and shows every picture",
    async (colorScheme) => {
      const page = await open({ colorScheme });
      const failed: string[] = [];
      page.on("response", (answer) => {
        if (answer.status() >= 400) failed.push(answer.url());
      });
      // What is not about colours is the same in both, and pages have the same colours.
      const all = [...addresses, "/docs?q=secrets", "/docs/nothing"];
      const [paths, rules] =
        colorScheme === "light"
          ? [all, undefined]
          : [["/docs", "/docs/how-to/secrets", "/docs/reference/environment"], ["color-contrast"]];
      for (const path of paths) {
        await page.setViewportSize({ width: 1200, height: 800 });
        await page.goto(path);
        const some = rules ?? (wholly.has(path) ? undefined : rulesOfTexts);
        expect(await seriousFindings(page, some), path).toEqual([]);
        expect(await overflow(page), `${path} is wider than 1200`).toBeLessThanOrEqual(0);
        await page.setViewportSize(phone);
        expect(await overflow(page), `${path} is wider than a phone`).toBeLessThanOrEqual(0);
        for (const picture of await page.locator(".picture img:visible").all()) {
          await picture.scrollIntoViewIfNeeded();
        }
        await expect.poll(() => page.evaluate(allPicturesLoaded), { message: path }).toBe(true);
      }
      expect(failed.filter((url) => !url.endsWith("/docs/nothing"))).toEqual([]);
    },
  );

  test("is walked from page to page by its links, and a phone reaches all pages", async () => {
    const page = await open({ javaScriptEnabled: false, viewport: phone });
    await page.goto("/docs");
    await page.getByRole("link", { name: "Your first stack" }).first().click();
    await page.getByRole("heading", { level: 1, name: "Your first stack" }).waitFor();
    await page
      .getByRole("navigation", { name: "Before and after" })
      .getByRole("link", { name: /^Next/ })
      .click();
    await page.getByRole("heading", { level: 1, name: "A portal for your team" }).waitFor();
    await page.getByRole("link", { name: "All pages" }).first().click();
    const nav = page.getByRole("navigation", { name: "Documentation" });
    await expect.poll(() => page.evaluate(navIsAtTop)).toBe(true);
    await nav.getByRole("link", { name: "Policies" }).click();
    expect(new URL(page.url()).pathname).toBe("/docs/how-to/policies");
    await page.getByRole("searchbox").fill("webhook signature");
    await page.keyboard.press("Enter");
    await page
      .getByRole("link", { name: /Check a webhook/ })
      .first()
      .click();
    expect(new URL(page.url()).hash).toBe("#check-a-webhooks-signature");
  });

  test("shows the picture of the theme that the reader chose", async () => {
    const page = await open({ colorScheme: "light" });
    const shown = () => page.locator(".picture img:visible").first().getAttribute("src");
    await page.goto("/docs");
    expect(await shown()).toMatch(/\/dashboard\.png$/);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await shown()).toMatch(/\/dashboard-dark\.png$/);
    await page.context().addCookies([{ name: "theme", value: "light", url: page.url() }]);
    await page.goto("/docs");
    expect(await shown()).toMatch(/\/dashboard\.png$/);
  });

  test("copies commands without what they print", async () => {
    const page = await open({ permissions: ["clipboard-read", "clipboard-write"] });
    await page.goto("/docs/how-to/adopt");
    const block = page.locator("figure.code", { hasText: "$ capstan export --out stacks" });
    await block.hover();
    await block.getByRole("button", { name: "Copy" }).click();
    await block.getByRole("button", { name: "Copied" }).waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(
      "capstan export --out stacks --check\ncapstan adopt --source stacks\n",
    );
    expect(await page.locator("figure.code[data-language=text] button").count()).toBe(0);
  });

  test("is linked at the foot of the portal and of the dashboard, and links to the API", async () => {
    world = await startPagesWorld();
    const page = await visits.come(world.url);
    for (const from of ["/", "/stacks"]) {
      await page.goto(from);
      await page.locator("footer").getByRole("link", { name: "Docs" }).click();
      await page.waitForURL("/docs");
      await page.locator("h1").waitFor();
    }
    expect(
      await page.locator("footer").getByRole("link", { name: "API" }).getAttribute("href"),
    ).toBe("/api/docs");
  });
});
