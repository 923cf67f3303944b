// When a stack's turn comes, end to end: dependencies, sync windows, suspension.
import { afterEach, describe, expect, test } from "vitest";
import { jumpClock } from "../support/jump-clock.ts";
import { createOrderScenario, dependent, withHeader } from "../support/order.ts";
import type { OrderScenario } from "../support/order.ts";
import { simpleStack, simpleStacks } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: OrderScenario;
afterEach(() => scenario.close());

describe("H5 dependsOn", () => {
  test("H5 a chain comes up in its order in one pass", async () => {
    scenario = await createOrderScenario();
    await scenario.push({
      "a-web.yaml": dependent("aweb", "bapi"),
      "b-api.yaml": dependent("bapi", "cdb"),
      "c-db.yaml": simpleStack("cdb"),
    });
    const result = await scenario.apply();
    expect(result.ok).toBe(true);
    expect(scenario.deployed()).toEqual(["cdb", "bapi", "aweb"]);
  });

  test("H5 in the loop a stack waits until those it names are Ready on the same revision", async () => {
    scenario = await createOrderScenario();
    await scenario.run({ "db.yaml": simpleStack("db"), "web.yaml": dependent("web", "db") });
    const release = scenario.simulator.faults.holdPulls("acme/slow");
    await scenario.push({
      "db.yaml": simpleStack("db", { image: "ghcr.io/acme/slow:2" }),
      "web.yaml": dependent("web", "db", "ghcr.io/acme/web:2"),
    });
    const message = await until("web waits", () => scenario.waits("web", "dependency"));
    expect(message).toMatch(/^waits for db: it/);
    await until("the plan is shown", () => (scenario.status("web")?.plan?.actions.length ?? 0) > 0);
    await until("db is deployed", () => scenario.image("db") === "ghcr.io/acme/slow:2");
    expect(scenario.image("web")).toBe("ghcr.io/acme/web:1");
    release();
    await until(
      "both run",
      () => scenario.isReady("web") && scenario.image("web") === "ghcr.io/acme/web:2",
    );
    expect(scenario.isReady("db")).toBe(true);
    expect(scenario.deployed().slice(2)).toEqual(["db", "web"]);
  });

  test("H5 a stack with nothing to do needs no dependency", async () => {
    scenario = await createOrderScenario();
    await scenario.run({ "db.yaml": simpleStack("db"), "web.yaml": dependent("web", "db") });
    await scenario.push({
      "db.yaml": simpleStack("db", { image: "ghcr.io/acme/crash:2" }),
      "web.yaml": dependent("web", "db").replace("kind: Stack", "kind: Stack # the same"),
    });
    await until("db failed", () => scenario.isDegraded("db"));
    const askedAtMs = Date.now();
    scenario.engine().trigger("web", "a person asked");
    await until("web was looked at", () => scenario.status("web")!.lastRunMs > askedAtMs);
    expect(scenario.isReady("web")).toBe(true);
    expect(scenario.waits("web", "dependency")).toBeNull();
  });

  test("H5 a pass ends when a dependency failed, and tells all who wait because of it", async () => {
    scenario = await createOrderScenario();
    await scenario.push({
      "db.yaml": simpleStack("db", { image: "ghcr.io/acme/crash:1" }).replace("20s", "1s"),
      "api.yaml": dependent("api", "db"),
      "web.yaml": dependent("web", "api"),
      "other.yaml": simpleStack("other"),
    });
    const result = await scenario.apply();
    expect(result.ok).toBe(false);
    expect(scenario.isDegraded("db")).toBe(true);
    expect(scenario.waits("api", "dependency")).toMatch(
      /^waits for db: it failed \(web: not healthy in time/,
    );
    expect(scenario.waits("web", "dependency")).toMatch(
      /^waits for api: it waits itself \(waits for db/,
    );
    expect(scenario.isReady("other")).toBe(true);
    expect(scenario.projects()).toEqual(["db", "other"]);
  });

  test("H5 the one that failed is mended, and those that wait go on by themselves", async () => {
    scenario = await createOrderScenario();
    await scenario.push({
      "db.yaml": simpleStack("db", { image: "ghcr.io/acme/crash:1" }).replace("20s", "1s"),
      "web.yaml": dependent("web", "db"),
    });
    scenario.engine().start();
    await until("web tells of the failure", () =>
      scenario.waits("web", "dependency")?.includes("it failed"),
    );
    await scenario.push({ "db.yaml": simpleStack("db") });
    await until("both run", () => scenario.isReady("db") && scenario.isReady("web"));
  });

  test("H5 a broken dependency and a suspended one are waited for by name", async () => {
    scenario = await createOrderScenario();
    await scenario.push({
      "db.yaml": simpleStack("db").replace("image:", "imagee:"),
      "queue.yaml": withHeader(simpleStack("queue"), "suspend: true"),
      "api.yaml": dependent("api", "db"),
      "web.yaml": dependent("web", "queue"),
    });
    scenario.engine().start();
    await until("api waits", () =>
      scenario.waits("api", "dependency")?.includes("db: its manifest has a problem"),
    );
    await until("web waits", () =>
      scenario.waits("web", "dependency")?.includes("queue: it is suspended in Git"),
    );
    expect(scenario.writes()).toEqual([]);
    await scenario.push({ "db.yaml": simpleStack("db"), "queue.yaml": simpleStack("queue") });
    await until("all run", () => ["db", "queue", "api", "web"].every(scenario.isReady));
  });

  test("H5 a pass over one stack takes its dependencies as they are and changes none of them", async () => {
    scenario = await createOrderScenario();
    await scenario.push({ "db.yaml": simpleStack("db"), "web.yaml": dependent("web", "db") });
    const early = await scenario.apply({ stacks: ["web"] });
    expect(early.stacks.map(({ name }) => name)).toEqual(["web"]);
    expect(scenario.waits("web", "dependency")).toContain(
      "only the stacks that were named are changed",
    );
    expect(scenario.writes()).toEqual([]);
    expect((await scenario.apply({ stacks: ["db"] })).ok).toBe(true);
    expect((await scenario.apply({ stacks: ["web"] })).ok).toBe(true);
    expect(scenario.projects()).toEqual(["db", "web"]);
  });

  test("H5 a stack that leaves Git while others depend on it is not removed", async () => {
    scenario = await createOrderScenario();
    const others = ["five", "four", "one", "three", "two"];
    await scenario.push({
      ...simpleStacks(others),
      "db.yaml": simpleStack("db"),
      "web.yaml": dependent("web", "db"),
    });
    expect((await scenario.apply()).ok).toBe(true);
    scenario.writes();
    await scenario.push({ "db.yaml": null });
    const result = await scenario.apply();
    expect(result.problems.map(({ message }) => message)).toEqual([
      "dependsOn names an unknown stack `db`",
    ]);
    expect(scenario.writes()).toEqual([]);
    expect(scenario.waits("db", "dependency")).toContain("stacks that are in Git depend on it");
    await scenario.push({ "web.yaml": null });
    await scenario.apply();
    expect(scenario.projects()).toEqual(others);
  });
});

const windowed = (manifest: string): string =>
  withHeader(
    manifest,
    'sync: { windows: [ { allow: "0 6 * * *", for: 1h, timezone: Europe/Amsterdam } ] }',
  );

describe("H6 suspend, a closed window and --dry-run write nothing, and the plan is shown", () => {
  test("H6 a suspended stack is planned and left alone until it is resumed", async () => {
    scenario = await createOrderScenario();
    await scenario.run({ "shop.yaml": simpleStack("shop") });
    const next = simpleStack("shop", { image: "ghcr.io/acme/web:2" });
    await scenario.push({ "shop.yaml": withHeader(next, "suspend: true") });
    await until("it is suspended", () => scenario.waits("shop", "suspended"));
    expect(scenario.status("shop")?.plan?.actions.length).toBeGreaterThan(0);
    expect(scenario.writes()).toEqual([]);
    await scenario.push({ "shop.yaml": next });
    await until(
      "it runs",
      () => scenario.isReady("shop") && scenario.image("shop") === "ghcr.io/acme/web:2",
    );
  });

  test("H6 a deploy that was not requested yet is not when the stack is suspended meanwhile", async () => {
    scenario = await createOrderScenario();
    const release = scenario.simulator.faults.holdPulls("ghcr.io/acme/web");
    const names = ["one", "two", "three", "four", "five", "six"];
    const all = (header?: string): Record<string, string> =>
      Object.fromEntries(
        names.map((name) => {
          const manifest = simpleStack(name);
          return [
            `${name}.yaml`,
            header === undefined ? manifest : withHeader(manifest, header),
          ] as const;
        }),
      );
    await scenario.push(all());
    scenario.engine().start();
    await until("the queue is full", () =>
      scenario
        .engine()
        .events()
        .some(({ message }) => message.includes("waiting for room in Dokploy's queue")),
    );
    await scenario.push(all("suspend: true"));
    await until("all are suspended", () =>
      names.every((name) => scenario.waits(name, "suspended")),
    );
    release();
    await until("what was requested has ended", () => {
      const { deployments, queue } = scenario.simulator.state;
      return (
        scenario.engine().state().activeDeployments === 0 &&
        queue.waiting.length + queue.active.length === 0 &&
        [...deployments.values()].every(({ status }) => status === "done")
      );
    });
    expect(scenario.simulator.state.deployments.size).toBeLessThan(names.length);
    await scenario.push(all());
    await until("all run", () => names.every(scenario.isReady));
    expect(scenario.simulator.state.deployments.size).toBe(names.length);
  });

  test("H6 a dry run plans and writes nothing", async () => {
    scenario = await createOrderScenario({ engine: { dryRun: true } });
    await scenario.push({ "shop.yaml": simpleStack("shop") });
    scenario.engine().start();
    await until("it is planned", () => scenario.waits("shop", "dry-run"));
    expect(scenario.status("shop")?.plan?.actions.length).toBeGreaterThan(0);
    expect(scenario.writes()).toEqual([]);
  });

  test("H6 outside its window a stack is planned, tells when it opens, and runs by itself then", async () => {
    const clock = jumpClock("2026-11-23T05:50:00+01:00");
    scenario = await createOrderScenario({ clock });
    await scenario.push({
      "shop.yaml": windowed(simpleStack("shop")),
      "blog.yaml": simpleStack("blog"),
    });
    scenario.engine().start();
    const message = await until("it waits", () => scenario.waits("shop", "window"));
    expect(message).toBe(
      "outside its sync windows nothing is written; the next opens 2026-11-23 06:00 Europe/Amsterdam",
    );
    expect(scenario.status("shop")?.plan?.actions.length).toBeGreaterThan(0);
    await until("the other one runs", () => scenario.isReady("blog"));
    expect(scenario.waits("shop", "window")).toBe(message);
    expect(scenario.projects()).toEqual(["blog"]);
    clock.jumpTo("2026-11-23T06:00:00+01:00");
    await until("its window opened", () => scenario.isReady("shop"));
    const outcomes = scenario.engine().events();
    expect(outcomes.filter(({ message: text }) => text === message)).toHaveLength(1);
  });

  test("H6 a pass does not wait for a window, and is no failure because of it", async () => {
    scenario = await createOrderScenario({ clock: jumpClock("2026-11-23T12:00:00+01:00") });
    await scenario.push({ "shop.yaml": windowed(simpleStack("shop")) });
    const result = await scenario.apply();
    expect(result.ok).toBe(true);
    expect(scenario.waits("shop", "window")).toContain("2026-11-24 06:00");
    expect(scenario.writes()).toEqual([]);
  });

  test("H6 a stack that left Git has no window and goes", async () => {
    scenario = await createOrderScenario({ clock: jumpClock("2026-11-23T06:30:00+01:00") });
    const files = ["one", "two", "three", "four"].map((name) => [
      `${name}.yaml`,
      windowed(simpleStack(name)),
    ]);
    await scenario.push(Object.fromEntries(files) as Record<string, string>);
    expect((await scenario.apply()).ok).toBe(true);
    await scenario.push({ "one.yaml": null });
    await scenario.apply();
    expect(scenario.projects()).toEqual(["four", "three", "two"]);
  });

  test("H6 what a deep check found outside the window is corrected when it opens", async () => {
    const clock = jumpClock("2026-11-23T05:50:00+01:00");
    scenario = await createOrderScenario({
      clock,
      engine: { resyncIntervalMs: 200, deepCheckIntervalMs: 1_000 },
    });
    const outcomes = () =>
      scenario
        .engine()
        .events()
        .filter(({ kind }) => kind === "outcome");
    await scenario.push({ "shop.yaml": simpleStack("shop") });
    scenario.engine().start();
    await until("it is ready", () => scenario.isReady("shop"));
    const revision = await scenario.push({ "shop.yaml": windowed(simpleStack("shop")) });
    await until("it has a window", () => scenario.engine().state().revision === revision);
    const applicationId = scenario.applicationId("shop");
    scenario.simulator.state.editApplication(applicationId, { dockerImage: "evil/miner:1" });
    await until("the edit is found", () => scenario.waits("shop", "window"));
    const found = outcomes().length - 1;
    const runs = new Set<number>();
    await until("it ran again, and not deep each time", () => {
      runs.add(scenario.status("shop")!.lastRunMs);
      return runs.size > 8;
    });
    expect(outcomes()[found]?.message).toMatch(/^outside its sync windows/);
    expect(scenario.image("shop")).toBe("evil/miner:1");
    // Runs in between that look less deep do not call it well.
    const since = outcomes().slice(found);
    expect(since.map(({ message }) => message)).not.toContain("in sync");

    const opensAt = "2026-11-23T06:00:00+01:00";
    clock.jumpTo(opensAt);
    const drift = await until("it is corrected", () =>
      scenario
        .engine()
        .events()
        .find(({ kind }) => kind === "drift"),
    );
    expect(drift.atMs).toBeGreaterThanOrEqual(Date.parse(opensAt));
    await until("all is as Git says", () => outcomes().at(-1)?.message === "in sync");
    expect(scenario.image("shop")).toBe("ghcr.io/acme/web:1");
  });
});
