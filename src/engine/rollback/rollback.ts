// Law H4: which stack a run goes by. Git's own; or, once a rollout of it was given up that says
// `onFailure: rollback`, the stack of its last healthy revision, until a commit changes the stack. That it
// is held stands in markers alone; the store remembers the revisions, and why.
import type { Hasher } from "../../lib/digest.ts";
import { describeError } from "../../lib/errors.ts";
import type { Redactor } from "../../lib/redact.ts";
import type { DesiredStack } from "../../model/desired.ts";
import { causeText } from "../../plan/cause-words.ts";
import type { PlanRollback } from "../../plan/input.ts";
import {
  failuresToLeave,
  failureText,
  healthyMatches,
  heldStack,
  leftBehind,
  markedRevisions,
  takenSince,
} from "../../plan/rollback.ts";
import type { Failure } from "../../plan/rollback.ts";
import { serviceTitle } from "../../plan/render/words.ts";
import { shortRevision } from "../../plan/settle.ts";
import type { Source } from "../../ports.ts";
import type { HealthyRevision, Store } from "../../ports-store.ts";
import type { DesiredState, Loaded } from "../state/desired-state.ts";
import { createOtherRevisions } from "../state/other-revisions.ts";
import type { Back, Course } from "./rollback-outcome.ts";
import type { Rollouts } from "../rollout/rollouts.ts";
import { stackHash } from "../state/stack-hash.ts";
import type { View } from "../state/world.ts";

