// A provider that says no, is down or sends nonsense.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { personOf, useOidc } from "./oidc-world.ts";
import { createBrowser, site } from "./support.ts";

const { provider, startAnother, settings, world } = useOidc();

describe("an error at the provider is a page with a way on, never a stack", () => {
  test("when the provider says no: its words are not repeated", async () => {
    provider().next = null;
    const made = world();
    const page = await createBrowser(made).open("/auth/start?to=/stacks");
    expect(page.status).toBe(403);
    expect(page.text).toContain("You were not signed in");
    expect(page.text).toContain('href="/sign-in?to=%2Fstacks"');
    expect(page.text).not.toMatch(/<b>no<|at .*\.ts:/);
    expect(made.log()).toContain("access_denied");
  });

  test("when it does not know our secret, and the log does not tell it (P5)", async () => {
    const made = world({ clientSecret: "canary-not-the-secret" });
    const page = await createBrowser(made).open("/auth/start");
    expect(page.status).toBe(502);
    expect(made.log()).toContain("invalid_client");
    expect(`${page.text}${made.log()}`).not.toContain("canary");
  });

  test("when it is down: 503, and the next attempt works once it is back", async () => {
    const { issuer } = provider();
    await provider().close();
    const made = world({ issuer });
    const browser = createBrowser(made);
    const page = await browser.open("/auth/start");
    expect(page.status).toBe(503);
    expect(page.headers.get("retry-after")).toBe("5");
    expect(page.text).toContain("does not answer");
    expect((await made.send(`${site}/health`)).status).toBe(200);
    // It has another port now: the settings follow, the sessions' store stays.
    const other = await startAnother();
    other.people.set("ann", { name: "Ann" });
    other.next = "ann";
    const after = made.restart({ portalAuth: "oidc", oidc: settings() });
    const again = createBrowser(after);
    await again.open("/auth/start");
    expect(await personOf(again)).toMatchObject({ id: "oidc:ann" });
  });

  test("when it is down it is not asked again for each click, and asked again after a while", async () => {
    let asked = 0;
    let isUp = false;
    const server = createServer((_, response) => {
      asked += 1;
      const { port } = server.address() as AddressInfo;
      const issuer = `http://127.0.0.1:${port}`;
      response.setHeader("Content-Type", "application/json");
      response.statusCode = isUp ? 200 : 500;
      response.end(
        JSON.stringify({
          issuer,
          authorization_endpoint: `${issuer}/auth`,
          token_endpoint: `${issuer}/token`,
        }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const made = world({ issuer: `http://127.0.0.1:${port}` });
    const browser = createBrowser(made);
    for (let count = 0; count < 5; count++) {
      expect((await browser.open("/auth/start")).status).toBe(503);
    }
    expect(asked).toBe(1);
    isUp = true;
    await made.clock.advance(5_000);
    expect((await browser.ask("/auth/start")).status).toBe(303);
    expect((await browser.ask("/auth/start")).status).toBe(303);
    expect(asked).toBe(2);
    await new Promise((resolve) => server.close(resolve));
  });

  test.each([
    ["HTML", "<html>maintenance</html>"],
    ["another issuer", JSON.stringify({ issuer: "https://evil.example.com" })],
    ["more than may be read", JSON.stringify({ issuer: "x".repeat(600_000) })],
  ])("when it sends %s", async (_, body) => {
    const server = createServer((_request, response) => {
      response.setHeader("Content-Type", "application/json");
      response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const made = world({ issuer: `http://127.0.0.1:${port}` });
    const page = await createBrowser(made).open("/auth/start");
    expect(page.status).toBe(503);
    expect(made.log()).toContain("the identity provider cannot be reached");
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
