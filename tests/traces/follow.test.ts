// Traces made of signals, without a collector.
import { expect, test } from "vitest";
import type { RolloutPhase } from "../../src/model/event-data.ts";
import type { Outcome, Waiting } from "../../src/model/status.ts";
import { createTraces } from "../../src/traces/follow.ts";
import type { Attributes, NewSpan, Span, Tracer } from "../../src/traces/tracer.ts";

interface Recorded extends NewSpan {
  readonly notes: string[];
  end: { atMs: number; ended: string; attributes: Attributes } | null;
}

function world() {
  const spans: Recorded[] = [];
  const recorded = new Map<Span, Recorded>();
  const tracer: Tracer = {
    start(made) {
      const record: Recorded = { ...made, notes: [], end: null };
      spans.push(record);
      const span: Span = {
        note: (name) => void record.notes.push(name),
        end(atMs, ended, attributes = {}) {
          if (record.end !== null) throw new Error(`${record.name} ended twice`);
          record.end = { atMs, ended, attributes };
        },
      };
      recorded.set(span, record);
      return span;
    },
  };
  const traces = createTraces(tracer);
  let nowMs = 1_000;
  const at = (): number => (nowMs += 10);
  return {
    spans,
    traces,
    at,
    advance: (ms: number) => void (nowMs += ms),
    named: (name: string) => spans.filter((span) => span.name === name),
    above: (span: Recorded) => (span.parent === null ? null : recorded.get(span.parent)?.name),
    push: (revision: string, changed: readonly string[]) => {
      traces.tell({ kind: "commit-seen", revision, atMs: at() });
      traces.tell({ kind: "commit-loaded", revision, changed, isFirst: false, atMs: at() });
    },
    begin: (stack: string) => {
      traces.tell({ kind: "run-began", stack, atMs: at() });
    },
    act: (stack: string) => {
      const action = { type: "configure-service", service: "app/web" } as const;
      traces.tell({ kind: "action-began", stack, ...action, atMs: at() });
      traces.tell({ kind: "action-ended", stack, outcome: "ok", atMs: at() });
    },
    end: (stack: string, outcome: Outcome["kind"], more: { reason?: Waiting["reason"] } = {}) => {
      const endedAtMs = at();
      const ready = outcome === "converged";
      const how = { outcome, reason: more.reason ?? null, ready };
      const times = { startedAtMs: endedAtMs - 5, endedAtMs };
      traces.tell({ kind: "run-ended", stack, revision: "r", ...how, ...times });
    },
    rollout: (stack: string, phase: RolloutPhase) => {
      const numbers = { attempt: 1, running: 1, wanted: 1 };
      const rollout = { service: "app/web", phase, ...numbers, why: null, log: [] };
      const about = { stack, revision: null, message: "", atMs: at() };
      traces.onEvent({ kind: "rollout", level: "info", ...about, rollout });
    },
  };
}

test("a push ends when the last of its stacks has ended, with the worst of their ends", () => {
  const { push, begin, end, named } = world();
  push("a", ["shop", "blog"]);
  begin("shop");
  end("shop", "converged");
  expect(named("push")[0]?.end).toBeNull();
  begin("blog");
  end("blog", "terminal");
  expect(named("push")[0]?.end).toMatchObject({
    ended: "error",
    attributes: { "capstan.outcome": "failed" },
  });
  expect(named("stack shop")[0]?.end?.ended).toBe("ok");
});

test("a commit that changes no stack is a trace that ends at once", () => {
  const { push, named } = world();
  push("a", []);
  expect(named("push")[0]?.end?.attributes).toEqual({ "capstan.outcome": "unchanged" });
});

test("a newer commit supersedes what is open of a stack, in the older trace", () => {
  const { push, begin, end, named, rollout } = world();
  push("a", ["shop"]);
  begin("shop");
  rollout("shop", "deploying");
  push("b", ["shop"]);
  const [older, newer] = named("push");
  expect(older?.end?.attributes).toEqual({ "capstan.outcome": "superseded" });
  expect(named("rollout app/web")[0]?.end?.ended).toBe("unset");
  // The run began by what was desired before: it ends nothing of the newer trace.
  end("shop", "converged");
  expect(newer?.end).toBeNull();
  begin("shop");
  end("shop", "converged");
  expect(newer?.end?.ended).toBe("ok");
});

