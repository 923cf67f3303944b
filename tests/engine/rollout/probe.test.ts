// The HTTP probe of a rollout, on a real server.
import { afterEach, beforeEach, expect, test } from "vitest";
import { createProbe } from "../../../src/engine/rollout/probe.ts";
import { httpClient } from "../../../src/lib/http.ts";
import { application } from "../../plan/render/fixture.ts";
import { startListener } from "../../support/heard.ts";
import type { Listener } from "../../support/heard.ts";
import { domainAt } from "../../support/kinds.ts";

let host: Listener;
beforeEach(async () => {
  host = await startListener();
});
afterEach(() => host.close());

const web = application(
  "web",
  {
    domains: [domainAt("shop.example.com")],
  },
  {
    rollout: {
      timeoutMs: 1,
      stableForMs: 1,
      http: { path: "/ready", status: 200 },
      onFailure: "keep",
      after: null,
    },
  },
);

test("a service on another server is asked through its domain, as Traefik's address is another one", async () => {
  const elsewhere = { ...web, server: "edge" };
  expect(await createProbe(httpClient, host.host)(elsewhere)).toContain(
    "the probe of shop.example.com failed",
  );
  expect(host.heard).toEqual([]);
});

test("a page of any length passes by its status", async () => {
  host.answer(200, {}, "x".repeat(3_000_000));
  expect(await createProbe(httpClient, host.host)(web)).toBeNull();
  expect(host.heard).toMatchObject([{ method: "GET", path: "/ready" }]);
  host.answer(500, {}, "x".repeat(3_000_000));
  expect(await createProbe(httpClient, host.host)(web)).toBe(
    "the probe of shop.example.com/ready answered 500, not 200",
  );
});
