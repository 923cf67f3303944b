// Law H4 with a local folder as the source, which knows its last revisions only, and none after a restart.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFolderSource } from "../../src/git/folder-source.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { crashing, createRollbackScenario, good, readyOf, web } from "../support/rollback.ts";
import type { RollbackScenario } from "../support/rollback.ts";
import { simpleStack } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let folder: string;
let scenario: RollbackScenario;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "capstan-folder-"));
  scenario = await createRollbackScenario({
    engine: { stacksPath: "" },
    source: () =>
      createFolderSource({ dir: folder, clock: systemClock, logger: silentLogger, settleMs: 10 }),
  });
});
afterEach(async () => {
  await scenario.close();
  await rm(folder, { recursive: true, force: true });
});

async function write(file: string, text: string): Promise<void> {
  await writeFile(join(folder, file), text);
  scenario.engine().poke("a file changed");
}
const ready = () => readyOf(scenario.statusOf("shop"));
const outcomes = () =>
  scenario
    .engine()
    .events()
    .filter(({ kind, stack }) => kind === "outcome" && stack === "shop").length;

/** Nothing is written, nothing said and nothing judged otherwise, look after look. */
async function staysSo(): Promise<void> {
  scenario.writes();
  const [before, said, message] = [scenario.statusOf("shop")!.lastRunMs, outcomes(), ready()];
  await until(
    "it was looked at some more times",
    () => scenario.statusOf("shop")!.lastRunMs > before + 3 * 3_000,
  );
  expect(scenario.writes()).toEqual([]);
  expect(outcomes()).toBe(said);
  expect(ready()?.message).toBe(message?.message);
}

test("H4 a folder's healthy revision that is gone with a restart is said, and not tried for ever", async () => {
  await write("shop.yaml", web(good));
  expect((await scenario.apply()).ok).toBe(true);
  await write("shop.yaml", web(crashing));
  await scenario.restart();
  scenario.engine().start();
  await until("its rollout failed", () => ready()?.reason === "RolloutFailed");
  expect(ready()?.message).toMatch(/not rolled back: [0-9a-f]{12} cannot be read: .*has changed/s);
  await staysSo();

  await write("shop.yaml", web("ghcr.io/acme/web:3"));
  await until("the next change runs", () => ready()?.status === "True");
});

test("H4 a folder's healthy revision that goes while it is held is said, and what runs stays", async () => {
  scenario.engine().start();
  await write("shop.yaml", web(good));
  await until("it runs", () => ready()?.status === "True");
  await write("shop.yaml", web(crashing));
  await until("it is rolled back", () => ready()?.reason === "RolledBack");
  for (const tag of [1, 2, 3, 4]) {
    await write("blog.yaml", simpleStack("blog", { image: `ghcr.io/acme/web:${tag}` }));
    await until("that runs", () => scenario.ran()["blog-web"]?.endsWith(`:${tag}`));
    const { lastRunMs } = scenario.statusOf("blog")!;
    await until("nothing is left to do for it", () => {
      const status = scenario.statusOf("blog")!;
      return status.lastRunMs > lastRunMs && status.outcome.kind === "converged";
    });
  }
  await until("it is said", () => ready()?.message.includes("cannot be read"));
  expect(ready()?.status).toBe("False");
  await staysSo();
  expect(scenario.ran()["shop-web"]).toBe(good);
});
