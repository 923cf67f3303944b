// Law H4: which stack a run goes by. Git's own; or, once a rollout of it was given up that says
// `onFailure: rollback`, the stack of its last healthy revision, until a commit changes the stack. That it
// is held stands in markers alone; the store remembers the revisions, and why.
import type { Hasher } from "../../lib/digest.ts";
import type { Redactor } from "../../lib/redact.ts";
import type { DesiredStack } from "../../model/desired.ts";
import { causeText } from "../../plan/cause-words.ts";
import { failuresToLeave, leftBehind, markedRevisions } from "../../plan/rollback.ts";
import type { Source } from "../../ports.ts";
import type { Store } from "../../ports-store.ts";
import type { Rollouts } from "../rollout/rollouts.ts";
import type { DesiredState, Loaded } from "../state/desired-state.ts";
import { stackHash } from "../state/stack-hash.ts";
import type { View } from "../state/world.ts";
import { gitTarget, heldTarget, leavingTarget } from "./target.ts";
import type { Situation } from "./target.ts";
import { createHealthyRecords } from "./healthy-records.ts";
import { createLastHealthy } from "./last-healthy.ts";
import type { Target } from "./rollback-outcome.ts";

export interface Rollback {
  /** What a run of a stack goes by. `asked`: a person wants Git's newest to be tried again. Never throws. */
  target(desired: DesiredStack, loaded: Loaded, view: View, asked: boolean): Promise<Target>;
  /** Call right before what a run goes by is carried out. */
  begin(target: Target): void;
  /** Call when a run found all in sync and healthy. */
  healthy(desired: DesiredStack, loaded: Loaded): void;
  /** Nothing of the stack is left. */
  forget(stack: string): void;
}

export interface RollbackDeps {
  readonly source: Pick<Source, "keep">;
  readonly desired: Pick<DesiredState, "at">;
  readonly store: Pick<Store, "healthyRevisions" | "saveHealthyRevision" | "removeHealthyRevision">;
  readonly rollouts: Pick<Rollouts, "verdict" | "retryAtMs" | "active" | "forget">;
  readonly hasher: Hasher;
  readonly redactor: Redactor;
  /** Tells people that a rollback began. */
  readonly tell: (stack: string, message: string) => void;
}

const longestReason = 600;

/** One line that may be shown. */
function clean(text: string, redactor: Redactor): string {
  const line = redactor.redact(text).replaceAll(/\s*\n\s*/g, " ");
  return line.length > longestReason ? `${line.slice(0, longestReason - 1)}…` : line;
}

export function createRollback(deps: RollbackDeps): Rollback {
  const { store, hasher, rollouts } = deps;
  const records = createHealthyRecords({ store, keep: (ids) => deps.source.keep(ids) });
  const lastHealthy = createLastHealthy({ desired: deps.desired, records, hasher });

  async function situationOf(
    now: DesiredStack,
    failed: ReadonlySet<string>,
    loaded: Loaded,
    view: View,
  ): Promise<Situation> {
    const found = await lastHealthy.find(now, failed, loaded, view);
    return { now, hash: stackHash(now, hasher), loaded, found };
  }

  /** What is new in the revision that failed is not deployed any more. */
  function forgetRollouts(desired: DesiredStack): void {
    for (const { request } of rollouts.active(desired.name)) {
      const stays = desired.services.some(({ key }) => key === request.desired.key);
      if (!stays) rollouts.forget(request.serviceId);
    }
  }

  return {
    async target(desired, loaded, view, asked) {
      const git = gitTarget(desired, loaded);
      if (asked) return git;
      const { name } = desired;
      const left = leftBehind(name, view.ownership);
      const failed = left.size === 0 ? undefined : left.get(stackHash(desired, hasher));
      if (failed !== undefined) {
        const situation = await situationOf(desired, failed, loaded, view);
        const [marked] = markedRevisions(name, view.ownership);
        return heldTarget(situation, failed, records.of(name), marked);
      }
      const failures = failuresToLeave(desired, view.ownership, (id) =>
        rollouts.retryAtMs(id) === null ? (rollouts.verdict(id) ?? null) : null,
      );
      if (failures.length === 0) return git;
      const keys = new Set(failures.map(({ service }) => service.key));
      const situation = await situationOf(desired, keys, loaded, view);
      return leavingTarget(situation, failures, (text) => clean(text, deps.redactor));
    },
    begin({ desired, back }) {
      const begins = back?.begins ?? null;
      if (back === null || begins === null) return;
      forgetRollouts(desired);
      const before = records.of(desired.name)?.left;
      records.save(begins);
      records.keep();
      // Killed before it was noted on the server, it begins once more.
      if (before?.hash !== begins.left?.hash) deps.tell(desired.name, causeText(back.plan.cause));
    },
    healthy(desired, loaded) {
      const { name: stack } = desired;
      const hash = stackHash(desired, hasher);
      const known = records.of(stack);
      if (known?.hash !== hash || known.left !== null) {
        const revision =
          known?.hash === hash
            ? known.revision
            : (loaded.changedIn.get(stack) ?? loaded.revision.id);
        records.save({ stack, revision, hash, left: null });
      }
      records.keep();
    },
    forget(stack) {
      records.forget(stack);
    },
  };
}