test("waiting that ends by itself keeps a trace open, other waiting ends it", () => {
  const { push, begin, end, named } = world();
  push("a", ["shop"]);
  for (const reason of ["build", "dependency", "template", "answer", "deployment"] as const) {
    begin("shop");
    end("shop", "waiting", { reason });
    expect(named("push")[0]?.end, reason).toBeNull();
  }
  begin("shop");
  end("shop", "waiting", { reason: "approval" });
  expect(named("push")[0]?.end).toMatchObject({
    ended: "unset",
    attributes: { "capstan.outcome": "waiting" },
  });
});

test("a failed run is tried again within the same trace", () => {
  const { push, begin, end, named } = world();
  push("a", ["shop"]);
  begin("shop");
  end("shop", "failed");
  begin("shop");
  end("shop", "converged");
  expect(named("reconcile shop").map((span) => span.end?.ended)).toEqual(["error", "ok"]);
  expect(named("push")[0]?.end?.ended).toBe("ok");
});

test("the first load of a process is no push, and a quiet run no trace", () => {
  const { traces, begin, end, spans, at } = world();
  const load = { kind: "commit-loaded", revision: "a", changed: ["shop"] } as const;
  traces.tell({ ...load, isFirst: true, atMs: at() });
  begin("shop");
  end("shop", "converged");
  expect(spans).toEqual([]);
});

test("a run without a push is traced from its beginning once it changes something", () => {
  const { begin, act, end, named, above, spans } = world();
  begin("shop");
  act("shop");
  end("shop", "converged");
  const [whole] = named("stack shop");
  const [run] = named("reconcile shop");
  expect(whole?.parent).toBeNull();
  expect(run?.atMs).toBe(whole?.atMs);
  expect(named("configure-service app/web").map(above)).toEqual(["reconcile shop"]);
  expect(spans.every((span) => span.end !== null)).toBe(true);
});

test("new values of secrets are told from a push", () => {
  const { traces, at, named } = world();
  const load = { kind: "commit-loaded", revision: "a", changed: ["shop"], isFirst: false } as const;
  traces.tell({ ...load, atMs: at() });
  expect(named("push")).toEqual([]);
  expect(named("secret changed")).toHaveLength(1);
});

test("a push is traced from the moment the webhook came", () => {
  const { traces, push, named } = world();
  const delivery = { kind: "delivery", forge: "gitea", outcome: "accepted" } as const;
  traces.tell({ ...delivery, commit: "a", atMs: 500 });
  push("a", ["shop"]);
  expect(named("push")[0]).toMatchObject({
    atMs: 500,
    attributes: { "capstan.heard.by": "webhook" },
  });
});

test("a delivery that comes after its commit was loaded makes no later trace older", () => {
  const { traces, push, named, at } = world();
  push("a", ["shop"]);
  const late = { kind: "delivery", forge: "gitea", outcome: "accepted", commit: "a" } as const;
  traces.tell({ ...late, atMs: at() });
  const load = { kind: "commit-loaded", revision: "a", changed: ["shop"], isFirst: false } as const;
  traces.tell({ ...load, atMs: at() });
  expect(named("push")).toHaveLength(1);
  expect(named("secret changed")).toHaveLength(1);
});

test("what never ends is given up, and what is open at a stop is unfinished", () => {
  const { push, begin, end, named, advance, traces, at } = world();
  push("a", ["shop"]);
  begin("shop");
  end("shop", "failed");
  advance(3 * 3_600_000);
  begin("other");
  end("other", "converged");
  expect(named("push")[0]?.end?.attributes).toEqual({ "capstan.outcome": "unfinished" });
  push("b", ["shop"]);
  traces.end(at());
  expect(named("push")[1]?.end?.attributes).toEqual({ "capstan.outcome": "unfinished" });
});

test("floods are bounded: commits that are never read, stacks of a push, requests of a stack", () => {
  const { traces, push, begin, spans, named, at } = world();
  for (let count = 0; count < 5_000; count += 1) {
    traces.tell({ kind: "commit-seen", revision: `r${count}`, atMs: at() });
  }
  push(
    "a",
    Array.from({ length: 5_000 }, (_, index) => `stack-${index}`),
  );
  expect(spans.length).toBeLessThanOrEqual(1_001);
  begin("stack-0");
  for (let count = 0; count < 5_000; count += 1) {
    const asked = { procedure: "project.all", calls: 1, isWrite: false, outcome: "ok" } as const;
    const whose = { stack: "stack-0", service: null, startedAtMs: at(), endedAtMs: at() };
    traces.tell({ kind: "dokploy-request", ...asked, ...whose });
  }
  expect(named("dokploy project.all").length).toBe(500);
});