export interface Rollback {
  /** What a run of a stack goes by. `asked`: a person wants Git's newest to be tried again. Never throws. */
  course(desired: DesiredStack, loaded: Loaded, view: View, asked: boolean): Promise<Course>;
  /** Call right before a course is carried out. */
  begin(course: Course): void;
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

interface Found {
  readonly stack: DesiredStack;
  readonly revision: string;
}

export function createRollback(deps: RollbackDeps): Rollback {
  const { store, hasher } = deps;
  const records = new Map(store.healthyRevisions());
  const others = createOtherRevisions(deps.desired);
  const keep = keepsLatest((ids) => deps.source.keep(ids));
  let keeps = false;

  function save(record: HealthyRevision): void {
    store.saveHealthyRevision(record);
    records.set(record.stack, record);
  }

  function keepAll(): void {
    keeps = true;
    keep([...records.values()].map(({ revision }) => revision));
  }

  /** The stack as it was at a revision that was healthy, or why it cannot be had. */
  async function older(now: DesiredStack, id: string, loaded: Loaded): Promise<Found | string> {
    const { name } = now;
    try {
      const { revision, manifests } = await others.at(id, loaded.sequence);
      const stack = manifests.stacks.find((one) => one.name === name);
      const short = shortRevision(revision.id);
      if (stack === undefined) {
        const problem = manifests.problems.find((one) => one.stack === name);
        return problem === undefined
          ? `${short} has no such stack`
          : `its manifest of ${short} no longer loads: ${problem.place.file}:${problem.place.line} ${problem.message}`;
      }
      const taken = takenSince(stack, loaded.byName.values());
      return taken === null
        ? { stack, revision: revision.id }
        : `the stack of ${short} has ${taken}`;
    } catch (error) {
      return `${shortRevision(id)} cannot be read: ${describeError(error)}`;
    }
  }

  /** By the store; without it, or where its revision is gone, by what markers say. */
  async function lastHealthy(
    now: DesiredStack,
    failed: ReadonlySet<string>,
    loaded: Loaded,
    view: View,
  ): Promise<Found | string> {
    const hash = stackHash(now, hasher);
    const record = records.get(now.name);
    const reasons: string[] = [];
    if (record !== undefined) {
      const found = await older(now, record.revision, loaded);
      if (typeof found === "string") reasons.push(found);
      else if (stackHash(found.stack, hasher) !== hash) return found;
      else
        reasons.push(`${shortRevision(found.revision)}, where it was healthy, asks for the same`);
    }
    let best: { readonly found: Found; readonly matches: number } | null = null;
    for (const id of markedRevisions(now.name, view.ownership)) {
      if (record?.revision.startsWith(id) === true) continue;
      const found = await older(now, id, loaded);
      if (typeof found === "string") {
        reasons.push(found);
        continue;
      }
      const matches = healthyMatches(found.stack, failed, view.ownership);
      if (stackHash(found.stack, hasher) === hash || matches <= (best?.matches ?? 0)) continue;
      best = { found, matches };
    }
    if (best !== null) return best.found;
    const [reason] = reasons;
    return reason ?? "no healthy revision of it is known";
  }

  function clean(text: string): string {
    const line = deps.redactor.redact(text).replaceAll(/\s*\n\s*/g, " ");
    return line.length > longestReason ? `${line.slice(0, longestReason - 1)}…` : line;
  }

  function backTo(
    at: { readonly from: string; readonly to: string; readonly why: string },
    more: Pick<Back, "begins" | "stuck"> & Pick<PlanRollback, "hash" | "failed">,
  ): Back {
    const { from, to, why } = at;
    const { begins, stuck, hash, failed } = more;
    const revisions = { from: shortRevision(from), to: shortRevision(to) };
    const cause = { kind: "rollback", ...revisions, why } as const;
    return { plan: { hash, failed, cause }, from, to, begins, stuck };
  }

  /** The course of a stack whose markers say that it is held. */
  async function held(
    now: DesiredStack,
    failed: ReadonlySet<string>,
    loaded: Loaded,
    view: View,
  ): Promise<Course> {
    const hash = stackHash(now, hasher);
    const left = records.get(now.name)?.left;
    const known = left?.hash === hash ? left : null;
    const from = known?.revision ?? loaded.changedIn.get(now.name) ?? loaded.revision.id;
    const why = known?.reason ?? "";
    const found = await lastHealthy(now, failed, loaded, view);
    const more = { hash, failed, begins: null };
    if (typeof found === "string") {
      const marked = markedRevisions(now.name, view.ownership)[0];
      const to = records.get(now.name)?.revision ?? marked ?? "unknown";
      const back = backTo({ from, to, why }, { ...more, stuck: found });
      return { desired: now, revision: loaded.revision.id, back, note: null };
    }
    const { stack, revision } = found;
    const back = backTo({ from, to: revision, why }, { ...more, stuck: null });
    return { desired: heldStack(stack, now), revision, back, note: null };
  }

  /** The course of a stack with rollouts that were given up. */
  async function leave(
    now: DesiredStack,
    failures: readonly Failure[],
    loaded: Loaded,
    view: View,
  ): Promise<Course> {
    const git = { desired: now, revision: loaded.revision.id, back: null };
    const failed = new Set(failures.map(({ service }) => service.key));
    const found = await lastHealthy(now, failed, loaded, view);
    if (typeof found === "string") return { ...git, note: clean(found) };
    const { stack, revision } = found;
    const same = failures.filter(({ service: { key, hash } }) =>
      stack.services.some((one) => one.key === key && one.hash.run === hash.run),
    );
    if (same.length === failures.length) {
      const names = same.map(({ service }) => serviceTitle(service.key)).join(", ");
      return {
        ...git,
        note: `${shortRevision(revision)}, the last healthy one, has the same ${names}`,
      };
    }
    const from = loaded.changedIn.get(now.name) ?? loaded.revision.id;
    const hash = stackHash(now, hasher);
    const why = clean(failureText(failures));
    const begins: HealthyRevision = {
      stack: now.name,
      revision,
      hash: stackHash(stack, hasher),
      left: { revision: from, hash, reason: why },
    };
    const back = backTo({ from, to: revision, why }, { hash, failed, begins, stuck: null });
    return { desired: heldStack(stack, now), revision, back, note: null };
  }

  return {
    async course(desired, loaded, view, asked) {
      const git: Course = { desired, revision: loaded.revision.id, back: null, note: null };
      if (asked) return git;
      const left = leftBehind(desired.name, view.ownership);
      const failed = left.size === 0 ? undefined : left.get(stackHash(desired, hasher));
      if (failed !== undefined) return held(desired, failed, loaded, view);
      const failures = failuresToLeave(desired, view.ownership, (id) =>
        deps.rollouts.retryAtMs(id) === null ? (deps.rollouts.verdict(id) ?? null) : null,
      );
      return failures.length === 0 ? git : leave(desired, failures, loaded, view);
    },
    begin({ desired, back }) {
      const begins = back?.begins ?? null;
      if (back === null || begins === null) return;
      // What is new in the revision that failed is not deployed any more.
      for (const { request } of deps.rollouts.active(desired.name)) {
        const stays = desired.services.some(({ key }) => key === request.desired.key);
        if (!stays) deps.rollouts.forget(request.serviceId);
      }
      const before = records.get(desired.name)?.left;
      save(begins);
      keepAll();
      // Killed before it was noted on the server, it begins once more.
      if (before?.hash !== begins.left?.hash) deps.tell(desired.name, causeText(back.plan.cause));
    },
    healthy(desired, loaded) {
      const { name: stack } = desired;
      const hash = stackHash(desired, hasher);
      const known = records.get(stack);
      if (known?.hash !== hash || known.left !== null) {
        const revision =
          known?.hash === hash
            ? known.revision
            : (loaded.changedIn.get(stack) ?? loaded.revision.id);
        save({ stack, revision, hash, left: null });
        keeps = false;
      }
      if (!keeps) keepAll();
    },
    forget(stack) {
      if (records.delete(stack)) store.removeHealthyRevision(stack);
    },
  };
}

/** One call at a time, with what was asked last. */
function keepsLatest(keep: (ids: readonly string[]) => Promise<void>) {
  let next: readonly string[] | null = null;
  let busy = false;
  async function run(): Promise<void> {
    busy = true;
    while (next !== null) {
      const ids = [...new Set(next)];
      next = null;
      await keep(ids);
    }
    busy = false;
  }
  return (ids: readonly string[]): void => {
    next = ids;
    if (!busy) void run();
  };
}
