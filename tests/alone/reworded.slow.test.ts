// No text is protocol: with every sentence reworded, Capstan decides the same and ends in the same world.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createDokploy } from "../../src/dokploy/platform.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { describe as describeMarker, parseMarker } from "../../src/model/marker.ts";
import type { Event } from "../../src/model/status.ts";
import { createWorld, manifest } from "../cli/world.ts";
import type { World } from "../cli/world.ts";
import { reword, rewording } from "../support/reworded.ts";
import { createScenario, simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";
import { worldPicture } from "../support/world-picture.ts";

/** Imported by the factories themselves: these run before this file's imports. */
const { words, modules } = vi.hoisted(() => ({
  words: () => import("../support/reworded.ts"),
  modules: () => import("../support/reworded-modules.ts"),
}));

vi.mock(import("../../src/plan/cause-words.ts"), async (original) =>
  (await words()).rewordedModule(await original()),
);
vi.mock(import("../../src/plan/hold-words.ts"), async (original) =>
  (await words()).rewordedModule(await original()),
);
vi.mock(import("../../src/plan/action-words.ts"), async (original) =>
  (await words()).rewordedModule(await original()),
);
vi.mock(import("../../src/plan/render/words.ts"), async (original) =>
  (await words()).rewordedModule(await original(), ["problemLine", "actionTitle"]),
);
vi.mock(import("../../src/lib/errors.ts"), async (original) =>
  (await modules()).rewordedErrors(await original()),
);
vi.mock(import("../../src/engine/events/events.ts"), async (original) =>
  (await modules()).rewordedEvents(await original()),
);
vi.mock(import("../../src/engine/events/status.ts"), async (original) =>
  (await modules()).rewordedStatuses(await original()),
);
vi.mock(import("../../src/engine/run/reconcile.ts"), async (original) =>
  (await modules()).rewordedOutcomes(await original()),
);
vi.mock(import("../../src/engine/execution/execute.ts"), async (original) =>
  (await modules()).rewordedResults(await original()),
);
vi.mock(import("../../src/engine/rollout/rollout-judge.ts"), async (original) =>
  (await modules()).rewordedJudge(await original()),
);
vi.mock(import("../../src/http/problem.ts"), async (original) =>
  (await modules()).rewordedProblems(await original()),
);

const closing: (() => Promise<void>)[] = [];
beforeEach(() => {
  rewording.isOn = false;
});
afterEach(async () => {
  rewording.isOn = false;
  for (const close of closing.splice(0).reverse()) await close();
});

/** What was decided, and the texts that were told of it. */
interface Played {
  readonly decided: unknown;
  readonly told: string;
}

/** Plays in Capstan's words and in others: all that was decided must be the same, and no text. */
async function expectTheSame(play: () => Promise<Played>): Promise<void> {
  const plain = await play();
  rewording.isOn = true;
  const reworded = await play();
  expect(reworded.decided).toEqual(plain.decided);
  expect(plain.told).not.toBe("");
  expect(reworded.told).toContain("~ ");
  expect(reworded.told).not.toBe(plain.told);
}

/** The decisions in events: rollouts' steps depend on how quick the machine is. */
function decisions(events: readonly Event[]): readonly unknown[] {
  return events
    .filter(({ kind, action }) => action !== undefined || kind === "problem")
    .map(({ kind, level, stack, action, changes, problem }) => ({
      kind,
      level,
      stack,
      type: action?.type,
      status: action?.status,
      service: action?.service,
      cause: action?.cause.kind,
      changes: changes?.map(({ path }) => path),
      problem: problem?.line,
    }));
}

test("the other words are others, also when they are reworded again", () => {
  expect(reword("record app/web")).toBe("record app/web");
  rewording.isOn = true;
  expect(reword("record az/9")).toBe("~ sfdpse ba/0");
});

describe("the engine", () => {
  async function begin(): Promise<Scenario> {
    const scenario = await createScenario({ engine: { deepCheckIntervalMs: 300 } });
    closing.push(() => scenario.close());
    return scenario;
  }
  const isReady = (engine: Engine, name: string): boolean =>
    engine
      .stacks()
      .some(
        (one) =>
          one.name === name &&
          one.conditions.some(({ type, status }) => type === "Ready" && status === "True"),
      );
  const row = ({ simulator }: Scenario) => [...simulator.state.applications.values()][0]!;
  const told = (scenario: Scenario): string =>
    scenario
      .engine()
      .events()
      .map(({ message }) => message)
      .join("\n");

  test("heals drift as drift, and remembers a redeploy and its deploys over restarts", async () => {
    await expectTheSame(async () => {
      const scenario = await begin();
      const content = simpleStack("shop").replace("stableFor: 0s", "stableFor: 300ms");
      await scenario.push({ "shop.yaml": content });
      scenario.engine().start();
      await until("it is ready", () => isReady(scenario.engine(), "shop"));
      scenario.simulator.state.editApplication(row(scenario).applicationId, {
        dockerImage: "ghcr.io/acme/web:9",
      });
      const drift = await until("it is healed", () =>
        scenario
          .engine()
          .events()
          .find(({ kind }) => kind === "drift"),
      );
      await until("it is ready again", () => {
        const { settled } = worldPicture(scenario.simulator).applications[0]!;
        return settled && isReady(scenario.engine(), "shop");
      });
      const events = decisions(scenario.engine().events());
      const texts = told(scenario);

      // Read alone, so that what was asked for is written by the next process.
      await scenario.restart();
      await scenario.engine().lead();
      await scenario.engine().plan();
      scenario.engine().redeploy("shop", null, "ann");
      await scenario.restart();
      scenario.engine().start();
      const deployments = scenario.simulator.state.deployments;
      await until("it is deployed again", () => deployments.size === 3);
      // In the middle of it: the next process goes on, and knows why it was begun.
      await scenario.restart();
      scenario.engine().start();
      await until("it is ready once more", () => isReady(scenario.engine(), "shop"));
      const last = scenario.engine().deploys("shop");
      const runs = scenario.engine().runs("shop", 20);
      return {
        decided: {
          events,
          drift: [drift.action?.type, drift.action?.cause, drift.changes],
          deploys: deployments.size,
          last: last.map(({ service, cause }) => ({ service, cause })),
          recorded: runs.flatMap(({ actions }) =>
            actions.map(({ type, service, status, cause }) => [type, service, status, cause?.kind]),
          ),
          world: worldPicture(scenario.simulator),
        },
        told: texts,
      };
    });
  });

  test("removes what was made twice without an approval, and nothing else", async () => {
    await expectTheSame(async () => {
      const scenario = await begin();
      await scenario.push({ "shop.yaml": simpleStack("shop"), "blog.yaml": simpleStack("blog") });
      expect((await scenario.apply()).ok).toBe(true);
      const shop = [...scenario.simulator.state.projects.values()].find(
        ({ name }) => name === "shop",
      )!;
      const marker = parseMarker(shop.description)!;
      const platform = createDokploy({
        url: scenario.simulator.url,
        apiKey: scenario.simulator.apiKey,
        clock: systemClock,
        random: () => 0.5,
        logger: silentLogger,
        redactor: scenario.redactor,
      });
      closing.push(() => platform.close());
      const description = describeMarker("", { ...marker, id: null });
      await platform.createProject({ name: "shop", description, variables: {} });
      await scenario.push({ "blog.yaml": null });
      const { stacks } = await scenario.apply({ prune: false });
      const { heldPrune } = await scenario.engine().plan();
      return {
        decided: {
          outcomes: stacks.map(({ name, outcome }) => [
            name,
            outcome.kind,
            outcome.kind === "waiting" ? outcome.reason : null,
          ]),
          held: heldPrune?.reason,
          events: decisions(scenario.engine().events()),
          world: worldPicture(scenario.simulator),
        },
        told: told(scenario),
      };
    });
  });
});

describe("commands", () => {
  async function begin(): Promise<World> {
    const world = await createWorld();
    world.environment.RESYNC_INTERVAL = "1s";
    closing.push(() => world.close());
    return world;
  }
  /** A line by its mark and its stack, which are no words; sorted, as stacks are worked on side by side. */
  const shape = (text: string): readonly string[] =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => /^([^\w\s~]) +(\S+) {2}/.exec(line)?.slice(1, 3).join(" ") ?? "a line")
      .sort();
  const printed = ({ code, out, err }: Awaited<ReturnType<World["capstan"]>>) => ({
    code,
    out: shape(out),
    err: shape(err),
  });

  test("apply tells of its work line by line, and takes an approval of exactly what waits", async () => {
    await expectTheSame(async () => {
      const world = await begin();
      const apply = (...args: readonly string[]) =>
        world.capstan("apply", "--source", "stacks", ...args);
      await world.write({
        "stacks/alpha.yaml": manifest("alpha"),
        "stacks/beta.yaml": manifest("beta"),
      });
      const made = await apply();
      await world.write({ "stacks/alpha.yaml": null, "stacks/beta.yaml": null });
      await world.write({ "stacks/broken.yaml": "apiVersion: capstan/v1\nkind: Stack\n" });
      const unreadable = await apply("--prune");
      await world.write({ "stacks/broken.yaml": "# nothing yet\n" });
      const held = await apply("--prune");
      const planned = await world.capstan("plan", "--source", "stacks", "--json");
      const { hold } = JSON.parse(planned.out) as { hold: { digest: string; removals: object[] } };
      const another = await apply("--prune", "--approve", "0123456789ab");
      const approved = await apply("--prune", "--approve", hold.digest);
      const all = [made, unreadable, held, another, approved];
      return {
        decided: {
          printed: all.map(printed),
          going: hold.removals.length,
          // Why it waits is told once, not again with how each stack ended.
          toldOnce: held.out.includes("waits for an approval"),
          world: worldPicture(world.simulator),
        },
        told: all.map(({ out, err }) => `${out}${err}`).join("\n"),
      };
    });
  });

  test("apply beside a controller follows it to the end and tells what it did", async () => {
    await expectTheSame(async () => {
      const world = await begin();
      await world.write({ "stacks/alpha.yaml": manifest("alpha") });
      const { stage, ended } = world.begin("run", "--source", "stacks");
      try {
        world.environment.CAPSTAN_URL = await until("the controller listens", () =>
          / health (?:on )?(http:\/\/\S+)\/health/.exec(stage.terminal.err())?.at(1),
        );
        await until("it is ready", async () => {
          const { code, out } = await world.capstan("get", "stack", "alpha", "-o", "json");
          return code === 0 && (JSON.parse(out) as { ready: boolean }).ready;
        });
        await world.write({ "stacks/beta.yaml": manifest("beta") });
        const applied = await world.capstan("apply", "--stack", "beta");
        return {
          decided: { ...printed(applied), world: worldPicture(world.simulator) },
          told: applied.err,
        };
      } finally {
        stage.interrupt();
        await ended;
      }
    });
  });
});
