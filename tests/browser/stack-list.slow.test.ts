// The list of stacks in a real browser on the stand-in world: keyboard, filters, life.
import { describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { chromiumPath } from "../support/browser.ts";
import { pagesBench } from "../support/pages-visit.ts";

describe.skipIf(chromiumPath === null)("the list of stacks", () => {
  const { world, come } = pagesBench();

  const names = (page: Page): Promise<string[]> => page.locator(".row-name").allTextContents();

  test("is walked and searched by the keyboard, and opens what is chosen", async () => {
    const page = await come("/stacks");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await page.locator("#row-0:focus").waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("grafana");
    await page.locator(".stack-row").nth(1).waitFor({ state: "detached" });
    expect(await names(page)).toEqual(["grafana"]);
    expect(new URL(page.url()).search).toBe("?q=grafana");
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/stacks/*");
    await page.locator("html[data-alive]").waitFor({ state: "attached" });
    await page.keyboard.press("g");
    await page.keyboard.press("e");
    await page.waitForURL("**/events");
  });

  test("holds its filter in the address, one step a choice", async () => {
    const page = await come("/stacks");
    await page.getByRole("button", { name: "2 failing" }).click();
    expect(await names(page)).toEqual(["shop", "blog"]);
    await page.getByLabel("Label").selectOption("team=web");
    await page.getByLabel("Order").selectOption("name");
    expect(new URL(page.url()).search).toBe("?state=failing&label=team%3Dweb&sort=name");
    expect(await names(page)).toEqual(["blog", "shop"]);
    await page.goBack();
    expect(await names(page)).toEqual(["shop", "blog"]);
    await page.reload();
    expect(await names(page)).toEqual(["shop", "blog"]);
  });

  test("shows the stacks of one of several Dokploys, and how each is", async () => {
    const listed = { lastList: new Date().toISOString(), waitsFor: null, error: null, ready: true };
    const page = await come("/stacks", {
      dokploys: [
        { ...listed, name: "", title: "https://home.example.com", stacks: 12 },
        {
          ...listed,
          name: "production",
          title: "https://production.example.com",
          stacks: 1,
          error: "https://production.example.com answers 502",
        },
      ],
    });
    world().setStack("shop@production", { state: "ready", stateText: "Ready" });
    await page.getByRole("button", { name: "production 1 cannot be read" }).click();
    await page.locator(".stack-row").nth(1).waitFor({ state: "detached" });
    expect(await names(page)).toEqual(["shop@production"]);
    expect(new URL(page.url()).search).toBe("?dokploy=production");
    await page.getByRole("button", { name: "default 12" }).click();
    await page.locator(".row-name", { hasText: "@" }).waitFor({ state: "detached" });
    expect((await names(page)).length).toBeGreaterThan(5);
  });

  test("changes in place while somebody points at it, and sorts itself afterwards", async () => {
    const page = await come("/stacks");
    const before = await names(page);
    await page.locator(".stack-row").nth(3).hover();
    world().setStack("docs", {
      state: "failing",
      stateText: "Failing",
      message: "web: health check failed",
      since: new Date().toISOString(),
    });
    await page.locator(".stack-row.failing", { hasText: "docs" }).waitFor();
    expect(await names(page)).toEqual(before);
    await page.mouse.move(5, 5);
    await page.locator(".stack-row").first().getByText("docs").waitFor();
    world().dropStack("docs");
    await page.locator(".stack-row", { hasText: "docs" }).first().waitFor({ state: "detached" });
  });

  test("says that it is old while the connection is lost, and catches up when it is back", async () => {
    const page = await come("/stacks");
    await world().goOffline();
    const bar = page.locator(".connection-bar p");
    await bar.waitFor();
    expect(await bar.innerText()).toMatch(
      /^Connection lost, trying again (?:in \d+ s|now)\. What you see is from \d/,
    );
    world().dropStack("grafana");
    await world().comeBack();
    await page.locator(".connection-bar").waitFor({ state: "detached" });
    await page.locator(".stack-row", { hasText: "grafana" }).waitFor({ state: "detached" });
  });

  test("says when the session has ended, and the way back in", async () => {
    const page = await come("/stacks?state=failing");
    world().signOut();
    await world().goOffline();
    await world().comeBack();
    const link = page.getByRole("link", { name: "Sign in" });
    expect(await link.getAttribute("href")).toBe("/sign-in?to=%2Fstacks%3Fstate%3Dfailing");
  });

  test("of a thousand stacks makes the rows that are seen first at once, and the rest afterwards", async () => {
    const page = await come("/stacks", { stacks: 1_000 });
    expect(await page.locator(".stack-row").count()).toBe(1_000);
    await page.locator("#search").fill("stack-0042");
    await page.locator(".stack-row").nth(1).waitFor({ state: "detached" });
    expect(await names(page)).toEqual(["stack-0042"]);
    // The worst that a key press can bring: all of them come back.
    const atOnce = await page.evaluate(`(async () => {
      const field = document.getElementById("search");
      const rows = () => document.querySelectorAll(".stack-row").length;
      const changed = new Promise((done) => {
        new MutationObserver((_, observer) => {
          if (rows() < 2) return;
          observer.disconnect();
          done(rows());
        }).observe(document.body, { childList: true, subtree: true });
      });
      field.value = "";
      field.dispatchEvent(new Event("input", { bubbles: true }));
      return changed;
    })()`);
    expect(atOnce).toBeGreaterThan(10);
    expect(atOnce).toBeLessThan(300);
    await page.locator(".stack-row").nth(999).waitFor({ state: "attached" });
  });

  test("approves a removal after showing every resource that goes", async () => {
    const page = await come("/stacks");
    await page.getByRole("button", { name: "Review" }).click();
    const dialog = page.getByRole("dialog", { name: "Remove 2 stacks" });
    for (const name of ["reports-db", "reports-data", "worker"]) {
      await dialog.getByText(name, { exact: true }).waitFor();
    }
    await dialog.getByRole("button", { name: "Remove 2 stacks" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByText("Approved. Removing 2 stacks.").waitFor();
    expect(world().asked).toMatchObject([
      { path: "/api/v1/approve-prune", body: { digest: "9f2c4e7ab013" } },
    ]);
  });
});
