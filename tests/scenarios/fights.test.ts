// Law H3 end to end: somebody sets back what Capstan corrects, again and again.
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFastScenario } from "../support/fast-scenario.ts";
import { applicationOf, conditionOf, isReady, statusOf } from "../support/looks.ts";
import { simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: Scenario;
let stopEditing: () => void;
beforeEach(async () => {
  // Fields that no list shows are read again every four seconds.
  scenario = await createFastScenario({ engine: { deepCheckIntervalMs: 4_000 } });
  stopEditing = () => undefined;
});
afterEach(async () => {
  stopEditing();
  await scenario.close();
});

const driftOf = (stack: string) =>
  scenario
    .engine()
    .events()
    .filter((event) => event.kind === "drift" && event.stack === stack);
const corrections = (stack: string) =>
  driftOf(stack).filter(({ message }) => message.startsWith("configure app/web"));

async function begin(): Promise<void> {
  await scenario.push({ "shop.yaml": simpleStack("shop"), "keep.yaml": simpleStack("keep") });
  scenario.engine().start();
  await until("all is ready", () => isReady(scenario, "shop") && isReady(scenario, "keep"));
}
/** Another tool: whenever the image is as Git says, it sets another one. */
function keepEditing(stack: string, image: string): void {
  const { state } = scenario.simulator;
  const { applicationId, dockerImage } = applicationOf(scenario, stack);
  const timer = setInterval(() => {
    const now = state.applications.get(applicationId);
    const settled = statusOf(scenario, stack)?.outcome.kind === "converged";
    if (settled && now?.dockerImage === dockerImage) {
      state.editApplication(applicationId, { dockerImage: image });
    }
  }, 10);
  stopEditing = () => {
    clearInterval(timer);
  };
}

test("H3 one correction of drift is immediate, and no fight", async () => {
  await begin();
  const { applicationId, dockerImage } = applicationOf(scenario, "shop");
  scenario.simulator.state.editApplication(applicationId, { dockerImage: "evil:1" });
  await until("it is corrected, and all is as Git says after that", () => {
    const events = scenario.engine().events();
    const at = events.findIndex((event) => event.kind === "drift" && event.stack === "shop");
    return (
      at !== -1 &&
      events
        .slice(at)
        .some(
          ({ kind, stack, message }) =>
            kind === "outcome" && stack === "shop" && message === "in sync",
        )
    );
  });
  expect(applicationOf(scenario, "shop").dockerImage).toBe(dockerImage);
  expect(corrections("shop")).toHaveLength(1);
  expect(corrections("shop")[0]?.message).toContain("image: evil:1 → ghcr.io/acme/web:1");
  expect(driftOf("shop").filter(({ message }) => message.includes("repeated drift"))).toEqual([]);
});

test("H3 a field that is set back again and again is corrected ever later, and that is said", async () => {
  await begin();
  keepEditing("shop", "evil:1");
  await until("four corrections", () => corrections("shop").length >= 4);
  const times = corrections("shop").map(({ atMs }) => atMs);
  const gaps = times.slice(1).map((atMs, index) => atMs - times[index]!);
  for (const [index, gap] of gaps.entries()) expect(gap).toBeGreaterThanOrEqual(2_000 * 2 ** index);

  const told = driftOf("shop").find(({ message }) => message.startsWith("repeated drift"));
  expect(told?.message).toMatch(/^repeated drift: image of app\/web, 3 times in \S+$/);
  const waiting = await until("its condition says so", () => {
    const ready = conditionOf(scenario, "shop", "Ready");
    return ready?.reason === "WaitingFight" ? ready : null;
  });
  expect(waiting.message).toContain("repeated drift: image of app/web");

  // Others are not delayed by it.
  await scenario.push({ "keep.yaml": simpleStack("keep", { image: "ghcr.io/acme/web:2" }) });
  await until("the other stack follows Git", () => {
    const { dockerImage } = applicationOf(scenario, "keep");
    return dockerImage === "ghcr.io/acme/web:2" && isReady(scenario, "keep");
  });

  // New input is no drift: it goes out at once, and the count begins anew.
  stopEditing();
  const commit = await scenario.push({
    "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/web:3" }),
  });
  await until(
    "its own commit goes out",
    () => isReady(scenario, "shop") && statusOf(scenario, "shop")?.revision === commit,
  );
  expect(applicationOf(scenario, "shop").dockerImage).toBe("ghcr.io/acme/web:3");
  expect(conditionOf(scenario, "shop", "Synced")?.message).toBe("in sync");
});

test("H3 what runs is fought over too: a service that is scaled by hand again and again", async () => {
  await begin();
  const { appName } = applicationOf(scenario, "shop");
  const { state } = scenario.simulator;
  const timer = setInterval(() => {
    const service = state.swarmServices.get(appName);
    const settled = statusOf(scenario, "shop")?.outcome.kind === "converged";
    if (settled && service?.spec.Mode.Replicated.Replicas === 1) {
      state.scaleSwarmService(appName, 3);
    }
  }, 10);
  stopEditing = () => {
    clearInterval(timer);
  };
  const told = await until("it is told", () =>
    driftOf("shop").find(({ message }) => message.startsWith("repeated drift")),
  );
  expect(told.message).toContain("what runs of app/web, 3 times");
  stopEditing();
  // Between two corrections all is as Git says; that it is fought over is still said.
  await until("it is synced again, and says so", () => {
    const { status, message } = conditionOf(scenario, "shop", "Synced") ?? {};
    return (
      status === "True" &&
      isReady(scenario, "shop") &&
      message?.includes("in sync; repeated drift: what runs of app/web")
    );
  });
});
