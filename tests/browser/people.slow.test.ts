// Several people at a real controller: who signs in and out, who is first, and who waits for a review.
import { afterEach, describe, expect, test } from "vitest";
import { hashToken } from "../../src/lib/api-token.ts";
import { chromiumPath, openAlive, overflow, phone, seriousFindings } from "../support/browser.ts";
import { browserVisits } from "../support/browser-visits.ts";
import { openForgeBench } from "../support/forge-bench.ts";
import { freePort } from "../support/free-port.ts";
import { aiTemplate, openPortalBench } from "../support/portal-bench.ts";
import type { PortalBench } from "../support/portal-bench.ts";

type Page = Awaited<ReturnType<ReturnType<typeof browserVisits>["come"]>>;

const tokens = { zoe: "token-of-zoe-0123456789", yan: "token-of-yan-0123456789" } as const;
const entries = Object.entries(tokens)
  .map(([name, token]) => `${name}:deployer:${hashToken(token)}`)
  .join(",");

async function signIn(page: Page, token: string): Promise<void> {
  await page.locator("#token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function typeName(page: Page, name: string): Promise<void> {
  await page.locator("#name").fill(name);
  await page.locator("#name-said", { hasText: `${name} is free` }).waitFor();
}

describe.skipIf(chromiumPath === null)("people in browsers", () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  const visits = browserVisits();

  async function begin(): Promise<PortalBench> {
    const environment = { PORTAL_AUTH: "token", API_TOKENS: entries };
    const bench = await openPortalBench({ environment });
    closing.push(() => bench.close());
    return bench;
  }

  test("sign in with a token, come back to where they were going, and sign out", async () => {
    const bench = await begin();
    const page = await visits.come(bench.controller().address, { viewport: phone });
    await page.goto("/events");
    expect(new URL(page.url()).pathname).toBe("/sign-in");
    expect(await seriousFindings(page)).toEqual([]);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await signIn(page, "a token that nobody has");
    await page.getByRole("alert").waitFor();
    expect(await page.content()).not.toContain("a token that nobody has");
    await signIn(page, tokens.zoe);
    await page.waitForURL("**/events");
    expect(await page.evaluate("document.cookie")).not.toContain("session");

    await openAlive(page, "/");
    const other = await page.context().newPage();
    await openAlive(other, "/");
    await other.locator("summary", { hasText: "zoe" }).click();
    await other.getByRole("button", { name: "Sign out" }).click();
    await other.getByText("You are signed out.").waitFor();
    await other.goto("/stacks");
    expect(new URL(other.url()).pathname).toBe("/sign-in");

    // The page that was open in another tab says so when it is used.
    await page.locator("#name").fill("ada");
    await page.getByText("Your session has ended").waitFor();
    await page.getByRole("link", { name: "Sign in" }).click();
    await signIn(page, tokens.yan);
    await page.locator("#name").waitFor();
    expect(bench.projects()).toEqual([]);
  });

  test("want the same name at once: one gets it, the other one reads that it is taken", async () => {
    const bench = await begin();
    const release = bench.simulator.faults.holdPulls("opencode");
    const pages: Page[] = [];
    for (const token of Object.values(tokens)) {
      const page = await visits.come(bench.controller().address);
      await page.goto("/");
      await signIn(page, token);
      await page.locator("html[data-alive]").waitFor({ state: "attached" });
      await typeName(page, "ada");
      pages.push(page);
    }
    await Promise.all(pages.map((page) => page.locator("#create").dblclick()));
    const started = pages.map((page) => page.locator("h1", { hasText: "Starting ada" }));
    const refused = pages.map((page) => page.locator("#name-said", { hasText: /taken/ }));
    const ended = await Promise.all(
      pages.map((_, index) =>
        Promise.race([
          started[index]?.waitFor().then(() => "started"),
          refused[index]?.waitFor().then(() => "refused"),
        ]),
      ),
    );
    expect([...ended].sort()).toEqual(["refused", "started"]);
    release();
    await pages[ended.indexOf("started")]?.locator("h1", { hasText: "ada is ready" }).waitFor();
    expect(bench.projects()).toEqual(["ai-stack-ada"]);
    expect(bench.simulator.state.deployments.size).toBe(1);
  });

  test("wait for a review where the portal opens pull requests, and see the stack after the merge", async () => {
    const port = await freePort();
    const bench = await openForgeBench({
      files: { "stacks/templates/ai-stack.yaml": aiTemplate },
      environment: {
        PORT: String(port),
        PUBLIC_URL: `http://127.0.0.1:${port}`,
        PORTAL_AUTH: "none",
        PORTAL_MODE: "pull-request",
        STACK_DOMAIN_SUFFIX: "ai.example.com",
        STACK_IMAGE: "ghcr.io/acme/opencode:1",
      },
    });
    closing.push(() => bench.close());
    // Where Git was not read yet, the page says so and comes back by itself.
    const page = await visits.come(bench.controller().address);
    await openAlive(page, "/");
    await typeName(page, "ada");
    await page.keyboard.press("Enter");
    await page.getByText("Waiting for a review").first().waitFor();
    const [pull] = bench.gitea.pulls;
    const link = page.getByRole("link", { name: /pull request|review/i }).first();
    expect(await link.getAttribute("href")).toContain(`/pulls/${pull?.number}`);
    await bench.deliverPush(await bench.gitea.mergePull(pull?.number ?? 0));
    await page.locator("h1", { hasText: "ada is ready" }).waitFor();
  });
});
