// Webhooks of registries in a controller as in production: they have it ask at once what a tag points to.
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseMarker } from "../../src/model/marker.ts";
import { createFakeRegistry } from "../support/fake-registry.ts";
import type { FakeRegistry } from "../support/fake-registry.ts";
import { openForgeBench } from "../support/forge-bench.ts";
import type { ForgeBench } from "../support/forge-bench.ts";
import { short } from "../support/image-world.ts";
import { until } from "../support/until.ts";

const secret = "a-secret-of-the-address";
let registry: FakeRegistry;
let bench: ForgeBench;

beforeEach(async () => {
  registry = await createFakeRegistry();
  registry.push("acme/shop", "1", "first");
  const manifest = [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: shop }",
    "spec:",
    "  applications:",
    "    web:",
    `      image: ${registry.host}/acme/shop:1`,
    "      imagePolicy: { follow: digest }",
    "      rollout: { stableFor: 0s, timeout: 60s }",
    "",
  ].join("\n");
  bench = await openForgeBench({
    files: { "stacks/shop.yaml": manifest },
    environment: { FOLLOW_INTERVAL: "24h", REGISTRY_WEBHOOK_SECRET: secret },
    simulator: { digestOf: (image) => registry.digestOf(image) },
  });
  await bench.ready("shop");
});
afterEach(async () => {
  await bench.close();
  await registry.close();
});

const runs = (): string | undefined => {
  const [row] = bench.simulator.state.applications.values();
  return parseMarker(row?.description ?? null)?.digest;
};
const container = { type: "container", name: "shop", owner: { login: "acme" }, version: "1" };

async function deliverHub(address: string): Promise<number> {
  const body = { repository: { repo_name: "acme/shop" }, push_data: { tag: "1" } };
  const answer = await fetch(`${bench.controller().address}/webhooks/docker-hub/${address}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  await answer.text();
  return answer.status;
}

test("P3 a new image that Docker Hub or Gitea tells of is rolled out at once, and nobody else is believed", async () => {
  const second = registry.push("acme/shop", "1", "second");
  expect(await deliverHub("another-secret-of-it")).toBe(401);
  expect(
    await bench.deliver("package", { action: "created", package: { ...container, name: "x" } }),
  ).toBe(202);
  expect(runs()).not.toBe(short(second));
  expect(await deliverHub(secret)).toBe(202);
  await until("the second one runs", () => runs() === short(second));
  const third = registry.push("acme/shop", "1", "third");
  expect(await bench.deliver("package", { action: "created", package: container })).toBe(202);
  await until("the third one runs", () => runs() === short(third));
  const asked = registry.requests.length;
  expect(await bench.deliver("package", { action: "deleted", package: container })).toBe(202);
  expect(registry.requests.length).toBe(asked);
});
