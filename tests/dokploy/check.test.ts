// The first look at a server: each thing that can be wrong is one clear sentence with its next step.
import { expect, test } from "vitest";
import { answering, failureOf, platformOn, recording, serve } from "./support.ts";

const user = recording("user.get").response as Record<string, unknown>;
const limitedKey = recording("user.createApiKey-defaults").response as Record<string, unknown>;

function server(change: {
  readonly version?: string;
  readonly role?: string;
  readonly keys?: readonly unknown[];
}) {
  return serve(
    answering({
      "settings.getDokployVersion": () => change.version ?? "v0.30.2",
      "user.get": () => ({ ...user, role: change.role ?? "owner" }),
      "user.getBackups": () => ({ apiKeys: change.keys ?? [] }),
    }),
  );
}

test("the recorded server and owner will do", async () => {
  const { url, asked } = await server({});
  expect(await platformOn(url).check()).toEqual({
    version: "v0.30.2",
    supported: true,
    isTried: true,
    verdict: "Capstan was tried with it",
    role: "owner",
  });
  expect(asked).toHaveLength(1);
});

test.each(["v0.29.13", "v1.0.0", "canary"])(
  "version %s is never asked to describe itself: somebody has to vouch for it",
  async (version) => {
    const { url, asked } = await server({ version });
    const found = await platformOn(url).check();
    expect(found.supported).toBe(false);
    expect(found.verdict).toContain("DOKPLOY_ACCEPT_VERSION=");
    expect(asked).toHaveLength(1);
    const accepted = platformOn(url, { acceptVersion: version.replace(/^v/, "") });
    expect((await accepted.check()).supported).toBe(true);
  },
);

test("a server that does not describe itself is written to only when a person vouches for it", async () => {
  const { url } = await server({ version: "v0.30.3" });
  const found = await platformOn(url).check();
  expect([found.supported, found.verdict]).toEqual([
    false,
    "it does not describe its API, so Capstan writes nothing to it; set DOKPLOY_ACCEPT_VERSION=0.30.3 to allow writes",
  ]);
});

test("R5 a member's key is forbidden, with the next step", async () => {
  const { url } = await server({ role: "member" });
  const error = await failureOf(platformOn(url).check());
  expect([error.code, error.message]).toEqual([
    "forbidden",
    "the key belongs to a person with the role member",
  ]);
  expect(error.hint).toContain("owner or admin");
});

test("R5 a key of the five-requests kind is told before it is used up", async () => {
  const { url } = await server({ keys: [{ ...limitedKey, start: "test-k" }] });
  const error = await failureOf(platformOn(url).check());
  expect(error.code).toBe("rate-limited");
  expect(error.message).toContain("10 verifications in 24 h");
  expect(error.hint).toContain("Settings → Profile → API/CLI Keys");
});

test("keys of the same person with and without a limit are told apart by how they begin", async () => {
  const own = { ...limitedKey, start: "test-k", rateLimitEnabled: false };
  const { url } = await server({ keys: [{ ...limitedKey, start: "other-" }, own] });
  expect((await platformOn(url).check()).role).toBe("owner");
});

test("R5 a wrong key", async () => {
  const bad = recording("auth-bad-key");
  const { url } = await serve(() => ({ status: bad.status, json: bad.response }));
  const error = await failureOf(platformOn(url).check());
  expect(error.code).toBe("unauthorised");
  expect(error.hint).toContain("DOKPLOY_API_TOKEN");
});

test("an address that is no Dokploy", async () => {
  const { url } = await serve(() => ({ text: "<!DOCTYPE html><title>Welcome</title>" }));
  const error = await failureOf(platformOn(url).check());
  expect(error.code).toBe("unavailable");
  expect(error.hint).toContain("DOKPLOY_URL does not point at a Dokploy server");
});

test("an address that redirects names the one to use", async () => {
  const { url } = await serve(() => ({
    status: 308,
    headers: { location: "https://dokploy.example.com/api/trpc" },
  }));
  const error = await failureOf(platformOn(url).check());
  expect(error.hint).toBe("set DOKPLOY_URL to https://dokploy.example.com");
});

test("an address that is none is refused at once", () => {
  expect(() => platformOn("dokploy.example.com")).toThrow("DOKPLOY_URL is not a valid URL");
});
