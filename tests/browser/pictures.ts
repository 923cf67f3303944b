// Takes the documentation's pictures anew, of real controllers on the simulator: `npm run pictures`.
// Needs Chromium, and looks best with the font Inter installed.
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { findChromium, openAlive } from "../support/browser.ts";
import { openForgeBench } from "../support/forge-bench.ts";
import { openPortalBench, zoe } from "../support/portal-bench.ts";
import type { PortalBench } from "../support/portal-bench.ts";
import { simpleStack } from "../support/scenario.ts";
import { until } from "../support/until.ts";
import { pullRequestPage } from "./pictures/pull-request.ts";

const executablePath = findChromium();
if (executablePath === null) throw new Error("no Chromium was found: set CHROMIUM_PATH");
const place = (name: string): string =>
  fileURLToPath(new URL(`../../src/http/public/docs/pictures/${name}.png`, import.meta.url));
const font = "body :not(code, pre) { font-family: Inter, sans-serif !important }";
/** Pages are read on slow lines too. */
const mostBytes = 150_000;

async function newPage(browser: Browser, baseURL: string): Promise<Page> {
  const context = await browser.newContext({
    baseURL,
    viewport: { width: 1200, height: 640 },
    deviceScaleFactor: 1.25,
    bypassCSP: true,
  });
  return context.newPage();
}

/** In both colours: `portal.png` and `portal-dark.png`. */
async function shoot(
  page: Page,
  name: string,
  size: { width: number; height: number },
): Promise<void> {
  await page.setViewportSize(size);
  await page.addStyleTag({ content: font });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const picture = await page.screenshot({ animations: "disabled" });
    const file = colorScheme === "light" ? name : `${name}-dark`;
    if (picture.length > mostBytes) throw new Error(`${file} has ${picture.length} bytes`);
    await writeFile(place(file), picture);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

const stacks = ["blog", "docs", "invoices", "search", "shop", "wiki"];

async function settle(bench: PortalBench): Promise<void> {
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
}

async function takePages(browser: Browser): Promise<void> {
  const bench = await openPortalBench({
    environment: { PORTAL_AUTH: "none", GIT_BRANCH: "main" },
    files: {
      ...Object.fromEntries(stacks.map((name) => [`stacks/${name}.yaml`, simpleStack(name)])),
      "stacks/reports.yaml": simpleStack("reports", { image: "ghcr.io/acme/reports:2.4" }),
    },
  });
  try {
    await settle(bench);
    const { simulator } = bench;
    const page = await newPage(browser, bench.controller().address);
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
    await shoot(page, "portal", { width: 760, height: 576 });
    await page.setViewportSize({ width: 1200, height: 640 });
    await openAlive(page, "/stacks");
    await shoot(page, "dashboard", { width: 1200, height: 684 });
    await openAlive(page, "/stacks/reports");
    await shoot(page, "stack", { width: 1200, height: 640 });
  } finally {
    await bench.close();
  }
}

function manifest(name: string, image: string, more = ""): string {
  return `apiVersion: capstan/v1
kind: Stack
metadata: { name: ${name} }
spec:
  applications:
    web:
      image: ${image}
      rollout: { stableFor: 50ms }
${more}`;
}

/** The comment that a pull request got, on a page such as a Git host has. */
async function takePullRequest(browser: Browser): Promise<void> {
  const bench = await openForgeBench({
    files: {
      "stacks/shop.yaml": manifest("shop", "ghcr.io/acme/shop:1.4.2"),
      "stacks/old.yaml": manifest("old", "ghcr.io/acme/old:1"),
      ...Object.fromEntries(
        ["blog", "docs", "wiki"].map((name) => [
          `stacks/${name}.yaml`,
          manifest(name, "nginx:1.28"),
        ]),
      ),
    },
  });
  try {
    for (const name of ["shop", "old", "wiki"]) await bench.ready(name);
    const title = "Release 1.5.0";
    const head = await bench.commitTo("release", {
      "stacks/shop.yaml": manifest("shop", "ghcr.io/acme/shop:1.5.0", "      env: { NEW: on }\n"),
      "stacks/status.yaml": manifest(
        "status",
        "ghcr.io/acme/status:3",
        "      ports: [{ published: 2222, target: 22 }]\n",
      ),
      "stacks/old.yaml": null,
    });
    const pull = await bench.gitea.addPull({ title, head: "release" });
    await bench.deliverPull(pull, "opened");
    const own = () => bench.gitea.comments.find(({ author }) => author === bench.gitea.login);
    await until("the comment is there", () => own() !== undefined);
    await until("the check is done", () => bench.said(head, "capstan/plan").startsWith("success"));
    const page = await newPage(browser, "http://localhost");
    const said = bench.said(head, "capstan/plan").replace("success: ", "");
    await page.setContent(
      pullRequestPage({ title, number: pull.number, check: said, comment: own()?.body ?? "" }),
    );
    const height = await page.evaluate("document.body.scrollHeight");
    await shoot(page, "pull-request", { width: 900, height: Number(height) });
  } finally {
    await bench.close();
  }
}

const browser: Browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  await takePages(browser);
  await takePullRequest(browser);
} finally {
  await browser.close();
}
