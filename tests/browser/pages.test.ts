// The pages in a real browser on the stand-in world: what needs a state that a real controller is slow or
// hard to bring about. The whole way through a real one is in portal.test.ts.
import type { Browser, Page } from "playwright-core";
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
import { startPagesWorld } from "../support/pages-world.ts";
import type { PagesWorld, PagesWorldOptions } from "../support/pages-world.ts";

describe.skipIf(chromiumPath === null)("pages", () => {
  let browser: Browser;
  let world: PagesWorld;
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
    await world.close();
  });

  async function come(
    path: string,
    options: PagesWorldOptions = {},
    more: Parameters<typeof visit>[2] = {},
  ): Promise<Page> {
    world = await startPagesWorld(options);
    const one = await visit(browser, world.url, more);
    visits.push(one);
    if (more.javaScriptEnabled === false) await one.page.goto(path);
    else await openAlive(one.page, path);
    return one.page;
  }
  const newest = (): string => world.deployments.ids().at(-1) ?? "";

  describe("the portal", () => {
    test("works by the keyboard alone, and the focus goes where the reader has to go on", async () => {
      const page = await come("/");
      await page.keyboard.press("Tab");
      while ((await page.evaluate("document.activeElement.id")) !== "name") {
        await page.keyboard.press("Tab");
      }
      await page.keyboard.type("Zoe");
      await page.locator("#name-said.ok", { hasText: "zoe is free" }).waitFor();
      await page.keyboard.press("Enter");
      await page.locator("h1:focus", { hasText: "Starting zoe" }).waitFor();
      for (let step = 0; step < 6; step += 1) world.deployments.advance(newest());
      await page.locator("h1:focus", { hasText: "zoe is ready" }).waitFor();
      await page.keyboard.press("Tab");
      expect(await page.evaluate("document.activeElement.id")).toBe("open-stack");
    });

    test("sends what was set of the template's parameters, as the types that it has", async () => {
      const page = await come("/");
      await page.locator("#name").fill("zoe");
      await page.getByText("More settings").click();
      await page.getByLabel("Model").selectOption("large");
      await page.getByLabel("Memory GB").fill("8");
      await page.getByLabel("Web terminal").uncheck();
      await page.locator("#create").click();
      await page.locator("h1", { hasText: "Starting zoe" }).waitFor();
      expect(world.asked).toEqual([
        {
          method: "POST",
          path: "/api/deploy",
          body: {
            name: "zoe",
            template: "ai-stack",
            parameters: { model: "large", memoryGb: 8, webTerminal: false },
          },
        },
      ]);
    });

    test("shows the pull request that somebody has to merge first", async () => {
      const page = await come("/", { mode: "pull-request" });
      await page.locator("#name").fill("zoe");
      await page.locator("#create").click();
      await page.locator(".steps").waitFor();
      world.deployments.advance(newest());
      const step = page.locator("li.active", { hasText: "Waits for a review" });
      const link = await step.getByRole("link").getAttribute("href");
      expect(link).toBe("https://git.example.com/platform/stacks/pulls/7");
    });

    test("goes on after a lost connection, and forgets a deployment that nobody knows any more", async () => {
      const page = await come("/");
      await page.locator("#name").fill("zoe");
      await page.locator("#create").click();
      await page.locator(".steps").waitFor();
      await world.goOffline();
      await page.getByText("Connection lost, trying again").waitFor();
      world.deployments.advance(newest());
      await world.comeBack();
      await page.locator("li.active", { hasText: "Seen by Capstan" }).waitFor();
      await page.getByText("Connection lost").waitFor({ state: "detached" });
      world.deployments.forget(newest());
      await page.reload();
      await page.locator("h1", { hasText: "Nothing is known" }).waitFor();
      await page.getByRole("button", { name: "Create a stack" }).click();
      await page.locator("#name:focus").waitFor();
      expect(new URL(page.url()).search).toBe("");
    });

    test("fails in one sentence, with the last lines folded, and tries the same name again", async () => {
      const page = await come("/");
      await page.locator("#name").fill("zoe");
      await page.locator("#create").click();
      await page.locator(".steps").waitFor();
      world.deployments.fail(newest(), "The image was not found.", ["pulling", "manifest unknown"]);
      await page.getByRole("alert").getByText("The image was not found.").waitFor();
      expect(await page.getByText("manifest unknown").isVisible()).toBe(false);
      await page.getByText("Last 2 lines of the log").click();
      await page.getByText("manifest unknown").waitFor();
      world.deployments.forget(newest());
      await page.locator("#again").click();
      expect(await page.locator("#name").inputValue()).toBe("zoe");
      await page.locator("#name-said.ok").waitFor();
    });

    test("removes one's own stack after showing what goes", async () => {
      const own = {
        name: "shop",
        url: "https://shop.ai.example.com",
        state: "ready",
        stateText: "Ready",
        deploymentId: null,
        removable: true,
      };
      const page = await come("/", { own: [own] });
      await page.getByRole("button", { name: "Remove shop" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("reports-data").or(dialog.getByText("worker")).first().waitFor();
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      expect(world.asked).toEqual([]);
      await page.getByRole("button", { name: "Remove shop" }).click();
      await page.locator("#confirm-remove").click();
      await dialog.waitFor({ state: "detached" });
      expect(world.asked).toMatchObject([{ method: "DELETE", path: "/api/v1/stacks/shop" }]);
    });

    test("without scripts says what it needs", async () => {
      const page = await come("/", {}, { javaScriptEnabled: false });
      expect(await page.locator(".no-script").innerText()).toContain("needs JavaScript");
    });
  });

  describe("the list", () => {
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

    test("changes in place while somebody points at it, and sorts itself afterwards", async () => {
      const page = await come("/stacks");
      const before = await names(page);
      await page.locator(".stack-row").nth(3).hover();
      world.setStack("docs", {
        state: "failing",
        stateText: "Failing",
        message: "web: health check failed",
        since: new Date().toISOString(),
      });
      await page.locator(".stack-row.failing", { hasText: "docs" }).waitFor();
      expect(await names(page)).toEqual(before);
      await page.mouse.move(5, 5);
      await page.locator(".stack-row").first().getByText("docs").waitFor();
      world.dropStack("docs");
      await page.locator(".stack-row", { hasText: "docs" }).first().waitFor({ state: "detached" });
    });

    test("says that it is old while the connection is lost, and catches up when it is back", async () => {
      const page = await come("/stacks");
      await world.goOffline();
      await page.getByText(/Connection lost, trying again .*What you see is from \d/s).waitFor();
      world.dropStack("grafana");
      await world.comeBack();
      await page.locator(".connection-bar").waitFor({ state: "detached" });
      await page.locator(".stack-row", { hasText: "grafana" }).waitFor({ state: "detached" });
    });

    test("says when the session has ended, and the way back in", async () => {
      const page = await come("/stacks?state=failing");
      world.signOut();
      await world.goOffline();
      await world.comeBack();
      const link = page.getByRole("link", { name: "Sign in" });
      expect(await link.getAttribute("href")).toBe("/sign-in?to=%2Fstacks%3Fstate%3Dfailing");
    });

    test("of a thousand stacks filters within the time of a key press", async () => {
      const page = await come("/stacks", { stacks: 1_000 });
      expect(await page.locator(".stack-row").count()).toBe(1_000);
      await page.locator("#search").fill("stack-0042");
      await page.locator(".stack-row").nth(1).waitFor({ state: "detached" });
      expect(await names(page)).toEqual(["stack-0042"]);
      const ms = await page.evaluate(`(async () => {
        const field = document.getElementById("search");
        const from = performance.now();
        field.value = "";
        field.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        return performance.now() - from;
      })()`);
      // The worst that a key press can bring: the rows that are seen first are made at once, the rest follow.
      expect(ms).toBeLessThan(1_000);
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
      expect(world.asked).toMatchObject([
        { path: "/api/v1/approve-prune", body: { digest: "9f2c4e7ab013" } },
      ]);
    });
  });

  describe("a stack", () => {
    test("has an address for every tab and every part", async () => {
      const page = await come("/stacks/shop");
      await page.getByRole("tab", { name: "Change" }).click();
      await page.getByText("ghcr.io/example/shop:1.4.2").waitFor();
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
      world = await startPagesWorld();
      for (let line = 0; line < 120; line += 1) world.log(`line ${line}`);
      world.log("ERROR out of memory", "app/worker");
      const one = await visit(browser, world.url);
      visits.push(one);
      const { page } = one;
      await openAlive(page, "/stacks/shop?tab=logs");
      await page.locator(".log-line.bad", { hasText: "out of memory" }).waitFor();
      world.log("the newest line");
      await page.getByText("the newest line").waitFor();
      const isAtEnd =
        "(() => { const b = document.querySelector('.log-box'); return b.scrollHeight - b.scrollTop - b.clientHeight < 30 })()";
      await page.waitForFunction(isAtEnd);
      await page.evaluate("document.querySelector('.log-box').scrollTop = 0");
      await page.getByText("paused: scroll down to follow").waitFor();
      world.log("one more line");
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
      expect(world.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
        "POST /api/v1/stacks/shop/reconcile",
        "POST /api/v1/stacks/shop/redeploy",
        "POST /api/v1/stacks/shop/revert",
      ]);
    });

    test("that goes away stays on the page, and says so", async () => {
      const page = await come("/stacks/alice");
      world.dropStack("alice");
      await page.getByText("alice is gone").waitFor();
    });

    test("reads without scripts, tab by tab", async () => {
      const page = await come("/stacks/shop", {}, { javaScriptEnabled: false });
      await page.getByRole("tab", { name: "Rollout" }).click();
      await page.getByText("migrations are behind").waitFor();
    });
  });

  test("events come in as they happen, and are chosen by kind and person", async () => {
    const page = await come("/events");
    world.addEvent({ id: "e-99", kind: "note", stack: "shop", message: "something new" });
    await page.locator(".event").first().getByText("something new").waitFor();
    await page.getByLabel("Person").selectOption("Ines");
    expect(await page.locator(".event").count()).toBe(1);
    expect(new URL(page.url()).search).toBe("?by=Ines");
  });

  test("a commit is read by the key of its check, without anything else", async () => {
    const sha = "3f9c2ab0123456789abcdef0123456789abcdef0";
    const page = await come(`/commits/${sha}?key=key`, { person: null });
    await page.getByText("web: crash loop, exit code 3").first().waitFor();
    expect(await page.getByRole("navigation").count()).toBe(0);
    const answer = await page.goto(`/commits/${sha}?key=wrong`);
    expect(new URL(answer?.url() ?? "").pathname).toBe("/sign-in");
  });

  test("the theme that was chosen comes with the next page", async () => {
    const page = await come("/stacks", {}, { colorScheme: "light" });
    const ground = (): Promise<unknown> =>
      page.evaluate("getComputedStyle(document.body).backgroundColor");
    const light = await ground();
    await page.getByRole("button", { name: /Theme: system/ }).click();
    await page.getByRole("button", { name: /Theme: light/ }).click();
    await page.getByRole("button", { name: /Theme: dark/ }).waitFor();
    const dark = await ground();
    expect(dark).not.toBe(light);
    await openAlive(page, "/events");
    expect(await ground()).toBe(dark);
  });

  const looked = [
    "/",
    "/stacks",
    "/stacks/shop",
    "/stacks/shop?node=app/web",
    "/stacks/shop?tab=change",
    "/stacks/shop?tab=rollout",
    "/stacks/shop?tab=events",
    "/stacks/shop?tab=logs",
    "/stacks/shop?tab=history",
    "/stacks/shop?tab=manifest",
    "/commits",
    "/commits/3f9c2ab0123456789abcdef0123456789abcdef0",
    "/events",
    "/problems",
    "/sign-in",
    "/stacks/nothing",
  ];
  test.each(["light", "dark"] as const)(
    "in %s no page has a serious finding, and each fits a phone and a desk",
    async (colorScheme) => {
      world = await startPagesWorld();
      world.log("ERROR out of memory");
      const one = await visit(browser, world.url, { colorScheme });
      visits.push(one);
      const { page } = one;
      for (const path of looked) {
        await page.setViewportSize({ width: 1280, height: 800 });
        await page.goto(path);
        // What is not about colours is the same in both.
        const rules = colorScheme === "light" ? undefined : ["color-contrast"];
        expect(await seriousFindings(page, rules), path).toEqual([]);
        await page.setViewportSize(phone);
        expect(await overflow(page), `${path} is wider than a phone`).toBeLessThanOrEqual(0);
      }
    },
  );
});
