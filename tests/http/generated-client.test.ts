// A client that is generated from the API's description deploys a stack, watches it and removes it again: on
// a whole controller, over HTTP, with the portal, Git and the simulator behind it.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createClient } from "@hey-api/openapi-ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hashToken } from "../../src/lib/api-token.ts";
import { openPortalBench, type PortalBench } from "../support/portal-bench.ts";
import { simpleStack } from "../support/scenario.ts";
import { until } from "../support/until.ts";

const token = "capstan_token-of-zoe";
let bench: PortalBench;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "capstan-client-"));
  bench = await openPortalBench({
    // Were it the only stack, its removal would wait for an approval.
    files: { "stacks/shop.yaml": simpleStack("shop") },
    environment: { API_TOKENS: `zoe:deployer:${hashToken(token)}`, PORTAL_AUTH: "token" },
  });
});
afterEach(async () => {
  await bench.close();
  await rm(folder, { recursive: true, force: true });
});

/** What the generated functions answer, as far as this test looks. */
interface Answer {
  readonly data?: Record<string, unknown>;
  readonly error?: Record<string, unknown>;
  readonly response: Response;
}
type Call = (options: object) => Promise<Answer>;
interface Generated {
  readonly deploy: Call;
  readonly checkName: Call;
  readonly followDeployment: Call;
  readonly listStacks: Call;
  readonly getStack: Call;
  readonly removeStack: Call;
  readonly suspendStack: Call;
}

async function generate(address: string): Promise<Generated> {
  const described = await fetch(`${address}/api/openapi.json`);
  const document = (await described.json()) as Record<string, unknown>;
  await createClient({
    input: document,
    output: { path: folder, importFileExtension: ".ts" },
    plugins: ["@hey-api/client-fetch", "@hey-api/typescript", "@hey-api/sdk"],
    logs: { level: "silent", file: false },
  });
  const url = (name: string): string => pathToFileURL(join(folder, name)).href;
  const { client } = await import(/* @vite-ignore */ url("client.gen.ts"));
  client.setConfig({ baseUrl: address, auth: () => token });
  return await import(/* @vite-ignore */ url("sdk.gen.ts"));
}

test("a generated client deploys a stack and removes it", async () => {
  const { address } = bench.controller();
  const api = await generate(address);

  expect((await api.checkName({ path: { name: "zoe" } })).data).toMatchObject({ available: true });
  const refused = await api.deploy({ body: { name: "Zoe!" } });
  expect(refused.response.status).toBe(400);
  expect(refused.error).toMatchObject({ status: 400, detail: expect.any(String) });

  const deployed = await api.deploy({ body: { name: "zoe", parameters: { memory: "1Gi" } } });
  expect(deployed.response.status).toBe(202);
  const { deploymentId, url, statusEndpoint } = deployed.data!;
  expect(url).toBe("https://zoe.ai.example.com");

  const followed = await fetch(`${address}${String(statusEndpoint)}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect((await followed.text()).trim().split("\n\n").at(-1)).toContain("event: complete");
  const state = await api.followDeployment({
    path: { deploymentId },
    headers: { Accept: "application/json" },
    parseAs: "json",
  });
  expect(state.data).toMatchObject({ status: "completed", progress: 100, name: "zoe" });

  const list = await api.listStacks({
    query: { state: ["ready"], label: ["capstan.portal/owner"] },
  });
  expect(list.data).toMatchObject({ total: 1, stacks: [{ name: "zoe", owner: "token:zoe" }] });
  const detail = await api.getStack({ path: { name: "zoe" } });
  expect(detail.data).toMatchObject({
    stateText: "Ready",
    may: { operate: false, remove: true },
    commit: { title: expect.stringContaining("zoe") },
    manifest: { text: expect.stringContaining("template: ai-stack") },
  });
  expect((await api.suspendStack({ path: { name: "zoe" } })).response.status).toBe(403);

  const removed = await api.removeStack({ path: { name: "zoe" } });
  expect(removed.data).toMatchObject({ stack: "zoe", sha: expect.any(String), review: null });
  await until("the stack is gone", () => !bench.projects().includes("ai-stack-zoe"));
});
