// The order in which a run's gates and settlers speak is part of what people see: a stack with several reasons
// to wait names the first.
import { expect, test } from "vitest";
import { gates } from "../../../src/engine/run/gates.ts";
import type { GitRun } from "../../../src/engine/run/gates.ts";
import { firstOf } from "../../../src/engine/run/rows.ts";
import { settlers } from "../../../src/engine/run/settlers.ts";
import type { WorkedRun } from "../../../src/engine/run/settlers.ts";
import { CapstanError } from "../../../src/lib/errors.ts";
import type { Action } from "../../../src/model/plan.ts";
import type { Outcome } from "../../../src/model/status.ts";
import { webStack } from "../../support/web-stack.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";

const wait = (message: string): Outcome => ({
  kind: "waiting",
  reason: "deployment",
  message,
  afterMs: null,
});
const configure = { type: "configure-service", service: "app/web" } as Action;
const inLine = { type: "rollout", service: "app/web", waitsFor: ["db/db"] } as unknown as Action;
const remove = {
  type: "delete-service",
  cause: { kind: "left-git", what: "service", kept: false },
} as Action;

/** A run in which everything stands in the way; what is named is out of it. */
function blocked(open: ReadonlySet<string>): GitRun {
  const has = (name: string): boolean => !open.has(name);
  const desired = { ...webStack(), suspend: has("read-only") };
  const stuck = {
    plan: {
      hash: "h",
      failed: new Set<string>(),
      cause: { kind: "rollback", from: "a", to: "b", why: "" },
    },
    from: "a",
    to: "b",
    begins: null,
    stuck: "it cannot be read",
  };
  return {
    desired,
    wanted: desired,
    planned: {
      plan: {
        stack: desired.name,
        actions: [configure],
        notes: [],
        conflict: has("conflict") ? "somebody else's project" : null,
      },
      target: { desired, revision: "b", back: has("stuck") ? stuck : null, note: null },
    },
    actions: [configure],
    hold: null,
    policy: { readOnly: null, marksOnly: has("marks-only") },
    tools: {
      removals: { late: () => (has("late") ? wait("late") : null) },
      missing: {
        confirm: async () => {
          if (has("missing")) throw new CapstanError("unavailable", "missing");
        },
      },
      admit: () => (has("admission") ? wait("admission") : null),
    },
  } as unknown as GitRun;
}

/** Which gate ends a run, by what it says or throws. */
async function closedBy(run: GitRun): Promise<string | null> {
  try {
    const found = await firstOf(gates, run);
    return found === null ? null : found.row.name;
  } catch {
    return "missing";
  }
}

test("gates speak in the order in which they stand, each when those before it are open", async () => {
  const names = gates.map(({ name }) => name);
  expect(names).toEqual([
    ...["conflict", "read-only", "marks-only", "stuck", "late", "missing", "admission"],
  ]);
  const heard: (string | null)[] = [];
  for (let opened = 0; opened <= names.length; opened += 1) {
    heard.push(await closedBy(blocked(new Set(names.slice(0, opened)))));
  }
  expect(heard).toEqual([...names, null]);
});

test("only where the plan waits as it is, what runs is looked at", () => {
  const looked = gates.filter(({ leavesAlone }) => leavesAlone).map(({ name }) => name);
  expect(looked).toEqual(["read-only", "marks-only", "admission"]);
});

/** A run that was carried out and ends in every way at once; what is named is out of it. */
function ended(quiet: ReadonlySet<string>): WorkedRun {
  const has = (name: string): boolean => !quiet.has(name);
  const desired = webStack();
  const service = { kind: "application", id: "a1", name: "web", serverId: null, description: "" };
  const verdict = has("failed-rollout")
    ? { kind: "failed", reason: "not healthy", want: { hash: "h", attempt: 1 } }
    : undefined;
  const project = { environments: [{ services: [service] }] };
  const actions = has("removing") ? [configure, remove] : [configure];
  return {
    desired,
    wanted: desired,
    follows: desired.name,
    planned: {
      plan: { actions: has("approval") ? [...actions, remove] : actions },
      view: { ownership: { owned: new Map([[desired.name, [project]]]) }, swarm: new Map() },
    },
    actions,
    hold: wait("approval"),
    waits: has("silent-server") ? wait("server") : null,
    fight: has("fight") ? { message: "changed again and again", afterMs: 1 } : null,
    done: {
      error: has("failed") ? new CapstanError("unavailable", "down") : null,
      waitMs: has("unanswered") ? 1 : null,
      stopped: has("stopping"),
      results: [
        ...(has("held-removal")
          ? [{ action: remove, status: "not-executed", message: "it is being deployed" }]
          : []),
        ...(has("in-line")
          ? [{ action: inLine, status: "not-executed", message: "db/db must be healthy first" }]
          : []),
      ],
      did: true,
    },
    tools: {
      clock: createVirtualClock(),
      rollouts: {
        active: () =>
          has("rolling-out")
            ? [{ request: { desired: { key: "app/web" } }, message: "building" }]
            : [],
        verdict: () => verdict,
        retryAtMs: () => null,
      },
      removals: { remains: async () => (has("remains") ? wait("remains") : null) },
    },
  } as unknown as WorkedRun;
}

test("settlers speak in the order in which they stand; what none of them ends is converged", async () => {
  const names = settlers.map(({ name }) => name);
  expect(names).toEqual([
    ...["failed", "unanswered", "stopping", "rolling-out", "held-removal"],
    ...["failed-rollout", "in-line", "fight", "silent-server", "approval"],
    ...["removing", "remains"],
  ]);
  const heard: (string | null)[] = [];
  for (let quiet = 0; quiet <= names.length; quiet += 1) {
    const found = await firstOf(settlers, ended(new Set(names.slice(0, quiet))));
    heard.push(found === null ? null : found.row.name);
  }
  expect(heard).toEqual([...names, null]);
});
