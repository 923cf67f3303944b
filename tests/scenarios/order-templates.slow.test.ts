// How a change reaches the stacks of one template, end to end: so many at a time, and no further than
// the first that fails.
import { afterEach, describe, expect, test } from "vitest";
import { renderLine } from "../../src/plan/render/line.ts";
import { createOrderScenario } from "../support/order.ts";
import type { OrderScenario } from "../support/order.ts";
import { until } from "../support/until.ts";

let scenario: OrderScenario;
afterEach(() => scenario.close());

const template = (tag: string, rollout: string): string =>
  [
    "apiVersion: capstan/v1",
    "kind: StackTemplate",
    "metadata: { name: box }",
    "spec:",
    `  rollout: { ${rollout} }`,
    `  parameters: { image: { type: string, default: "ghcr.io/acme/${tag}" } }`,
    "  stack:",
    "    applications:",
    "      app:",
    "        image: $(parameters.image)",
    "        rollout: { stableFor: 0s, timeout: 2s }",
    "",
  ].join("\n");
const box = (name: string, image?: string): string =>
  [
    "apiVersion: capstan/v1",
    "kind: Stack",
    `metadata: { name: ${name} }`,
    `spec: { template: box${image === undefined ? "" : `, parameters: { image: "ghcr.io/acme/${image}" }`} }`,
    "",
  ].join("\n");
const boxes = (...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [`${name}.yaml`, box(name)]));

/** The most stacks at any moment with a rollout that was begun and not seen healthy yet. */
function watchParallel(): { most(): number; stop(): void } {
  let most = 0;
  const owed = (description: string | null): boolean => {
    const want = /want=(\S+)/.exec(description ?? "")?.[1];
    return want !== undefined && want !== "-" && /done=(\S+)/.exec(description ?? "")?.[1] !== want;
  };
  const timer = setInterval(() => {
    const rows = [...scenario.simulator.state.applications.values()];
    most = Math.max(most, rows.filter(({ description }) => owed(description)).length);
  }, 2);
  return { most: () => most, stop: () => clearInterval(timer) };
}

describe("H8 rollouts of a template", () => {
  const five = ["ann", "bob", "cleo", "dan", "eve"];

  test("H8 creations and changes reach maxParallel stacks at a time, and all in the end", async () => {
    scenario = await createOrderScenario();
    await scenario.push({ "box.yaml": template("box:1", "maxParallel: 2"), ...boxes(...five) });
    const watch = watchParallel();
    scenario.engine().start();
    await until("all are made", () => five.every(scenario.isReady));
    const commit = await scenario.push({ "box.yaml": template("box:2", "maxParallel: 2") });
    await until("all are changed", () => five.every((name) => scenario.isReadyAt(name, commit)));
    watch.stop();
    expect(five.map(scenario.image)).toEqual(five.map(() => "ghcr.io/acme/box:2"));
    expect(watch.most()).toBeLessThanOrEqual(2);
    const waited = scenario
      .engine()
      .events()
      .filter(({ message }) => message.includes("is rolled out to 2 stacks at a time"));
    expect(waited.length).toBeGreaterThan(0);
    expect(scenario.deployed()).toHaveLength(10);
  });

  test("H8 one pass brings all stacks up, one after the other", async () => {
    scenario = await createOrderScenario();
    await scenario.push({ "box.yaml": template("box:1", "maxParallel: 1"), ...boxes(...five) });
    const watch = watchParallel();
    const result = await scenario.apply();
    watch.stop();
    expect(result.ok).toBe(true);
    expect(watch.most()).toBe(1);
  });

  test("H8 the plan's headline counts what will restart", async () => {
    scenario = await createOrderScenario();
    await scenario.run({ "box.yaml": template("box:1", "maxParallel: 1"), ...boxes(...five) });
    await scenario.push({ "box.yaml": template("box:2", "maxParallel: 1") });
    await scenario.restart();
    expect(renderLine(await scenario.engine().plan())).toBe(
      "would restart 5 services in 5 stacks; 5 stacks would be changed",
    );
  });

  test("H8 the first that fails stops the others, which keep what they have and say so", async () => {
    scenario = await createOrderScenario();
    const rollout = "maxParallel: 1, stopOnFailure: true";
    await scenario.run({ "box.yaml": template("box:1", rollout), ...boxes(...five) });
    await scenario.push({ "box.yaml": template("crash:2", rollout) });
    const failed = await until("one failed", () => five.find(scenario.isDegraded));
    const others = five.filter((name) => name !== failed);
    await until("the others say so", () =>
      others.every((name) =>
        scenario
          .waits(name, "template")
          ?.startsWith(`${failed} failed on the newest change of the template box`),
      ),
    );
    expect(others.map(scenario.image)).toEqual(others.map(() => "ghcr.io/acme/box:1"));
    expect(others.every((name) => scenario.status(name)?.plan?.actions.length !== 0)).toBe(true);

    await scenario.push({ "box.yaml": template("box:3", rollout) });
    await until("a new change reaches all", () =>
      five.every((name) => scenario.image(name) === "ghcr.io/acme/box:3" && scenario.isReady(name)),
    );
  });

  test("H8 when the one that failed recovers, the others follow", async () => {
    scenario = await createOrderScenario();
    const rollout = "maxParallel: 1, stopOnFailure: true";
    await scenario.run({ "box.yaml": template("box:1", rollout), ...boxes("ann", "bob", "cleo") });
    await scenario.push({ "box.yaml": template("crash:2", rollout) });
    const failed = await until("one failed", () => five.find(scenario.isDegraded));
    const others = ["ann", "bob", "cleo"].filter((name) => name !== failed);
    await until("the others wait", () => others.every((name) => scenario.waits(name, "template")));
    await scenario.push({ [`${failed}.yaml`]: box(failed, "box:2") });
    await until(
      "it recovered, and the next one had its turn",
      () => scenario.isReady(failed) && others.some(scenario.isDegraded),
    );
  });

  test("H8 a failure of a stack's own, or of a new one, stops nobody", async () => {
    scenario = await createOrderScenario();
    const rollout = "maxParallel: 2, stopOnFailure: true";
    await scenario.run({ "box.yaml": template("box:1", rollout), ...boxes("ann", "bob") });
    await scenario.push({ "cleo.yaml": box("cleo", "crash:1") });
    await until("the new one failed", () => scenario.isDegraded("cleo"));
    await scenario.push({ "dan.yaml": box("dan") });
    await until("another new one runs", () => scenario.isReady("dan"));
    await scenario.push({ "ann.yaml": box("ann", "box:2") });
    await until(
      "a change runs",
      () => scenario.isReady("ann") && scenario.image("ann") === "ghcr.io/acme/box:2",
    );
  });

  test("H8 after a restart the rest waits until it is known what became of those under way", async () => {
    scenario = await createOrderScenario();
    const rollout = "maxParallel: 1, stopOnFailure: true";
    await scenario.run({ "box.yaml": template("box:1", rollout), ...boxes(...five) });
    await scenario.push({ "box.yaml": template("crash:2", rollout) });
    const failed = await until("one failed", () => five.find(scenario.isDegraded));
    const others = five.filter((name) => name !== failed);
    await scenario.restart();
    scenario.engine().start();
    await until("it failed again", () => five.find(scenario.isDegraded) === failed);
    await until("the others wait", () =>
      others.every((name) => scenario.waits(name, "template")?.includes(`${failed} failed`)),
    );
    expect(others.map(scenario.image)).toEqual(others.map(() => "ghcr.io/acme/box:1"));
  });
});
