// Schedules of an application, from the first line in Git to what is left of them. Dokploy knows no two of them apart
// by name and takes any text for a cron expression; people make schedules too, which are theirs.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseMarker } from "../../src/model/marker.ts";
import { newSchedule } from "../../src/simulator/timedRows.ts";
import { createRandom } from "../../src/simulator/random.ts";
import type { ScheduleRow } from "../../src/simulator/timedRows.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import { simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

const password = "canary-password";
const nightly = 'cron: "0 2 * * *", timezone: Europe/Amsterdam, command: ./report';
let scenario: Scenario;
beforeEach(async () => {
  scenario = await createFastScenario({ secrets: { report: password } });
});
afterEach(() => scenario.close());

const state = () => scenario.simulator.state;
const application = () => [...state().applications.values()][0]!;
const rows = (): readonly ScheduleRow[] => [...state().schedules.values()];
const shown = (): readonly string[] =>
  rows()
    .map(({ name, cronExpression }) => `${name} ${cronExpression}`)
    .sort();

function shop(schedules: Readonly<Record<string, string>>, more: readonly string[] = []): string {
  const lines = Object.entries(schedules).map(([name, given]) => `        ${name}: { ${given} }`);
  const extra = [...(lines.length === 0 ? [] : ["      schedules:", ...lines]), ...more];
  return simpleStack("shop", extra.length === 0 ? {} : { extra: extra.join("\n") });
}

async function push(schedules: Readonly<Record<string, string>>, more?: readonly string[]) {
  await scenario.push({ "shop.yaml": shop(schedules, more) });
}

/** Applies, and answers with what was written. */
async function apply(schedules: Readonly<Record<string, string>>): Promise<readonly string[]> {
  await push(schedules);
  scenario.writes();
  const result = await scenario.apply();
  expect(result.stacks.map(({ outcome }) => outcome.kind)).toEqual(["converged"]);
  return scenario.writes();
}

/** As somebody makes one in Dokploy. */
function byHand(given: Partial<ScheduleRow> = {}): ScheduleRow {
  const { applicationId } = application();
  const row = newSchedule(createRandom(state().schedules.size + 7), {
    ...{ name: "nightly", cronExpression: "0 9 * * *", command: "./by-hand", shellType: "sh" },
    ...{ applicationId, ...given },
  });
  state().schedules.set(row.scheduleId, row);
  return row;
}

async function planned(): Promise<unknown> {
  await scenario.restart();
  return (await scenario.engine().plan()).plans;
}

async function deepCheck(): Promise<void> {
  await scenario.restart({ deepCheckIntervalMs: 3_000 });
  scenario.engine().start();
}

test("a schedule is made with its application and never deploys it; then there is nothing to do", async () => {
  await apply({ nightly });
  expect(rows()).toMatchObject([
    {
      ...{ name: "nightly", cronExpression: "0 2 * * *", timezone: "Europe/Amsterdam" },
      ...{ shellType: "sh", command: "./report", enabled: true, scheduleType: "application" },
      applicationId: application().applicationId,
    },
  ]);
  expect(await apply({ nightly })).toEqual([]);
  const before = parseMarker(application().description);
  expect(await apply({ nightly, hourly: 'cron: "@hourly", command: "true"' })).toEqual([
    "schedule.create",
    "application.update",
  ]);
  expect(parseMarker(application().description)?.want).toEqual(before?.want);
});

test.each([
  ["cron", nightly.replace("0 2", "0 3"), { cronExpression: "0 3 * * *" }],
  ["timezone", nightly.replace("Europe/Amsterdam", "UTC"), { timezone: "UTC" }],
  ["command", nightly.replace("./report", "./other"), { command: "./other" }],
  ["shell", `${nightly}, shell: bash`, { shellType: "bash" }],
  ["enabled", `${nightly}, enabled: false`, { enabled: false }],
])(
  "W1 a changed %s is written in place, and nothing is deployed",
  async (field, next, expected) => {
    await apply({ nightly });
    const [before] = rows();
    await push({ nightly: next });
    const plan = await planned();
    expect(JSON.stringify(plan)).toContain(`schedules.nightly.${field}`);
    expect(await apply({ nightly: next })).toEqual(["schedule.update", "application.update"]);
    expect(rows()).toMatchObject([{ ...before, ...expected }]);
    expect(await apply({ nightly: next })).toEqual([]);
  },
);

test("a renamed schedule is made under its new name and goes under the old one", async () => {
  await apply({ nightly });
  expect(await apply({ daily: nightly })).toEqual([
    "schedule.create",
    "schedule.delete",
    "application.update",
  ]);
  expect(shown()).toEqual(["daily 0 2 * * *"]);
});

test("W5 a schedule that leaves the manifest goes, and so do all of them", async () => {
  await apply({ nightly, daily: nightly });
  await apply({ nightly });
  expect(shown()).toEqual(["nightly 0 2 * * *"]);
  await apply({});
  expect(shown()).toEqual([]);
});

