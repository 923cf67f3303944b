// What people tell a running engine to do. Each order is remembered before it is carried out, told as an
// event, and carried out by the stack's next run.
import { CapstanError } from "../../lib/errors.ts";
import { holdText } from "../../plan/hold-words.ts";
import { listed, problemLine, serviceTitle } from "../../plan/render/words.ts";
import type { Operator } from "../engine.ts";
import { windowState } from "../order/windows.ts";
import { markerIn } from "../state/world.ts";
import { keyOf, known, leading, loadedOf, namesOf, note, writable } from "./operator-parts.ts";
import type { OperatorParts } from "./operator-parts.ts";

type Orders = Pick<Operator, "reconcile" | "reconcileAll" | "redeploy" | "suspend" | "resume">;

function redeploy(
  stack: string,
  service: string | null,
  by: string,
  parts: OperatorParts,
): readonly string[] {
  writable(parts, "a redeploy");
  const loaded = known(stack, parts);
  const stackInGit = loaded.byName.get(stack);
  const refusal = loaded.manifests.problems.find(
    (problem) => problem.stack === stack && problem.policy !== undefined,
  );
  if (stackInGit === undefined && refusal !== undefined) {
    const message = `${stack} cannot be deployed: ${problemLine({ ...refusal, hint: null })}`;
    throw new CapstanError("conflict", message, { hint: refusal.hint ?? "change its manifest" });
  }
  if (stackInGit === undefined) {
    throw new CapstanError("conflict", `${stack} cannot be deployed: Git has no valid manifest`, {
      hint: "fix its manifest, or restore it",
    });
  }
  const all = stackInGit.services.map(({ key }) => key);
  const asked = service === null ? all : [keyOf(stack, service, all)];
  // With an application goes what runs before it.
  const keys = stackInGit.services
    .filter(({ key, job }) => asked.includes(key) || asked.includes(job?.before ?? ""))
    .map(({ key }) => key);
  const { requests, site } = parts.reader();
  for (const key of keys) {
    const view = site.world.current();
    requests.deployAgain(stack, key, by, view === null ? null : markerIn(view, stack, key));
  }
  note(parts, stack, `${by} asked for a redeploy of ${keys.map(serviceTitle).join(", ")}`, {
    what: "redeploy",
    by,
  });
  parts.wakeups.renew(stack, `${by} asked for a redeploy`);
  return keys;
}

export function createOrders(parts: OperatorParts): Orders {
  const { clock, wakeups } = parts;
  return {
    reconcile(stack, by) {
      leading(parts);
      const loaded = known(stack, parts);
      const windows = loaded.byName.get(stack)?.sync.windows ?? [];
      const closed = windowState(windows, clock.now()).kind === "closed";
      if (closed) parts.reader().requests.passWindow(stack, loaded);
      const where = closed ? ", outside its sync windows" : "";
      note(parts, stack, `${by} asked for a reconcile${where}`, { what: "reconcile", by });
      wakeups.renew(stack, `${by} asked for it`);
    },

    async reconcileAll(stacks, by) {
      leading(parts);
      await parts.reader().refresh(`${by} asked for it`);
      const loaded = loadedOf(parts);
      for (const stack of stacks ?? []) known(stack, parts);
      const names = [...new Set(stacks ?? namesOf(loaded, parts))].sort();
      const what = stacks === null ? "all" : listed(names);
      note(parts, null, `${by} asked for a reconcile of ${what}`, { what: "reconcile", by });
      for (const stack of names) wakeups.renew(stack, `${by} asked for it`);
      const { problems } = loaded.manifests;
      return {
        revision: loaded.revision.id,
        stacks: names,
        problems:
          stacks === null
            ? problems
            : problems.filter(({ stack }) => stack !== null && names.includes(stack)),
      };
    },

    redeploy: (stack, service, by) => redeploy(stack, service, by, parts),

    suspend(stack, by) {
      writable(parts, "suspending");
      known(stack, parts);
      parts.reader().suspensions.suspend(stack, by);
      note(parts, stack, `${by} suspended it: nothing is written until somebody resumes it`, {
        what: "suspend",
        by,
      });
      wakeups.renew(stack, `${by} suspended it`);
    },

    resume(stack, by) {
      writable(parts, "resuming");
      const loaded = known(stack, parts);
      if (!parts.reader().suspensions.resume(stack, loaded)) return false;
      note(parts, stack, `${by} resumed it`, { what: "resume", by });
      wakeups.renew(stack, `${by} resumed it`);
      return true;
    },
  };
}

/** Lets exactly the removals go that wait under a digest; the stacks that they concern. */
export async function approvePrune(
  digest: string,
  by: string,
  parts: OperatorParts,
): Promise<readonly string[]> {
  const loaded = loadedOf(parts);
  writable(parts, "a removal");
  const { site, pruning, requests } = parts.reader();
  const { ownership } = await site.world.since(0);
  const without = pruning.decide(loaded, ownership, new Set(requests.approved()));
  if (without.held === null) {
    throw new CapstanError("conflict", "no removal waits for an approval", {
      hint: "look with `capstan plan` or `capstan get stacks`",
    });
  }
  if (pruning.decide(loaded, ownership, new Set([digest])).held !== null) {
    throw new CapstanError("conflict", `${digest} does not match the list that waits`, {
      hint: holdText(without.held, "run"),
    });
  }
  requests.approve(digest, by);
  const stacks = [...new Set(without.removals.map(({ stack }) => stack))].sort();
  note(parts, null, `${by} approved the removal ${digest}, of ${stacks.join(", ")}`, {
    what: "approve",
    by,
  });
  const waiting = [...(parts.controller()?.statuses().values() ?? [])].filter(
    ({ outcome }) => outcome.kind === "waiting" && outcome.reason === "approval",
  );
  for (const name of new Set([...without.gone, ...waiting.map((status) => status.name)])) {
    parts.wakeups.renew(name, `${by} approved its removal`);
  }
  return stacks;
}
