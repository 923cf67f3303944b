// The portal in a real browser on the stand-in world: what needs a state that a real controller is slow or
// hard to bring about. The whole way through a real one is in portal.test.ts.
import { describe, expect, test } from "vitest";
import { chromiumPath, openAlive } from "../support/browser.ts";
import { pagesBench } from "../support/pages-visit.ts";

const shop = {
  name: "shop",
  url: "https://shop.ai.example.com",
  state: "ready",
  stateText: "Ready",
  deploymentId: null,
  removable: true,
};

describe.skipIf(chromiumPath === null)("the portal", () => {
  const { world, come } = pagesBench();
  const newest = (): string => world().deployments.ids().at(-1) ?? "";

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
    for (let step = 0; step < 6; step += 1) world().deployments.advance(newest());
    await page.locator("h1:focus", { hasText: "zoe is ready" }).waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.id")).toBe("open-stack");
  });

  test("says once what is wrong with a name, however early the button is pressed", async () => {
    const page = await come("/");
    await page.locator("#name").fill("admin");
    await page.keyboard.press("Enter");
    await page.locator("#name-said.bad", { hasText: "admin is reserved." }).waitFor();
    expect(await page.getByText("reserved").count()).toBe(1);
    expect(world().asked).toEqual([]);
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
    expect(world().asked).toEqual([
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
    world().deployments.advance(newest());
    const step = page.locator("li.active", { hasText: "Waits for a review" });
    const link = await step.getByRole("link").getAttribute("href");
    expect(link).toBe("https://git.example.com/platform/stacks/pulls/7");
  });

  test("goes on after a lost connection, and forgets a deployment that nobody knows any more", async () => {
    const page = await come("/");
    await page.locator("#name").fill("zoe");
    await page.locator("#create").click();
    await page.locator(".steps").waitFor();
    await world().goOffline();
    await page.getByText("Connection lost, trying again").waitFor();
    world().deployments.advance(newest());
    await world().comeBack();
    await page.locator("li.active", { hasText: "Seen by Capstan" }).waitFor();
    await page.getByText("Connection lost").waitFor({ state: "detached" });
    world().deployments.forget(newest());
    await page.reload();
    await page.locator("h1", { hasText: "This deployment is not known" }).waitFor();
    await page.getByRole("button", { name: "Create a stack" }).click();
    await page.locator("#name:focus").waitFor();
    expect(new URL(page.url()).search).toBe("");
  });

  test("fails in one sentence, with the last lines folded, and tries the same name again", async () => {
    const page = await come("/");
    await page.locator("#name").fill("zoe");
    await page.locator("#create").click();
    await page.locator(".steps").waitFor();
    world().deployments.fail(newest(), "The image was not found.", ["pulling", "manifest unknown"]);
    await page.getByRole("alert").getByText("The image was not found.").waitFor();
    expect(await page.getByText("manifest unknown").isVisible()).toBe(false);
    await page.getByText("Last 2 lines of the log").click();
    await page.getByText("manifest unknown").waitFor();
    world().deployments.forget(newest());
    await page.locator("#again").click();
    await page.locator("h1", { hasText: "Starting zoe" }).waitFor();
  });

  test("removes one's own stack after showing what goes", async () => {
    const page = await come("/", { own: [shop] });
    await page.getByRole("button", { name: "Remove shop" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("reports-data").or(dialog.getByText("worker")).first().waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(world().asked).toEqual([]);
    await page.getByRole("button", { name: "Remove shop" }).click();
    await page.locator("#confirm-remove").click();
    await dialog.waitFor({ state: "detached" });
    expect(world().asked).toMatchObject([{ method: "DELETE", path: "/api/v1/stacks/shop" }]);
  });

  test("leads those who may see it to the stack's page in the dashboard", async () => {
    const page = await come("/");
    await page.locator("#name").fill("zoe");
    await page.locator("#create").click();
    await page.locator(".steps").waitFor();
    for (let step = 0; step < 6; step += 1) world().deployments.advance(newest());
    await page.getByRole("link", { name: "See it in the dashboard" }).click();
    await page.locator("h1", { hasText: "zoe" }).waitFor();
    await openAlive(page, "/");
    expect(await page.locator("a.own-name").getAttribute("href")).toBe("/stacks/zoe");
  });

  test("leads nobody else there", async () => {
    const page = await come("/", { own: [shop], person: null });
    await page.locator(".own-name", { hasText: "shop" }).waitFor();
    expect(await page.locator("a[href^='/stacks']").count()).toBe(0);
  });

  test("without scripts says what it needs", async () => {
    const page = await come("/", {}, { javaScriptEnabled: false });
    expect(await page.locator(".no-script").innerText()).toContain("needs JavaScript");
  });
});
