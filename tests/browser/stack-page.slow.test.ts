// One stack's page in a real browser on the stand-in world: tabs, tree, log, buttons.
import { describe, expect, test } from "vitest";
import { chromiumPath } from "../support/browser.ts";
import { pagesBench } from "../support/pages-visit.ts";

describe.skipIf(chromiumPath === null)("a stack", () => {
  const { world, begin, come } = pagesBench();

  test("has an address for every tab and every part", async () => {
    const page = await come("/stacks/shop");
    await page.getByRole("tab", { name: "Change" }).click();
    await page.getByText("ghcr.io/example/shop:1.4.2").waitFor();
    // P10: what newly reaches the host stands first.
    const first = page.locator(".plan > *").first();
    expect(await first.textContent()).toContain("web reaches port 2222/tcp of the host");
    await page.getByRole("treeitem", { name: "worker" }).click();
    await page.getByText("remove mount cache of worker").waitFor();
    expect(await page.locator(".action").count()).toBe(1);
    expect(new URL(page.url()).search).toBe("?tab=change&node=app/worker");
    await page.reload();
    expect(await page.locator(".action").count()).toBe(1);
    await page.goBack();
    expect(new URL(page.url()).search).toBe("");
    await page.getByRole("tab", { name: "Now", selected: true }).waitFor();
  });

  test("goes back to older events when asked, also while new ones come, until there are none", async () => {
    const stage = await begin();
    const said = (n: number): void =>
      stage.addEvent({
        id: `n-${n}`,
        kind: "note",
        stack: n % 2 === 0 ? "shop" : "docs",
        message: `said ${n}`,
      });
    for (let n = 1; n <= 900; n += 1) said(n);
    const page = await come("/stacks/shop?tab=events");
    const row = (text: string) =>
      page.locator(".event-message", { hasText: new RegExp(`^${text}$`) });
    await row("said 900").waitFor();
    expect(await row("said 500").count()).toBe(0);
    const older = page.getByRole("button", { name: "Older events" });
    await older.click();
    await row("said 202").waitFor();
    said(902);
    await row("said 902").waitFor();
    await older.click();
    await older.waitFor({ state: "detached" });
    const all = await page.locator(".event-message").allTextContents();
    const told = all.filter((text) => text.startsWith("said "));
    expect(told).toEqual(Array.from({ length: 451 }, (_, index) => `said ${902 - 2 * index}`));

    const events = await come("/events?stack=docs");
    const line = (text: string) => events.getByText(text, { exact: true });
    await line("said 899").waitFor();
    expect(await line("said 301").count()).toBe(0);
    await events.getByRole("button", { name: "Older events" }).click();
    await line("said 301").waitFor();
    expect(await events.getByText("said 302", { exact: true }).count()).toBe(0);
  });

  test("is walked by arrow keys, in its tree and in its tabs", async () => {
    const page = await come("/stacks/shop");
    await page.getByRole("treeitem", { selected: true }).focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.locator("[role=treeitem]:focus", { hasText: "web" }).waitFor();
    await page.keyboard.press("ArrowLeft");
    await page.locator("[role=treeitem]:focus", { hasText: "production" }).waitFor();
    await page.getByRole("tab", { selected: true }).focus();
    await page.keyboard.press("ArrowLeft");
    await page.locator("[role=tab]:focus", { hasText: "Manifest" }).waitFor();
    await page.getByText("# The shop, as the web team runs it.").waitFor();
  });

  test("follows its log, searches it, and stops following when somebody reads further up", async () => {
    const { log } = await begin();
    for (let line = 0; line < 120; line += 1) log(`line ${line}`);
    log("ERROR out of memory", "app/worker");
    const page = await come("/stacks/shop?tab=logs");

    await page.locator(".log-line.bad", { hasText: "out of memory" }).waitFor();
    world().log("the newest line");
    await page.getByText("the newest line").waitFor();
    const isAtEnd =
      "(() => { const b = document.querySelector('.log-box'); return b.scrollHeight - b.scrollTop - b.clientHeight < 30 })()";
    await page.waitForFunction(isAtEnd);
    await page.evaluate("document.querySelector('.log-box').scrollTop = 0");
    await page.getByText("paused: scroll down to follow").waitFor();
    world().log("one more line");
    await page.getByText("one more line").waitFor({ state: "attached" });
    expect(await page.evaluate("document.querySelector('.log-box').scrollTop")).toBe(0);
    await page.getByLabel("Search the log").fill("MEMORY");
    await page.locator(".log-line mark", { hasText: "memory" }).waitFor();
    expect(await page.locator(".log-line").count()).toBe(1);
    await page.getByLabel("Service").selectOption({ label: "worker" });
    expect(new URL(page.url()).search).toBe("?tab=logs&node=app/worker");
  });

  test("is told what to do by buttons that say it, and answers what became of it", async () => {
    const page = await come("/stacks/shop");
    await page.getByRole("button", { name: "Reconcile" }).click();
    await page.getByText("shop: reconcile is under way.").waitFor();
    await page.getByTitle("More").click();
    await page.getByRole("button", { name: "Redeploy…" }).click();
    const dialog = page.getByRole("dialog", { name: "Redeploy shop" });
    await dialog.getByText("ghcr.io/example/shop-worker:1.5.0").waitFor();
    await dialog.getByRole("button", { name: "Redeploy 2 services" }).click();
    await page.getByText("shop: redeploy is under way.").waitFor();
    await page.getByRole("tab", { name: "History" }).click();
    await page.getByRole("button", { name: "Return to this (77aa001)" }).click();
    await page.getByRole("dialog").getByText("ghcr.io/example/shop:1.4.2").waitFor();
    await page.locator("#confirm-return").click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(world().asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /api/v1/stacks/shop/reconcile",
      "POST /api/v1/stacks/shop/redeploy",
      "POST /api/v1/stacks/shop/revert",
    ]);
  });

  test("that goes away stays on the page, and says so", async () => {
    const page = await come("/stacks/alice");
    world().dropStack("alice");
    await page.getByText("alice has been removed").waitFor();
  });

  test("reads without scripts, tab by tab", async () => {
    const page = await come("/stacks/shop", {}, { javaScriptEnabled: false });
    await page.getByRole("tab", { name: "Rollout" }).click();
    await page.getByText("migrations are behind").waitFor();
  });
});
