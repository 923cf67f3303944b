// Takes the README's pictures anew, of a real controller on the simulator: `npm run pictures`.
// Needs Chromium, and looks best with the font Inter installed.
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";
import { findChromium, openAlive } from "../support/browser.ts";
import { openPortalBench, zoe } from "../support/portal-bench.ts";
import { simpleStack } from "../support/scenario.ts";
import { until } from "../support/until.ts";

const executablePath = findChromium();
if (executablePath === null) throw new Error("no Chromium was found: set CHROMIUM_PATH");
const place = (name: string): string => fileURLToPath(new URL(`pictures/${name}`, import.meta.url));
const stacks = ["blog", "docs", "invoices", "search", "shop", "wiki"];
const bench = await openPortalBench({
  environment: { PORTAL_AUTH: "none", GIT_BRANCH: "main" },
  files: {
    ...Object.fromEntries(stacks.map((name) => [`stacks/${name}.yaml`, simpleStack(name)])),
    "stacks/reports.yaml": simpleStack("reports", { image: "ghcr.io/acme/reports:2.4" }),
  },
});
const browser: Browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  const { simulator } = bench;
  simulator.faults.image("ghcr.io/acme/reports", "missing");
  for (const name of stacks) await bench.ready(name);
  await until("it has failed", () =>
    bench
      .controller()
      .engine.stacks()
      .some(({ name, outcome }) => name === "reports" && outcome.kind === "degraded"),
  );
  const done = await bench.portal().deploy({ name: "zoe" }, zoe);
  await until(
    "it is ready",
    async () => (await bench.portal().state(done.id))?.status === "completed",
  );
  const context = await browser.newContext({
    baseURL: bench.controller().address,
    viewport: { width: 1200, height: 640 },
    deviceScaleFactor: 1.5,
    bypassCSP: true,
  });
  const page = await context.newPage();
  const shoot = async (name: string): Promise<void> => {
    await page.addStyleTag({
      content: "body :not(code, pre) { font-family: Inter, sans-serif !important }",
    });
    await page.screenshot({ path: place(name), animations: "disabled" });
  };
  simulator.faults.holdPulls("opencode");
  await openAlive(page, "/");
  await page.locator("#name").fill("ada");
  await page.locator("#name-said", { hasText: "ada is free" }).waitFor();
  await page.keyboard.press("Enter");
  await page.locator("h1", { hasText: "Starting ada" }).waitFor();
  await until("it is deployed", () =>
    [...simulator.state.deployments.values()].some(({ status }) => status === "running"),
  );
  await page.locator(".step, [data-state=active], li").first().waitFor();
  await page.setViewportSize({ width: 760, height: 576 });
  await shoot("portal.png");
  await page.setViewportSize({ width: 1200, height: 640 });
  await openAlive(page, "/stacks");
  await shoot("dashboard.png");
} finally {
  await browser.close();
  await bench.close();
}
