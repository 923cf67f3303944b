import { describe, expect, test } from "vitest";
import { createStackRecords } from "../../../src/engine/memory/stack-records.ts";
import { createOpenRequests } from "../../../src/engine/requests/open-requests.ts";
import type { Loaded } from "../../../src/engine/state/desired-state.ts";
import { createMemory, noMemory } from "../../../src/engine/memory/memory.ts";
import type { Memory } from "../../../src/engine/memory/memory.ts";
import type { RunEnd } from "../../../src/engine/order/order.ts";
import { createSuspensions } from "../../../src/engine/requests/suspensions.ts";
import type { Cause } from "../../../src/model/cause.ts";
import type { DesiredStack } from "../../../src/model/desired.ts";
import type { Action } from "../../../src/model/plan.ts";
import type { Marker } from "../../../src/model/marker.ts";
import type { Outcome } from "../../../src/model/status.ts";
import { causeText } from "../../../src/plan/cause-words.ts";
import { memoryStore } from "../../support/memory.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";

const windows = [{ allow: "0 0 29 2 *", forMs: 60_000, timezone: "UTC" }];
const shop = {
  name: "shop",
  previousName: null,
  sync: { selfHeal: true, prune: true, windows },
  services: [{ key: "app/web" }],
} as unknown as DesiredStack;

function loaded(sequence: number, changedAt: number, stack: DesiredStack = shop): Loaded {
  return {
    sequence,
    changedAt: new Map([[stack.name, changedAt]]),
    byName: new Map([[stack.name, stack]]),
    previousNames: new Set(stack.previousName === null ? [] : [stack.previousName]),
  } as unknown as Loaded;
}

function judged(outcome: Outcome): RunEnd {
  return { sequence: 1, ready: false, outcome, message: "", desired: true };
}

const waiting = (reason: Extract<Outcome, { kind: "waiting" }>["reason"]): Outcome => ({
  kind: "waiting",
  reason,
  message: "",
  afterMs: null,
});
const cause: Cause = { kind: "git", what: "fields", fields: ["image"], secret: null };
const failed: Outcome = { kind: "failed", message: "502", retryAfterMs: null };
const converged: Outcome = { kind: "converged" };

function requestsOn(
  memory: Memory = noMemory,
  input = "said",
  records = createStackRecords(),
): ReturnType<typeof createOpenRequests> {
  return createOpenRequests({ memory, records, input: () => input });
}

describe("H6 a closed window that a person passes over", () => {
  const open = (requests: ReturnType<typeof createOpenRequests>, now: Loaded): boolean =>
    requests.inTurn(shop, now).sync.windows.length === 0;

  test("stays so while it is carried out, and closes when that has ended", () => {
    const requests = requestsOn();
    const now = loaded(1, 1);
    expect(open(requests, now)).toBe(false);
    requests.passWindow("shop", now);
    for (const outcome of [failed, waiting("dependency"), waiting("answer")]) {
      requests.ended("shop", judged(outcome), now);
      expect(open(requests, now)).toBe(true);
    }
    requests.ended("shop", judged({ kind: "progressing", message: "" }), now);
    expect(open(requests, now)).toBe(true);
    requests.ended("shop", judged(converged), now);
    expect(open(requests, now)).toBe(false);
  });

  test("is not passed over for a commit that changes the stack, only for those of others", () => {
    const requests = requestsOn();
    requests.passWindow("shop", loaded(1, 1));
    expect(open(requests, loaded(2, 1))).toBe(true);
    expect(open(requests, loaded(3, 3))).toBe(false);
  });
});

describe("a redeploy that was asked for", () => {
  const configure = { type: "configure-service", service: "app/web", cause } as Action;
  const told = { reason: "x", cause, revision: null, atMs: 0 };

  test("is asked for again after a run that failed before it was written, and not after", () => {
    const requests = requestsOn();
    const now = loaded(1, 1);
    requests.deployAgain("shop", "app/web", "ops");
    expect([...requests.beginRedeploys("shop")]).toEqual([["app/web", "ops"]]);
    requests.reported("shop", { action: configure, status: "failed", message: "502" }, told);
    requests.ended("shop", judged(failed), now);
    expect([...requests.beginRedeploys("shop")]).toEqual([["app/web", "ops"]]);
    requests.reported("shop", { action: configure, status: "done", message: "" }, told);
    requests.ended("shop", judged(failed), now);
    expect([...requests.beginRedeploys("shop")]).toEqual([]);
  });

  test("while a run deploys that service is not what this run does, and is in the next one", () => {
    const requests = requestsOn();
    requests.deployAgain("shop", "app/web", "ops");
    requests.beginRedeploys("shop");
    requests.deployAgain("shop", "app/web", "zoe");
    requests.reported("shop", { action: configure, status: "done", message: "" }, told);
    requests.ended("shop", judged(converged), loaded(1, 1));
    expect([...requests.beginRedeploys("shop")]).toEqual([["app/web", "zoe"]]);
  });

  test("is forgotten with its service", () => {
    const requests = requestsOn();
    requests.deployAgain("shop", "app/gone", "ops");
    requests.ended("shop", judged(failed), loaded(1, 1));
    expect([...requests.beginRedeploys("shop")]).toEqual([]);
  });
});

