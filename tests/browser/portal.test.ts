// The portal and the dashboard in a real browser, on a real controller between a repository and the
// simulator: from a name to a running stack, and what an operator sees of it.
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  chromiumPath,
  launchChromium,
  openAlive,
  overflow,
  phone,
  seriousFindings,
  visit,
} from "../support/browser.ts";
import type { Visit } from "../support/browser.ts";
import { openPortalBench } from "../support/portal-bench.ts";
import type { PortalBench, PortalBenchOptions } from "../support/portal-bench.ts";
import { simpleStack } from "../support/scenario.ts";

describe.skipIf(chromiumPath === null)("in a browser", () => {
  let browser: Browser;
  let bench: PortalBench;
  const visits: Visit[] = [];
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    for (const one of visits.splice(0)) {
      await one.close();
      expect(one.errors, "errors on the console").toEqual([]);
      expect(one.foreign, "requests to other hosts").toEqual([]);
    }
    await bench.close();
  });

  async function begin(options: PortalBenchOptions = {}): Promise<void> {
    const environment = { PORTAL_AUTH: "none", ...options.environment };
    bench = await openPortalBench({ ...options, environment });
  }
  async function come(more: Parameters<typeof visit>[2] = {}) {
    const one = await visit(browser, bench.controller().address, more);
    visits.push(one);
    return one.page;
  }

  test("a name is refused, corrected and deployed, also over a reload, to the page that opens it", async () => {
    await begin();
    const release = bench.simulator.faults.holdPulls("opencode");
    const page = await come();
    await openAlive(page, "/");
    await page.locator("#name").fill("ad");
    await page.locator("#name-said", { hasText: "3 to 20" }).waitFor();
    await page.locator("#name").fill("ada");
    await page.locator("#name-said", { hasText: "ada is free" }).waitFor();
    await page.keyboard.press("Enter");
    await page.locator("h1", { hasText: "Starting ada" }).waitFor();
    await page.reload();
    await page.locator("h1", { hasText: "Starting ada" }).waitFor();
    release();
    await page.locator("h1", { hasText: "ada is ready" }).waitFor();
    const link = await page.locator("#open-stack").getAttribute("href");
    expect(link).toBe("https://ada.ai.example.com");
    expect(bench.projects()).toEqual(["ai-stack-ada"]);
    // The name is not free any more. (On loopback all browsers are the same local operator.)
    const other = await come();
    await openAlive(other, "/");
    await other.locator("#name").fill("ada");
    await other.locator("#name-said", { hasText: /taken|yours/ }).waitFor();
  });

  test("an image that does not exist ends in words, with the log and a way to try again", async () => {
    await begin({ environment: { STACK_IMAGE: "ghcr.io/acme/missing:1" } });
    bench.simulator.faults.image("missing", "missing");
    const page = await come();
    await openAlive(page, "/");
    await page.locator("#name").fill("ada");
    await page.locator("#name-said", { hasText: "ada is free" }).waitFor();
    await page.locator("#create").click();
    await page.locator("h1", { hasText: "ada did not start" }).waitFor();
    await page.locator("#again").waitFor();
  });

  test("every page is without serious findings in light and dark, and fits a phone", async () => {
    await begin({ files: { "stacks/shop.yaml": simpleStack("shop") } });
    await bench.ready("shop");
    const sha = (await bench.git("rev-parse", "main")).trim();
    const pages = [
      "/",
      "/stacks",
      "/stacks/shop",
      "/commits",
      `/commits/${sha}`,
      "/events",
      "/problems",
    ];
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await come({ colorScheme, viewport: phone });
      for (const path of pages) {
        await openAlive(page, path);
        expect(await seriousFindings(page), `${path} in ${colorScheme}`).toEqual([]);
        expect(await overflow(page), `${path} is wider than a phone`).toBeLessThanOrEqual(0);
      }
    }
  });

  test("the dashboard follows what happens, is filtered from the address, and reads without scripts", async () => {
    await begin({
      files: { "stacks/shop.yaml": simpleStack("shop"), "stacks/blog.yaml": simpleStack("blog") },
    });
    await bench.ready("shop");
    await bench.ready("blog");
    const page = await come();
    await openAlive(page, "/stacks");
    await page.getByRole("link", { name: "blog", exact: true }).waitFor();
    await bench.push({ "stacks/third.yaml": simpleStack("third") });
    await page.getByRole("link", { name: "third", exact: true }).waitFor();
    await openAlive(page, "/stacks?q=sho");
    await page.getByRole("link", { name: "shop", exact: true }).waitFor();
    expect(await page.getByRole("link", { name: "blog", exact: true }).count()).toBe(0);
    const plain = await come({ javaScriptEnabled: false });
    await plain.goto("/stacks");
    expect(await plain.getByRole("link", { name: "blog", exact: true }).count()).toBe(1);
  });
});
