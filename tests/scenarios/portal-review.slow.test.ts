// The portal in pull-request mode: a name becomes a pull request, and its merge a running stack.
import { ownStackView } from "../../src/http/api/portal-views.ts";
import { afterEach, expect, test } from "vitest";
import type { Portal } from "../../src/engine/portal/portal.ts";
import { openForgeBench } from "../support/forge-bench.ts";
import type { ForgeBench } from "../support/forge-bench.ts";
import { aiTemplate, yan, zoe } from "../support/portal-bench.ts";
import { until } from "../support/until.ts";

let bench: ForgeBench;
afterEach(() => bench.close());

async function open(environment: Readonly<Record<string, string>> = {}): Promise<void> {
  bench = await openForgeBench({
    files: { "stacks/templates/ai-stack.yaml": aiTemplate },
    environment: {
      PORTAL_MODE: "pull-request",
      STACK_DOMAIN_SUFFIX: "ai.example.com",
      STACK_IMAGE: "ghcr.io/acme/opencode:1",
      ...environment,
    },
  });
  await until("Git was read", () => bench.controller().engine.loaded() !== null);
}

function portal(): Portal {
  const { portal: found } = bench.controller();
  if (found === null) throw new Error("the controller has no portal");
  return found;
}

const stateOf = async (id: string) => {
  const state = await portal().state(id);
  if (state === null) throw new Error(`there is no deployment ${id}`);
  return state;
};

test("a name waits for a review, and its merge becomes a running stack", async () => {
  await open();
  const record = await portal().deploy({ name: "ada" }, zoe);
  const waiting = await stateOf(record.id);
  expect(waiting).toMatchObject({
    status: "initializing",
    currentStep: "Waiting for a review",
    progress: 14,
  });
  const [pull] = bench.gitea.pulls;
  expect(waiting.steps[1]).toMatchObject({
    id: "review",
    state: "active",
    link: record.review?.url,
  });
  expect(pull).toMatchObject({ title: "Add the stack ada", base: "main" });
  expect(await portal().check("ada", yan)).toMatchObject({ available: false, yours: false });
  expect((await portal().deploy({ name: "ada" }, zoe)).id).toBe(record.id);
  const own = async () => (await portal().own(zoe)).map((one) => ownStackView(one, false));
  expect(await own()).toMatchObject([
    { name: "ada", stateText: "Waits for a review", removable: false },
  ]);

  // It waits through a restart.
  await bench.restart();
  await until("Git was read", () => bench.controller().engine.loaded() !== null);
  expect(await stateOf(record.id)).toMatchObject({ currentStep: "Waiting for a review" });

  const merged = await bench.gitea.mergePull(pull?.number ?? 0);
  await bench.deliverPush(merged);
  await until("it is completed", async () => (await stateOf(record.id)).status === "completed");
  expect([...bench.simulator.state.projects.values()].map(({ name }) => name)).toEqual([
    "ai-stack-ada",
  ]);
  expect((await stateOf(record.id)).steps.every(({ state }) => state === "done")).toBe(true);
});

test("a pull request that is closed without a merge ends the deployment, and frees the name", async () => {
  await open();
  const record = await portal().deploy({ name: "ada" }, zoe);
  const [pull] = bench.gitea.pulls;
  if (pull === undefined) throw new Error("there is no pull request");
  pull.state = "closed";
  await until("it has failed", async () => (await stateOf(record.id)).status === "failed");
  expect((await stateOf(record.id)).error?.message).toBe(
    "Its pull request was closed without a merge.",
  );
  expect(await portal().check("ada", yan)).toMatchObject({ available: true });
});

test("in commit mode the commit goes through the host's API, as the person who asked", async () => {
  await open({ PORTAL_MODE: "commit" });
  const record = await portal().deploy({ name: "ada" }, zoe);
  await until("it is completed", async () => (await stateOf(record.id)).status === "completed");
  const log = await bench.repository.git("log", "-1", "--format=%an <%ae> %s", "main");
  expect(log.trim()).toBe("Zoe <zoe@example.com> Add the stack ada");
});

test("a removal that is asked for twice is one pull request", async () => {
  await open();
  const record = await portal().deploy({ name: "ada" }, zoe);
  await bench.deliverPush(await bench.gitea.mergePull(bench.gitea.pulls[0]?.number ?? 0));
  await until("it is completed", async () => (await stateOf(record.id)).status === "completed");
  const first = await portal().remove("ada", zoe);
  expect(first).toMatchObject({ kind: "review" });
  expect(await portal().remove("ada", zoe)).toEqual(first);
  expect(bench.gitea.pulls).toHaveLength(2);
});
