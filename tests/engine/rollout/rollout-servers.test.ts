// A rollout is judged by the swarm of its own server, and by no other.
import { expect, test } from "vitest";
import { newItem, viewOf } from "../../../src/engine/rollout/rollout-item.ts";
import { judge as judgeRollout } from "../../../src/engine/rollout/rollout-judge.ts";
import type { RolloutObservation } from "../../../src/ports.ts";
import { webStack } from "../../support/web-stack.ts";

const [desired] = webStack().services;
const want = { hash: "0123456789ab", attempt: 1 };
const request = {
  ...{ stack: "shop", serviceId: "a1", appName: "shop-web", desired: desired!, want },
  reason: "new",
};
const web = { id: "s1", appName: "shop-web", image: "nginx:1", running: 1, wanted: 1 };
const row = { deploymentId: "d1", title: "capstan 0123456789ab.1", createdAt: "" };

function seen(more: Partial<RolloutObservation>, atMs = 0): RolloutObservation {
  const rows = new Map([["a1", [{ ...row, status: "done" as const }]]]);
  return { takenAtMs: atMs, queue: [], rows, swarm: new Map(), ...more };
}

test("W7b what runs on Dokploy's own host says nothing of a service on another server", () => {
  const item = newItem({ ...request, serverId: "edge" });
  const own = new Map([["shop-web", web]]);
  expect(viewOf(item, seen({ swarm: own }), null, null).service).toBeNull();
  expect(viewOf(item, seen({ swarm: own, remote: new Map() }), null, null).service).toBeNull();
  const there = viewOf(item, seen({ remote: new Map([["edge", own]]) }), null, null);
  expect(there.service).toEqual(web);
  const gone = viewOf(item, seen({ remote: new Map([["edge", new Map()]]) }), null, null);
  expect(gone.service).toBeUndefined();
});

test("W7b the time in which its server does not answer counts towards no time-out", () => {
  const item = newItem({ ...request, serverId: "edge" });
  const hourMs = 3_600_000;
  const judge = (observation: RolloutObservation) => {
    const judged = judgeRollout(item.state, viewOf(item, observation, null, null));
    item.state = judged.state;
    return judged.step.kind;
  };
  const answers = { remote: new Map([["edge", new Map()]]) };
  expect(judge(seen(answers, 1_000))).toBe("wait");
  expect(judge(seen({}, 2_000))).toBe("wait");
  expect(judge(seen({}, 10 * hourMs))).toBe("wait");
  // It answers, and nothing runs: from then on time counts.
  expect(judge(seen(answers, 10 * hourMs + 1_000))).toBe("wait");
  expect(judge(seen(answers, 12 * hourMs))).toBe("failed");
});
