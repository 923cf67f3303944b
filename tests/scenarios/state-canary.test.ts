// Law P5 for the state folder: whoever may read it, or a backup of it, learns no secret.
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openStore } from "../../src/store/store.ts";
import { canary, canaryBench } from "../support/canary-bench.ts";
import { until } from "../support/until.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const manifest = (image: string): string =>
  [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: shop }",
    "spec:",
    "  applications:",
    "    web:",
    `      image: ${image}`,
    "      env: { TOKEN: $(secrets.token) }",
    "      rollout: { stableFor: 0s, timeout: 6s }",
    "",
  ].join("\n");

async function foundIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  expect(files.map(({ name }) => name)).toContain("store.sqlite");
  const found: string[] = [];
  for (const { parentPath, name } of files) {
    // Each byte as a character: SQLite keeps texts as they are.
    const text = (await readFile(join(parentPath, name))).toString("latin1");
    if (canary.test(text)) found.push(name);
  }
  return found;
}

test("P5 no secret is in STATE_DIR, after a creation, a rotation, a person's edit and an error that repeats it", async () => {
  let stateDir = "";
  const bench = await canaryBench(open, {
    secrets: { token: "canary-first-8f2b" },
    openStore: (folder) => {
      stateDir = folder;
      return openStore(folder);
    },
  });
  const { scenario } = bench;
  await scenario.push({ "shop.yaml": manifest("ghcr.io/acme/web:1") });
  expect((await scenario.apply()).ok).toBe(true);
  scenario.secrets.set("token", "canary-second-8f2b");
  await scenario.restart();
  expect((await scenario.apply()).ok).toBe(true);
  const [row] = [...scenario.simulator.state.applications.values()];
  // It did reach the server, or all this would prove nothing.
  expect(row?.env).toContain("canary-second-8f2b");
  expect(await foundIn(stateDir)).toEqual([]);

  scenario.simulator.state.editApplication(row!.applicationId, { env: "TOKEN=canary-typed-8f2b" });
  await scenario.restart({ deepCheckIntervalMs: 10_000 });
  scenario.engine().start();
  await until("it is healed", () => row!.env?.includes("canary-second-8f2b"));
  await until("the drift is recorded", () =>
    scenario
      .engine()
      .events()
      .find(({ kind }) => kind === "drift"),
  );
  await scenario.engine().stop();
  bench.instead = ({ procedures: [procedure] }) =>
    procedure === "application.update" ? { status: 500, body: "canary-second-8f2b" } : null;
  await scenario.restart();
  await scenario.push({ "shop.yaml": manifest("ghcr.io/acme/web:2") });
  expect((await scenario.apply()).ok).toBe(false);
  expect(await foundIn(stateDir)).toEqual([]);
});
