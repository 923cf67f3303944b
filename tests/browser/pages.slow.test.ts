// All pages in a real browser on the stand-in world: what they have in common, and the smaller ones.
import { describe, expect, test } from "vitest";
import { localOperator } from "../../src/http/auth/local-request.ts";
import { chromiumPath, openAlive, overflow, phone, seriousFindings } from "../support/browser.ts";
import { pagesBench } from "../support/pages-visit.ts";

describe.skipIf(chromiumPath === null)("pages", () => {
  const { world, come } = pagesBench();

  test("events come in as they happen, and are chosen by kind and person", async () => {
    const page = await come("/events");
    world().addEvent({ id: "e-99", kind: "note", stack: "shop", message: "something new" });
    await page.locator(".event").first().getByText("something new").waitFor();
    await page.getByLabel("Person").selectOption("Ines");
    expect(await page.locator(".event").count()).toBe(1);
    expect(new URL(page.url()).search).toBe("?by=Ines");
  });

  test("problems are all that needs a person, and each goes away by itself once nothing is wrong", async () => {
    const page = await come("/problems");
    const rows = page.locator(".stack-row .row-name");
    expect(await rows.allInnerTexts()).toEqual(["shop", "blog", "old-reports"]);
    const badge = page.locator(".badge");
    expect(await badge.innerText()).toBe("7");
    await page.getByText("docker service rm old-reports-web-x7k2mq").waitFor();
    world().setProblems([]);
    await page.locator(".problem-file").first().waitFor({ state: "detached" });
    world().setStack("shop", { state: "ready", stateText: "Ready", needsPerson: false });
    world().setStack("wiki", { state: "failing", stateText: "Failing", needsPerson: true });
    await rows.getByText("wiki").waitFor();
    await rows.getByText("shop").waitFor({ state: "detached" });
    await badge.getByText("4", { exact: true }).waitFor();
  });

  test("without problems the page says so", async () => {
    const page = await come("/problems", { stacks: "ready" });
    await page.getByText("Nothing needs attention").waitFor();
    expect(await page.locator(".badge").count()).toBe(0);
  });

  test("a commit is read by the key of its check, without anything else", async () => {
    const sha = "3f9c2ab0123456789abcdef0123456789abcdef0";
    const page = await come(`/commits/${sha}?key=key`, { person: null });
    await page.getByText("web: crash loop, exit code 3").first().waitFor();
    expect(await page.getByRole("navigation").count()).toBe(0);
    const answer = await page.goto(`/commits/${sha}?key=wrong`);
    expect(new URL(answer?.url() ?? "").pathname).toBe("/sign-in");
  });

  test("whoever works on the server's own machine has no session, and is offered no way out of one", async () => {
    const page = await come("/stacks", { person: localOperator });
    await page.locator("summary", { hasText: "Local operator" }).click();
    await page.getByText("Nobody has to sign in on this machine.").waitFor();
    expect(await page.getByRole("button", { name: "Sign out" }).count()).toBe(0);
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
    await page.goto("/sign-in");
    expect(await ground()).toBe(dark);
  });

  // Those with colours that the others have not.
  const colourful = [
    "/",
    "/stacks",
    "/stacks/shop",
    "/stacks/shop?tab=change",
    "/stacks/shop?tab=logs",
  ];
  const others = [
    "/stacks/shop?node=app/web",
    "/stacks/shop?tab=rollout",
    "/stacks/shop?tab=events",
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
      const page = await come("/", {}, { colorScheme });
      world().log("ERROR out of memory");
      // What is not about colours is the same in both.
      const [paths, rules] =
        colorScheme === "light" ? [[...colourful, ...others]] : [colourful, ["color-contrast"]];
      for (const path of paths) {
        await page.setViewportSize({ width: 1280, height: 800 });
        await page.goto(path);
        expect(await seriousFindings(page, rules), path).toEqual([]);
        for (const size of [{ width: 760, height: 900 }, phone]) {
          await page.setViewportSize(size);
          const what = `${path} is wider than ${size.width}`;
          expect(await overflow(page), what).toBeLessThanOrEqual(0);
        }
      }
    },
  );
});
