// The portal and the dashboard in a real browser, on a real controller between a repository and the
// simulator: from a name to a running stack, and what an operator sees of it.
import { afterEach, describe, expect, test } from "vitest";
import { chromiumPath, openAlive, overflow, phone, seriousFindings } from "../support/browser.ts";
import { browserVisits } from "../support/browser-visits.ts";
import { freePort } from "../support/free-port.ts";
import { openPortalBench } from "../support/portal-bench.ts";
import type { PortalBench, PortalBenchOptions } from "../support/portal-bench.ts";
import { simpleStack } from "../support/scenario.ts";
import { until } from "../support/until.ts";

describe.skipIf(chromiumPath === null)("in a browser", () => {
  let bench: PortalBench;
  // Registered first, so that it runs last: visits end before their server.
  afterEach(() => bench.close());
  const visits = browserVisits();

  async function begin(options: PortalBenchOptions = {}): Promise<void> {
    const environment = { PORTAL_AUTH: "none", ...options.environment };
    bench = await openPortalBench({ ...options, environment });
  }
  const come = (more: Parameters<typeof visits.come>[1] = {}) =>
    visits.come(bench.controller().address, more);

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
    // The image is there by now.
    bench.simulator.faults.image("missing", "healthy");
    await page.locator("#again").click();
    await page.locator("h1", { hasText: "ada is ready" }).waitFor();
  });

  test("keys alone lead from the name to the running stack, and to its removal", async () => {
    // With another one beside it: the removal of the last stack of all waits for an operator.
    await begin({ files: { "stacks/shop.yaml": simpleStack("shop") } });
    const page = await come();
    await openAlive(page, "/");
    const focused = (): Promise<unknown> =>
      page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()");
    const tabTo = async (wanted: string | RegExp): Promise<void> => {
      for (let steps = 0; steps < 30; steps += 1) {
        const at = String(await focused());
        if (typeof wanted === "string" ? at === wanted : wanted.test(at)) return;
        await page.keyboard.press("Tab");
      }
      throw new Error(`Tab never reached ${String(wanted)}, it is at ${String(await focused())}`);
    };
    await tabTo("name");
    await page.keyboard.type("ada");
    await page.locator("#name-said", { hasText: "ada is free" }).waitFor();
    await tabTo("create");
    await page.keyboard.press("Space");
    await page.locator("h1", { hasText: "ada is ready" }).waitFor();
    // The heading has the focus, so that a screen reader says it.
    expect(await focused()).toBe("card-title");
    await tabTo("open-stack");
    await tabTo(/^Create another/);
    await page.keyboard.press("Enter");
    await page.locator("h1", { hasText: /ready/ }).waitFor({ state: "detached" });
    await tabTo(/^Remove/);
    await page.keyboard.press("Enter");
    await tabTo("confirm-remove");
    await page.keyboard.press("Enter");
    await page.locator("dialog").waitFor({ state: "detached" });
    await until("it is gone", () => !bench.projects().includes("ai-stack-ada"));
  });

  test("a controller that is restarted in the middle loses nothing of what is watched", async () => {
    await begin({ environment: { PORT: String(await freePort()) } });
    const release = bench.simulator.faults.holdPulls("opencode");
    const page = await come();
    await openAlive(page, "/");
    await page.locator("#name").fill("ada");
    await page.locator("#name-said", { hasText: "ada is free" }).waitFor();
    await page.keyboard.press("Enter");
    await page.locator("h1", { hasText: "Starting ada" }).waitFor();
    await until("it is deployed", () => bench.simulator.state.deployments.size > 0);
    await bench.stop();
    await page
      .getByText(/connection|reconnect/i)
      .first()
      .waitFor();
    await bench.start();
    release();
    await page.locator("h1", { hasText: "ada is ready" }).waitFor();
    expect(bench.projects()).toEqual(["ai-stack-ada"]);
    expect(bench.simulator.state.deployments.size).toBe(1);
  });

  test("every page of a real controller is without serious findings, and fits a phone", async () => {
    await begin({ files: { "stacks/shop.yaml": simpleStack("shop") } });
    await bench.ready("shop");
    const sha = (await bench.git("rev-parse", "main")).trim();
    const page = await come({ viewport: phone });
    // Other states and the dark theme: pages.test.ts.
    for (const path of ["/", "/stacks", "/stacks/shop", `/commits/${sha}`, "/events"]) {
      await openAlive(page, path);
      expect(await seriousFindings(page), path).toEqual([]);
      expect(await overflow(page), `${path} is wider than a phone`).toBeLessThanOrEqual(0);
    }
    await page.goto("/api/docs");
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    // They are all of one kind, and many.
    await page.evaluate(
      "document.querySelectorAll('.docs > section:nth-of-type(n + 4)').forEach((one) => one.remove())",
    );
    expect(await seriousFindings(page)).toEqual([]);
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
