// What one engine tells, with the names that people see where there are several.
import type { DesiredStack, Problem } from "../../model/desired.ts";
import { atDokploy } from "../../model/dokploys.ts";
import type { Hold } from "../../model/hold.ts";
import type { RunRecord } from "../../model/history.ts";
import type { SecretReport } from "../../model/secret-report.ts";
import type { Event, StackStatus } from "../../model/status.ts";
import type { PlanSet, ProposalPlan } from "../reader/plan-sets.ts";
import type { Orphan } from "../removal/orphans.ts";
import type { Loaded } from "../state/desired-state.ts";
import { prefixOf } from "./members.ts";
import type { Member } from "./members.ts";

type Of = Pick<Member, "dokploy">;

const withNames = <T>(map: ReadonlyMap<string, T>, { dokploy }: Of): [string, T][] =>
  [...map].map(([stack, value]) => [atDokploy(stack, dokploy), value]);

export function namedStatus(of: Of, status: StackStatus): StackStatus {
  const { outcome, plan } = status;
  const hold = outcome.kind === "waiting" ? outcome.hold : undefined;
  return {
    ...status,
    name: atDokploy(status.name, of.dokploy),
    outcome:
      outcome.kind === "waiting" && hold !== undefined
        ? { ...outcome, hold: namedHold(of, hold) }
        : outcome,
    plan: plan === null ? null : { ...plan, stack: atDokploy(plan.stack, of.dokploy) },
  };
}

/** What concerns no one stack says in words of which Dokploy it is. */
export function namedEvent(of: Of, event: Event): Event {
  const { stack, message } = event;
  return stack === null
    ? { ...event, message: `${prefixOf(of)}${message}` }
    : { ...event, stack: atDokploy(stack, of.dokploy) };
}

export function namedRun({ dokploy }: Of, run: RunRecord): RunRecord {
  return { ...run, stack: atDokploy(run.stack, dokploy) };
}

export function namedProblem({ dokploy }: Of, problem: Problem): Problem {
  const { stack } = problem;
  return stack === null ? problem : { ...problem, stack: atDokploy(stack, dokploy) };
}

export function namedHold({ dokploy }: Of, hold: Hold): Hold {
  const removals = hold.removals.map((one) => ({ ...one, stack: atDokploy(one.stack, dokploy) }));
  return { ...hold, removals };
}

export function namedOrphan({ dokploy }: Of, orphan: Orphan): Orphan {
  const { stack } = orphan;
  return stack === null ? orphan : { ...orphan, stack: atDokploy(stack, dokploy) };
}

export function namedStack({ dokploy }: Of, stack: DesiredStack): DesiredStack {
  return { ...stack, name: atDokploy(stack.name, dokploy) };
}

export function namedPlanSet<T extends PlanSet>(of: Of, set: T): T {
  const { plans, problems, heldPrune, orphans } = set;
  return {
    ...set,
    plans: plans.map((plan) => ({ ...plan, stack: atDokploy(plan.stack, of.dokploy) })),
    problems: problems.map((problem) => namedProblem(of, problem)),
    heldPrune: heldPrune === null ? null : namedHold(of, heldPrune),
    ...(orphans === undefined ? {} : { orphans: orphans.map((orphan) => namedOrphan(of, orphan)) }),
  };
}

export function namedProposal(of: Of, proposal: ProposalPlan): ProposalPlan {
  return {
    ...namedPlanSet(of, proposal),
    touched: proposal.touched.map((stack) => atDokploy(stack, of.dokploy)),
    newProblems: proposal.newProblems.map((problem) => namedProblem(of, problem)),
  };
}

export function namedSecrets({ dokploy }: Of, report: SecretReport): SecretReport {
  return {
    ...report,
    secrets: report.secrets.map((line) => ({
      ...line,
      users: line.users.map((user) => ({ ...user, stack: atDokploy(user.stack, dokploy) })),
    })),
  };
}

/** The stacks of one, as far as others ask for them by name. */
export function namedLoaded(
  of: Of,
  { byName, changedAt, changedIn, previews }: Loaded,
): Pick<Loaded, "byName" | "changedAt" | "changedIn"> & Pick<Loaded, "previews"> {
  return {
    byName: new Map(
      [...byName.values()].map((stack) => {
        const named = namedStack(of, stack);
        return [named.name, named];
      }),
    ),
    changedAt: new Map(withNames(changedAt, of)),
    changedIn: new Map(withNames(changedIn, of)),
    ...(previews === undefined
      ? {}
      : {
          previews: {
            ...previews,
            stacks: new Map(
              withNames(previews.stacks, of).map(([name, preview]) => [
                name,
                { ...preview, stack: atDokploy(preview.stack, of.dokploy) },
              ]),
            ),
            unread: new Map(withNames(previews.unread, of)),
          },
        }),
  };
}
