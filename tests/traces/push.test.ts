// Traces of a controller that is put together as in production, as a collector receives them over HTTP.
import { afterAll, beforeAll, expect, test } from "vitest";
import { startCollector } from "../support/collector.ts";
import type { Collector, ReceivedSpan } from "../support/collector.ts";
import { openForgeBench } from "../support/forge-bench.ts";
import type { ForgeBench } from "../support/forge-bench.ts";
import { simpleStack } from "../support/scenario.ts";
import { until } from "../support/until.ts";

const canary = "canary-8d1f6c";
const key = "key-of-the-collector-2b7a";
let collector: Collector;
let bench: ForgeBench;
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  collector = await startCollector();
  opened.push(collector);
  bench = await openForgeBench({
    files: { "stacks/shop.yaml": simpleStack("shop") },
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${key}`,
      OTEL_SERVICE_NAME: "capstan-test",
      DEEP_CHECK_INTERVAL: "1s",
      SECRET_PASSWORD: canary,
    },
  });
  opened.push(bench);
  await bench.ready("shop");
});
afterAll(async () => {
  for (const one of opened.reverse()) await one.close();
});

function push(commit: string): Promise<ReceivedSpan> {
  return until("the push is there", () =>
    collector.spans.find(
      ({ name, attributes }) => name === "push" && attributes["vcs.ref.head.revision"] === commit,
    ),
  );
}

/** The names of all that is below a span, as a tree. */
function tree(span: ReceivedSpan): readonly unknown[] {
  return [span.name, ...collector.below(span).map(tree)];
}

test("a push is one trace: commit, reconcile, writes to Dokploy, rollout, healthy", async () => {
  const commit = await bench.commitTo("main", {
    "stacks/shop.yaml": simpleStack("shop", { env: { PASSWORD: "$(secrets.password)" } }),
    "stacks/blog.yaml": simpleStack("blog"),
  });
  expect(await bench.deliverPush(commit)).toBe(202);
  const root = await push(commit);

  expect(root.parentSpanId ?? "").toBe("");
  expect(root.attributes).toEqual({
    "vcs.ref.head.revision": commit,
    "capstan.heard.by": "webhook",
    "capstan.stacks.changed": 2,
    "capstan.outcome": "healthy",
  });
  expect(root.status.code).toBe(1);
  expect(root.events.map(({ name }) => name)).toEqual(["healthy"]);

  const [read, blog, shop] = collector.below(root);
  expect(collector.below(root)).toHaveLength(3);
  expect(read?.name).toBe("read commit");
  expect([blog?.name, shop?.name].sort()).toEqual(["stack blog", "stack shop"]);

  const created = collector.below(root).find(({ name }) => name === "stack blog");
  if (created === undefined) throw new Error("no span of the new stack");
  const parts = collector.below(created);
  const runs = parts.filter(({ name }) => name === "reconcile blog");
  expect(runs.length).toBeGreaterThanOrEqual(2);
  expect(runs.at(-1)?.attributes).toMatchObject({
    "capstan.outcome": "converged",
    "capstan.ready": true,
    "vcs.ref.head.revision": commit,
  });
  const rollout = parts.find(({ name }) => name === "rollout app/web");
  if (rollout === undefined) throw new Error("no span of the rollout");
  expect(collector.below(rollout).map(({ name }) => name)).toEqual(["dokploy application.deploy"]);
  expect(rollout.attributes).toMatchObject({ "capstan.attempt": 1, "capstan.result": "healthy" });
  const phases = rollout.events.map(({ name }) => name);
  expect(phases[0]).toBe("waiting");
  expect(phases.at(-1)).toBe("healthy");
  expect(rollout.events.length).toBeGreaterThanOrEqual(3);

  const [first] = runs;
  if (first === undefined) throw new Error("no run");
  const actions = collector.below(first);
  const writes = actions.flatMap((action) =>
    collector.below(action).map((write) => `${action.name}: ${write.name}`),
  );
  expect(writes).toContain("create-project: dokploy project.create");
  expect(writes).toContain("create-service app/web: dokploy application.create");
  expect(writes).toContain("create-child app/web: dokploy domain.create");
  expect(writes).toContain("configure-service app/web: dokploy application.update");
});

test("spans lie within those above them, and all belong to the trace", async () => {
  const root = collector.spans.find(({ name }) => name === "push");
  if (root === undefined) throw new Error("no push");
  const all = collector.spans.filter(({ traceId }) => traceId === root.traceId);
  expect(all.length).toBeGreaterThan(15);
  const byId = new Map(all.map((one) => [one.spanId, one]));
  for (const one of all) {
    expect(one.endTimeUnixNano).toBeGreaterThanOrEqual(one.startTimeUnixNano);
    if (one === root) continue;
    const above = byId.get(one.parentSpanId ?? "");
    expect(above, one.name).toBeDefined();
    expect(one.startTimeUnixNano).toBeGreaterThanOrEqual(above?.startTimeUnixNano ?? 0);
    expect(one.endTimeUnixNano).toBeLessThanOrEqual(above?.endTimeUnixNano ?? 0);
  }
});

test("a rollout that fails is an error from the rollout up to the push", async () => {
  const crashing = simpleStack("blog", { image: "ghcr.io/acme/crash:2" }).replace(
    "stableFor: 0s, timeout: 20s",
    "stableFor: 1s, timeout: 3s",
  );
  const commit = await bench.commitTo("main", { "stacks/blog.yaml": crashing });
  expect(await bench.deliverPush(commit)).toBe(202);
  const root = await push(commit);
  expect(root.status.code).toBe(2);
  expect(root.attributes["capstan.outcome"]).toBe("failed");
  const stack = collector.below(root).find(({ name }) => name === "stack blog");
  expect(stack?.status.code).toBe(2);
  const rollout = collector.spans.find(
    ({ name, traceId }) => name === "rollout app/web" && traceId === root.traceId,
  );
  expect(rollout?.status.code).toBe(2);
  expect(rollout?.attributes["capstan.result"]).toBe("failed");
});

test("drift that is set back is a trace of its own; runs with nothing to do are none", async () => {
  const { state } = bench.simulator;
  const application = [...state.applications.values()].find(({ dockerImage }) =>
    String(dockerImage).startsWith("ghcr.io/acme/web"),
  );
  if (application === undefined) throw new Error("no application");
  state.editApplication(application.applicationId, { dockerImage: "ghcr.io/evil/miner:1" });
  const whole = await until("the correction is there", () =>
    collector.spans.find(
      ({ name, parentSpanId }) => name.startsWith("stack ") && (parentSpanId ?? "") === "",
    ),
  );
  expect(whole.attributes["capstan.outcome"]).toBe("healthy");
  expect(collector.below(whole).map(({ name }) => name)).toContain("rollout app/web");
  for (const span of collector.spans.filter(({ parentSpanId }) => (parentSpanId ?? "") === "")) {
    const isWork = tree(span).length > 1;
    expect(isWork, span.name).toBe(true);
  }
});

test("the collector learns who sends, with the key, and no secret", async () => {
  expect(collector.resources[0]).toMatchObject({
    "service.name": "capstan-test",
    "service.version": "0.0.0",
    "capstan.instance": "default",
  });
  expect(collector.headers[0]?.["x-api-key"]).toBe(key);
  const all = collector.bodies.join("\n");
  expect(all).toContain("stack shop");
  for (const secret of [canary, key, bench.simulator.apiKey, bench.gitea.token]) {
    expect(all).not.toContain(secret);
  }
});
