// Law W7 over restarts: what was given up of a service of which the server does not tell stands in the store. Without it
// a new process would deploy the same configuration once more.
import { z } from "zod";
import { isFromGit } from "../../model/kinds/table.ts";
import { formatWant, parseWant } from "../../model/marker.ts";
import type { Verdict } from "../../plan/input.ts";
import { followsDigest } from "../../plan/new-commit.ts";
import type { Memory } from "../memory/memory.ts";
import type { StackRecords } from "../memory/stack-records.ts";
import { isDirect } from "./rollout-item.ts";
import type { RolloutRequest } from "./rollout-item.ts";

export interface GivenUp {
  /** What earlier processes gave up, by the service's id. */
  left(): ReadonlyMap<string, Verdict>;
  /** Call with each verdict: keeps one that is final, where nothing else would tell of it. */
  ended(request: RolloutRequest, verdict: Verdict): void;
  /** It is looked at again, or deployed anew. */
  forget(serviceId: string): void;
}

/**
 * What is deployed directly leaves no row, a build's row loses its title, of a job that was stopped nothing tells, and no
 * row says to which image a tag pointed.
 */
function leavesNoTrace(request: RolloutRequest): boolean {
  const { desired } = request;
  const isFollowing = isFromGit(desired) || followsDigest(desired);
  return isDirect({ request }) || isFollowing || desired.job !== undefined;
}

const keptSchema = z.object({
  want: z.string(),
  reason: z.string(),
  commit: z.string().optional(),
  head: z.string().optional(),
});

export function createGivenUp(
  memory: Memory,
  records: Pick<StackRecords, "field">,
  redact: (text: string) => string,
): GivenUp {
  /** Ids of services, by stack. */
  const kept = records.field<Set<string>>("given up", (stack, ids) => {
    for (const id of ids) memory.remove("given-up", stack, id);
  });

  function keep(stack: string, serviceId: string): void {
    kept.set(stack, (kept.get(stack) ?? new Set()).add(serviceId));
  }

  function forget(serviceId: string): void {
    for (const [stack, ids] of kept) {
      if (ids.delete(serviceId)) memory.remove("given-up", stack, serviceId);
    }
  }

  return {
    left() {
      const verdicts = new Map<string, Verdict>();
      for (const { stack, key, value } of memory.left("given-up", keptSchema)) {
        const want = parseWant(value.want);
        if (want === null) continue;
        keep(stack, key);
        const { reason, commit, head } = value;
        const tried = {
          ...(commit === undefined ? {} : { commit }),
          ...(head === undefined ? {} : { head }),
        };
        verdicts.set(key, { kind: "failed", want, reason, ...tried });
      }
      return verdicts;
    },
    ended(request, verdict) {
      const { stack, serviceId } = request;
      if (verdict.kind !== "failed" || !leavesNoTrace(request)) {
        forget(serviceId);
        return;
      }
      keep(stack, serviceId);
      const { want, reason, commit, head } = verdict;
      const value = { want: formatWant(want), reason: redact(reason), commit, head };
      memory.save("given-up", stack, serviceId, value);
    },
    forget,
  };
}
