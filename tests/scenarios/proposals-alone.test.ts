// Manifests that are proposed where no Git host could take a pull request.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startSimulator } from "../../src/simulator/server.ts";
import { startCapstan } from "../support/capstan-process.ts";
import { createTestRepository } from "../support/git.ts";
import { until } from "../support/until.ts";
import { manifest } from "../cli/world.ts";

test("a mistake is told before what is missing here: whoever pushes the manifest has it too", async () => {
  const simulator = await startSimulator({ timeScale: 0.05 });
  const repository = await createTestRepository();
  await repository.push({ "stacks/a.yaml": manifest("alpha") });
  const folder = await mkdtemp(join(tmpdir(), "capstan-propose-"));
  const controller = startCapstan(["run"], {
    folder,
    environment: {
      DOKPLOY_URL: simulator.url,
      DOKPLOY_API_TOKEN: simulator.apiKey,
      HOST_CHECK_INTERVAL: "off",
      GIT_URL: repository.url,
      HOST: "127.0.0.1",
      PORT: "0",
    },
  });
  try {
    const address = await controller.address();
    await until("it is ready", async () => (await fetch(`${address}/readyz`)).status === 200);
    const propose = async (text: string) => {
      const answer = await fetch(`${address}/api/v1/proposals`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ manifest: text }),
      });
      return ((await answer.json()) as { detail: string }).detail;
    };
    expect(await propose(manifest("beta").replace("image:", "imige:"))).toContain("imige");
    expect(await propose(manifest("beta"))).toBe("a pull request needs a Git host");
  } finally {
    await controller.close();
    await simulator.close();
    await repository.remove();
    await rm(folder, { recursive: true, force: true });
  }
});