describe("drift", () => {
  test("H3 each field that somebody changed is put back, and what was deleted is made again", async () => {
    await apply({ nightly });
    await deepCheck();
    const [row] = rows();
    Object.assign(row!, { cronExpression: "0 7 * * *", timezone: null, command: "./else" });
    await until("the fields are healed", () => rows()[0]?.command === "./report");
    expect(rows()).toMatchObject([
      { cronExpression: "0 2 * * *", timezone: "Europe/Amsterdam", command: "./report" },
    ]);
    Object.assign(row!, { shellType: "bash", enabled: false });
    await until("they are healed too", () => rows()[0]?.enabled === true);
    expect(rows()[0]?.shellType).toBe("sh");
    state().schedules.clear();
    await until("it is there again", () => rows().length === 1);
    const told = () =>
      scenario
        .engine()
        .events()
        .filter(({ message }) => message.includes("schedule nightly"));
    await until("the last one is told, too", () => told().length >= 3);
    expect(told()).toHaveLength(3);
  });

  test("W3 of two of ours under one name one goes", async () => {
    await apply({ nightly });
    const [row] = rows();
    state().schedules.set("copy", { ...row!, scheduleId: "copy" });
    await deepCheck();
    await until("one is left", () => rows().length === 1);
    expect(shown()).toEqual(["nightly 0 2 * * *"]);
  });
});

describe("what people made in Dokploy", () => {
  test("stays as it is, whatever Git has beside it", async () => {
    await apply({ nightly });
    byHand({ name: "by hand" });
    await deepCheck();
    const [own] = rows();
    Object.assign(own!, { command: "./else" });
    await until("the own one is healed", () => rows()[0]?.command === "./report");
    await apply({});
    expect(shown()).toEqual(["by hand 0 9 * * *"]);
  });

  test("W6 a Capstan that did not know schedules yet left some behind, and nothing happens to them", async () => {
    await apply({});
    byHand();
    byHand({ name: "other" });
    expect(await apply({})).toEqual([]);
    await deepCheck();
    await until("it was read whole", () =>
      scenario.simulator.log.entries.some(({ procedures }) =>
        procedures.includes("application.one"),
      ),
    );
    await scenario.engine().stop();
    expect(shown()).toEqual(["nightly 0 9 * * *", "other 0 9 * * *"]);
  });

  test("is taken over under the name that Git uses, and only one of them", async () => {
    await apply({});
    const row = byHand();
    const second = byHand();
    await push({ nightly });
    const plan = await planned();
    expect(JSON.stringify(plan)).toContain("schedules.nightly.origin");
    expect(await apply({ nightly })).toEqual(["schedule.update", "application.update"]);
    expect(shown()).toEqual(["nightly 0 2 * * *", "nightly 0 9 * * *"]);
    expect(state().schedules.get(row.scheduleId)?.command).toBe("./report");
    expect(state().schedules.get(second.scheduleId)?.command).toBe("./by-hand");
    expect(await apply({ nightly })).toEqual([]);
    await apply({});
    expect(shown()).toEqual(["nightly 0 9 * * *"]);
  });
});

describe("W3 an answer that was lost", () => {
  test.each(["answerLost", "lateWrite"] as const)(
    "of a create makes one, not two: %s",
    async (kind) => {
      await apply({});
      const rule = kind === "lateWrite" ? { kind, ms: 3_000 } : { kind };
      scenario.simulator.faults.add({ procedure: "schedule.create", ...rule });
      await apply({ nightly });
      expect(shown()).toEqual(["nightly 0 2 * * *"]);
      expect(scenario.simulator.log.counts()["schedule.create"]).toBeUndefined();
      expect(await apply({ nightly })).toEqual([]);
    },
  );

  test("and a manifest that takes the schedule back meanwhile leave none behind", async () => {
    await apply({});
    scenario.simulator.faults.add({ procedure: "schedule.create", kind: "answerLost" });
    await push({ nightly });
    scenario.engine().start();
    await until("it was sent", () => rows().length === 1);
    await push({});
    await until("none is left", () => rows().length === 0);
  });
});

test("P5 a secret in a command is in no plan, event or status", async () => {
  const given = 'cron: "0 2 * * *", command: "./report $(secrets.report)"';
  await apply({ nightly: given });
  expect(rows()[0]?.command).toBe(`./report ${password}`);
  Object.assign(rows()[0]!, { command: `./report ${password} typed-by-hand` });
  await deepCheck();
  await until("it is healed", () => rows()[0]?.command === `./report ${password}`);
  // Plans in memory hold what is written; what people see of them is rendered.
  const all = (): string =>
    JSON.stringify([
      scenario.engine().events(),
      scenario
        .engine()
        .stacks()
        .map((status) => ({ ...status, plan: null })),
    ]);
  await until("it is told", () => all().includes("schedule nightly"));
  const told = all();
  expect(told).not.toContain(password);
  expect(told).not.toContain("typed-by-hand");
  expect(JSON.stringify(await planned())).not.toContain(password);
});

test("O3 a stack that leaves Git takes its schedules along", async () => {
  const others = { "blog.yaml": simpleStack("blog"), "docs.yaml": simpleStack("docs") };
  await scenario.push({ ...others, "shop.yaml": shop({ nightly }) });
  expect((await scenario.apply()).ok).toBe(true);
  expect(rows()).toHaveLength(1);
  await scenario.push({ "shop.yaml": null });
  expect((await scenario.apply()).ok).toBe(true);
  expect(rows()).toEqual([]);
});
