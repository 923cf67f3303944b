// how-to/agents.md: a program that speaks with a coding agent on standard input and output.
import { expect, onTestFinished, test } from "vitest";
import { tools } from "../../src/mcp/tools.ts";
import { openForgeBench } from "../support/forge-bench.ts";
import { until } from "../support/until.ts";
import { environmentOf, stackOf } from "./reader-world.ts";
import type { Terminal } from "./terminals.ts";
import { root, walkOf } from "./walk.ts";

interface Agent {
  /** The answer to one request, as text. */
  ask(method: string, params: object): Promise<string>;
  /** Of a tool. */
  call(name: string, args?: object): Promise<string>;
}

/** What runs in the terminal reads what is typed there. */
async function agentIn(terminal: Terminal): Promise<Agent> {
  let last = 0;
  const say = (message: object): void => {
    terminal.begin(JSON.stringify({ jsonrpc: "2.0", ...message }));
  };
  const agent: Agent = {
    async ask(method, params) {
      last += 1;
      const id = last;
      say({ id, method, params });
      return until(`${method} is answered`, () =>
        terminal
          .output()
          .split("\n")
          .find(
            (line) => line.startsWith("{") && line.endsWith("}") && line.includes(`"id":${id}`),
          ),
      );
    },
    call: (name, args = {}) => agent.ask("tools/call", { name, arguments: args }),
  };
  await agent.ask("initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "a reader", version: "1" },
  });
  say({ method: "notifications/initialized" });
  return agent;
}

test("how-to/agents.md: an agent looks with a token of its own, and by itself", async () => {
  const walk = await walkOf("how-to/agents.md", { folder: root });
  onTestFinished(() => walk.close());
  const printed = await walk.run("capstan token agent");
  const [, token = ""] = /^CAPSTAN_TOKEN=(\S+)$/m.exec(printed) ?? [];
  const [, entry = ""] = /^API_TOKENS=(\S+)$/m.exec(printed) ?? [];
  const bench = await openForgeBench({
    files: { "stacks/shop.yaml": stackOf("shop") },
    environment: { API_TOKENS: entry },
  });
  onTestFinished(() => bench.close());
  await bench.ready("shop");
  const { CAPSTAN_URL: url = "", ...server } = environmentOf(bench);

  const beside = await agentIn(
    walk.begin("CAPSTAN_URL=", { own: { "https://capstan.example.com": url, "…": token } }),
  );
  const listed = await beside.ask("tools/list", {});
  for (const { name } of tools) expect(listed).toContain(`"name":"${name}"`);
  expect(await beside.call("list_stacks")).toContain("shop");
  // A deployer removes nobody else's stack.
  expect(await beside.call("remove_stack", { name: "shop" })).toContain('"isError":true');
  expect(await bench.repository.git("ls-tree", "-r", "--name-only", "main")).toContain("shop.yaml");

  const settings = Object.entries(server).map(([name, value]) => `${name}=${value}`);
  const alone = await agentIn(
    walk.begin("capstan mcp", { before: settings.join(" "), then: "--dry-run" }),
  );
  await until("it has read Git and the server", async () =>
    (await alone.call("list_stacks")).includes('\\"shop\\"'),
  );
  await walk.prepare(`export ${settings.join(" ")}`);
  expect(await walk.run("capstan doctor")).toContain("✓ Dokploy ");
  walk.end();
});
