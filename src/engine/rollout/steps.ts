// One step of one rollout: has it judged by what was seen, and does what follows, as far as that needs neither another
// look nor room in Dokploy's queue.
import type { DeployRequests } from "./deploy-requests.ts";
import type { Followed } from "./followed.ts";
import type { Probe } from "./probe.ts";
import type { Item } from "./rollout-item.ts";
import { isInDoubt, judge } from "./rollout-judge.ts";
import { deployTitle, failedAttempts, ownRow } from "./own-rows.ts";
import { timedOut } from "./rollout-state.ts";
import type { RolloutState, RolloutView } from "./rollout-state.ts";

/** What a rollout needs next that its step cannot do. */
export type Need = "nothing" | "inspect" | "issue";

/** Never throws: what fails is trouble of this rollout alone. */
export type Step = (item: Item, view: RolloutView) => Promise<Need>;

function isSeen({ state }: Item, { rows, jobs }: RolloutView): boolean {
  const wanted = deployTitle(state.want);
  return ownRow(state, rows, jobs) !== undefined || jobs.some(({ title }) => title === wanted);
}

export function createSteps(
  probe: Probe,
  followed: Followed,
  requests: Pick<DeployRequests, "forget">,
): Step {
  /** Asks the probe beside the ticks, so that a slow site delays no other rollout. */
  async function askProbe(item: Item, state: RolloutState, nowMs: number): Promise<void> {
    const { desired } = item.request;
    if (desired.rollout.http === null || item.probed === null) {
      followed.report(item, state);
      await followed.healthy(item);
      return;
    }
    const refused = item.probed;
    if (refused !== undefined && timedOut(state, nowMs)) {
      const failed = { kind: "failed", again: false, reason: refused, toldBy: "service" } as const;
      await followed.fail(item, { ...failed, deploymentId: null, platform: null }, []);
      return;
    }
    followed.report(item, { ...state, phase: "probing", message: refused ?? "asking its probe" });
    item.probing ??= probe(desired).then((answer) => {
      item.probed = answer;
      item.probing = null;
    });
  }

  async function step(item: Item, view: RolloutView): Promise<Need> {
    if (isSeen(item, view)) requests.forget(item.request);
    const { state, step: next } = judge(item.state, view);
    switch (next.kind) {
      case "inspect":
        return isInDoubt(item.state, view) ? "inspect" : "nothing";
      case "wait":
        followed.report(item, state);
        return "nothing";
      case "issue":
        followed.report(item, state);
        return "issue";
      case "healthy":
        await askProbe(item, state, view.nowMs);
        return "nothing";
      case "failed":
        followed.report(item, state);
        await followed.fail(item, next, failedAttempts(view.rows, item.request.want.hash));
        return "nothing";
    }
  }

  return async (item, view) => {
    try {
      const need = await step(item, view);
      if (need === "nothing") item.troubles = 0;
      return need;
    } catch (error) {
      followed.trouble(item, "following it", error);
      return "nothing";
    }
  };
}