test("H7 the reason of the newest deploy stays when a rollout only goes on", () => {
  const requests = requestsOn();
  const tell = (why: Cause, atMs: number): void => {
    const action = { type: "rollout", service: "app/web", cause: why } as Action;
    requests.reported(
      "shop",
      { action, status: "done", message: "" },
      {
        reason: `${causeText(why)} (shop.yaml:1, abc)`,
        cause: why,
        revision: "abc",
        atMs,
      },
    );
  };
  tell(cause, 1);
  tell({ kind: "resumed" }, 2);
  expect(requests.deploys("shop")).toEqual([
    {
      service: "app/web",
      reason: "image changed in Git (shop.yaml:1, abc)",
      cause,
      revision: "abc",
      atMs: 1,
    },
  ]);
});

test("O6 an approval ends when its list waits no longer, so that it never lets a later one go", () => {
  const requests = requestsOn();
  requests.approve("d1");
  requests.settleApprovals((approved) => !approved.has("d1"));
  expect(requests.approved()).toEqual(["d1"]);
  requests.settleApprovals(() => true);
  expect(requests.approved()).toEqual([]);
  requests.approve("d1");
  requests.settleApprovals(() => false);
  expect(requests.approved()).toEqual([]);
});

describe("H6 a suspension", () => {
  test("follows a stack to its new name, and ends with the stack", () => {
    const suspensions = createSuspensions(memoryStore(), createVirtualClock());
    const renamed = loaded(2, 2, { ...shop, name: "store", previousName: "shop" });
    suspensions.suspend("shop", "ops");
    suspensions.gone("shop", renamed);
    expect(suspensions.of("store", renamed)?.by).toBe("ops");
    expect(suspensions.resume("store", renamed)).toBe(true);
    expect(suspensions.of("store", renamed)).toBeNull();
    suspensions.suspend("shop", "ops");
    suspensions.gone("shop", loaded(3, 3));
    expect(suspensions.of("shop", loaded(3, 3))).toBeNull();
  });
});

describe("after a restart", () => {
  const begin = () => {
    const store = memoryStore();
    const memory = () => createMemory(store, createVirtualClock());
    return { store, memory };
  };
  const marker = (attempt: number) => ({ want: { hash: "abc", attempt } }) as Marker;

  test("H6 a window is still passed over, until Git says something else of the stack", () => {
    const { store, memory } = begin();
    requestsOn(memory()).passWindow("shop", loaded(7, 7));
    const open = (requests: ReturnType<typeof createOpenRequests>): boolean =>
      requests.inTurn(shop, loaded(1, 1)).sync.windows.length === 0;
    expect(open(requestsOn(memory()))).toBe(true);
    expect(open(requestsOn(memory(), "something else"))).toBe(false);
    expect(store.memos()).toEqual([]);
  });

  test("W7 a redeploy is asked for again exactly when it was not written", () => {
    const { store, memory } = begin();
    const first = requestsOn(memory());
    first.deployAgain("shop", "app/web", "ops", marker(3));
    first.deployAgain("shop", "app/api", "ops", marker(1));
    const again: string[] = [];
    const second = requestsOn(memory());
    const takeUp = (): void => {
      second.takeUp(
        (_, service) => marker(service === "app/web" ? 3 : 2),
        (...asked) => again.push(asked.join(" ")),
      );
    };
    takeUp();
    takeUp();
    expect(again).toEqual(["shop app/web ops"]);
    expect(store.memos().map(({ key }) => key)).toEqual(["app/web"]);
    const configure = { type: "configure-service", service: "app/web", cause } as Action;
    const told = { reason: "x", cause, revision: null, atMs: 0 };
    second.beginRedeploys("shop");
    second.reported("shop", { action: configure, status: "done", message: "" }, told);
    expect(store.memos()).toEqual([]);
  });

  test("O6 an approval holds, for the same list only", () => {
    const { store, memory } = begin();
    requestsOn(memory()).approve("d1", "ops");
    const second = requestsOn(memory());
    expect(second.approved()).toEqual(["d1"]);
    second.settleApprovals(() => true);
    expect(second.approved()).toEqual([]);
    expect(store.memos()).toEqual([]);
  });

  test("what cannot be read any more is as if it were not there", () => {
    const { store, memory } = begin();
    store.saveMemo({ kind: "redeploy", stack: "shop", key: "app/web", text: "{", atMs: 0 });
    store.saveMemo({ kind: "pass", stack: "shop", key: "", text: '{"input":7}', atMs: 0 });
    const requests = requestsOn(memory());
    requests.takeUp(
      () => null,
      () => {
        throw new Error("nobody asked");
      },
    );
    expect(requests.inTurn(shop, loaded(1, 1)).sync.windows).toHaveLength(1);
  });
});
