// A real browser for tests: Chromium where one is found. A test file takes one browser for all its tests and
// a new context for each of them.
import { existsSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";

const usualPlaces = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Null where none is found; with CI=true that is a failure. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | null {
  const { CHROMIUM_PATH: named, CI: ci } = env;
  const found = [named ?? "", ...usualPlaces].find((path) => path !== "" && existsSync(path));
  if (found !== undefined) return found;
  if (ci === "true") throw new Error("no Chromium is installed here: set CHROMIUM_PATH");
  return null;
}

export const chromiumPath = findChromium();
if (chromiumPath === null) {
  process.stdout.write("browser tests are skipped: no Chromium found (set CHROMIUM_PATH)\n");
}

export function launchChromium(): Promise<Browser> {
  if (chromiumPath === null) throw new Error("there is no Chromium to launch");
  return chromium.launch({
    executablePath: chromiumPath,
    // Containers have no user namespaces and little shared memory.
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
  });
}

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors on the console and uncaught ones, but for requests that failed: tests that want those break them. */
  readonly errors: string[];
  /** Addresses on other hosts that the page asked for. */
  readonly foreign: string[];
  close(): Promise<void>;
}

export const phone = { width: 390, height: 844 } as const;
export const desktop = { width: 1280, height: 800 } as const;

/** A page of its own, with no cookies, that writes down what a page must never do. */
export async function visit(
  browser: Browser,
  base: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: desktop, baseURL: base, ...options });
  // A bound against hanging, not a measure: a busy machine is several times slower.
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  const errors: string[] = [];
  const foreign: string[] = [];
  const { host } = new URL(base);
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    if (/Failed to load resource|ERR_/.test(message.text())) return;
    errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.host !== host && url.protocol.startsWith("http")) foreign.push(request.url());
  });
  return { page, context, errors, foreign, close: () => context.close() };
}

/** Opens an address and waits until its scripts have taken over. */
export async function openAlive(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.locator("html[data-alive]").waitFor({ state: "attached" });
}

export interface Finding {
  readonly rule: string;
  readonly where: readonly string[];
}

/** What axe finds that is serious or worse; by all rules, or by those that are named. */
export async function seriousFindings(page: Page, rules?: string[]): Promise<readonly Finding[]> {
  // What passes is not asked for: to describe it takes most of the time.
  const builder = new AxeBuilder({ page }).options({ resultTypes: ["violations"] });
  const { violations } = await (rules === undefined ? builder : builder.withRules(rules)).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => ({
      rule: id,
      where: nodes.slice(0, 5).map(({ html, failureSummary }) => `${html} ${failureSummary ?? ""}`),
    }));
}

/** By how many pixels the page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
}
