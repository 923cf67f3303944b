// Law W12 inside one engine: what it knows is as old as its lease at most.
import { afterEach, expect, test } from "vitest";
import type { Platform } from "../../src/ports.ts";
import { createScenario, simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

const scenarios: Scenario[] = [];
afterEach(async () => {
  for (const one of scenarios.splice(0).reverse()) await one.close();
});
async function scenario(options: Parameters<typeof createScenario>[0]): Promise<Scenario> {
  const made = await createScenario(options);
  scenarios.push(made);
  return made;
}
const ttlMs = 1_000;
const names = ({ simulator }: Scenario): readonly string[] =>
  [...simulator.state.projects.values()].map(({ name }) => name);
const tagWrites = ({ simulator }: Scenario): readonly string[] =>
  simulator.log
    .writes()
    .flatMap(({ procedures }) => procedures)
    .filter((name) => name.startsWith("tag."));

test("W12 what was listed before the lease was taken is listed again before anything is written", async () => {
  const gate = { isShut: false, open: Promise.withResolvers<undefined>(), waits: 0 };
  /** Lists are taken, and then wait. */
  const wrapPlatform = (platform: Platform): Platform => ({
    ...platform,
    async list(sinceMs) {
      const snapshot = await platform.list(sinceMs);
      if (!gate.isShut) return snapshot;
      gate.waits += 1;
      await gate.open.promise;
      return snapshot;
    },
  });
  const engine = { resyncIntervalMs: 600_000 };
  const a = await scenario({ lease: { host: "host-a", ttlMs }, wrapPlatform, engine });
  await a.push({ "shop.yaml": simpleStack("shop") });
  a.engine().start();
  await until("shop is made", () => names(a).includes("shop"));
  await until("a is quiet", () => a.engine().state().activeDeployments === 0);
  await until("shop is ready", () =>
    a
      .engine()
      .stacks()
      .some(({ outcome }) => outcome.kind === "converged"),
  );
  // Its lease lapses without a request.
  const before = a.simulator.log.entries.length;
  await until("the lease has lapsed", () => {
    const last = a.simulator.log.entries.at(-1)?.startedAt ?? 0;
    return Date.now() - last > 2 * ttlMs;
  });
  expect(a.simulator.log.entries.length - before).toBeLessThan(6);

  gate.isShut = true;
  await a.push({ "blog.yaml": simpleStack("blog") });
  await until("a has its list", () => gate.waits > 0);
  const b = await scenario({ lease: { host: "host-b", ttlMs }, beside: a });
  expect((await b.apply()).ok).toBe(true);
  await b.engine().stop();
  gate.isShut = false;
  gate.open.resolve(undefined);
  await until("blog is ready at a too", () =>
    a
      .engine()
      .stacks()
      .some(({ name, outcome }) => name === "blog" && outcome.kind === "converged"),
  );
  expect([...names(a)].sort()).toEqual(["blog", "shop"]);
});

test("W12 a pass over what is as it should be takes the lease with one write and gives it back with one", async () => {
  const a = await scenario({ lease: { host: "host-a", ttlMs: 60_000 } });
  await a.push({ "shop.yaml": simpleStack("shop") });
  expect((await a.apply()).ok).toBe(true);
  await a.engine().stop();
  expect(tagWrites(a)).toEqual(["tag.create", "tag.update"]);
  a.simulator.log.clear();
  expect((await a.apply()).ok).toBe(true);
  await a.engine().stop();
  expect(tagWrites(a)).toEqual(["tag.remove", "tag.create", "tag.update"]);
});

test("W12 a key that may not write tags is told, and works as before", async () => {
  const a = await scenario({
    lease: { host: "host-a", ttlMs: 60_000 },
    http: {
      async send(request) {
        const { httpClient } = await import("../../src/lib/http.ts");
        if (!/\/tag\.(?:create|update|remove)/.test(request.url)) return httpClient.send(request);
        const message = 'unauthorized to access resource "tag"';
        const data = { code: "UNAUTHORIZED", httpStatus: 401, path: "tag.create", zodError: null };
        const text = JSON.stringify({ message, code: "UNAUTHORIZED", data });
        return { status: 401, headers: new Headers(), text };
      },
    },
  });
  await a.push({ "shop.yaml": simpleStack("shop") });
  expect((await a.apply()).ok).toBe(true);
  expect(names(a)).toEqual(["shop"]);
});
