// `capstan mcp` as an agent's client starts it: a process on standard input and output, alone and beside a
// controller.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startSimulator } from "../../src/simulator/server.ts";
import type { Simulator } from "../../src/simulator/server.ts";
import { agentOverCommand, agentOverStdio } from "../support/agent.ts";
import type { AgentProcess } from "../support/agent.ts";
import { startCapstan } from "../support/capstan-process.ts";
import type { CapstanProcess } from "../support/capstan-process.ts";
import { until } from "../support/until.ts";

let simulator: Simulator;
let folder: string;
let agent: AgentProcess | null = null;
let controller: CapstanProcess | null = null;

beforeEach(async () => {
  simulator = await startSimulator({ timeScale: 0.05 });
  folder = await mkdtemp(join(tmpdir(), "capstan-mcp-"));
  await mkdir(join(folder, "stacks"));
  const manifest =
    "apiVersion: capstan/v1\nkind: Stack\nmetadata: { name: shop }\n" +
    'spec: { applications: { web: { image: "nginx:1", rollout: { stableFor: 0s } } } }\n';
  await writeFile(join(folder, "stacks/shop.yaml"), manifest);
});
afterEach(async () => {
  await agent?.close();
  await controller?.close();
  [agent, controller] = [null, null];
  await simulator.close();
  await rm(folder, { recursive: true, force: true });
});

const environment = () => ({
  DOKPLOY_URL: simulator.url,
  DOKPLOY_API_TOKEN: simulator.apiKey,
  HOST_CHECK_INTERVAL: "off",
  LOG_LEVEL: "warn",
});

async function ready(asked: AgentProcess): Promise<void> {
  await until(
    "the shop is ready",
    async () => {
      const { data } = await asked.call("list_stacks", { q: "shop" });
      return data?.stacks[0]?.ready === true;
    },
    90_000,
  );
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("alone it is a controller: its agent sees the stack become ready, and it ends with its agent", async () => {
  const options = { folder, environment: environment() };
  agent = await agentOverStdio(["--source", "stacks"], options);
  await ready(agent);
  expect([...simulator.state.projects.values()].map(({ name }) => name)).toEqual(["shop"]);
  const { data } = await agent.call("get_stack", { name: "shop" });
  expect(data).toMatchObject({ ready: true, services: [{ name: "web", image: "nginx:1" }] });
  // A folder cannot be written through Git, and it says so.
  const refused = await agent.call("deploy_stack", { name: "ada" });
  expect(refused).toMatchObject({ isError: true });
  expect(refused.text).toContain("GIT_URL");
  const { pid } = agent;
  await agent.close();
  await until("the process has ended", () => !isRunning(pid));
  agent = null;
});

test("beside a controller it asks that one, with its token, and needs nothing else", async () => {
  controller = startCapstan(["run", "--source", "stacks"], {
    folder,
    environment: { ...environment(), PORT: "0", HOST: "127.0.0.1" },
  });
  const url = await controller.address();
  agent = await agentOverStdio([], { folder, environment: { CAPSTAN_URL: url } });
  await ready(agent);
  expect(agent.err()).toContain(`for the controller at ${url}`);
  controller.signal("SIGTERM");
  await controller.ended;
  const gone = await agent.call("list_stacks");
  expect(gone).toMatchObject({ isError: true });
  expect(gone.text).toContain("no controller answers");
});

test("what is wrong with the environment is said on standard error, and ends it", async () => {
  const { DOKPLOY_URL, ...rest } = environment();
  expect(DOKPLOY_URL).not.toBe("");
  const child = startCapstan(["mcp"], { folder, environment: rest });
  expect(await child.ended).toBe(1);
  expect(child.err()).toContain("DOKPLOY_URL");
  expect(child.out()).toBe("");
});

test("the settings for agents in this repository start it from a checkout, and look it up nowhere", async () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const settings = JSON.parse(await readFile(join(root, ".mcp.json"), "utf8")) as {
    mcpServers: { capstan: { command: string; args: string[] } };
  };
  const { command, args } = settings.mcpServers.capstan;
  // npx would fetch a stranger's package of that name where none is installed.
  expect(command).not.toBe("npx");
  agent = await agentOverCommand(command, args, {
    folder: root,
    environment: { CAPSTAN_URL: "http://127.0.0.1:1" },
  });
  const { tools } = await agent.client.listTools();
  expect(tools.map(({ name }) => name)).toContain("list_stacks");
});
