// The portal's form and the newest commits of the stand-in world.
import type {
  CommitDetail,
  CommitSummary,
  ProblemView,
} from "../../src/http/api/shapes/dashboard.ts";
import type { PortalSettingsView } from "../../src/http/api/shapes/portal.ts";
import { commitOf, day, minute, second } from "./pages-stacks.ts";
import type { Times } from "./pages-stacks.ts";

type Field = PortalSettingsView["fields"][number];
type FieldRow = readonly [
  name: string,
  type: Field["type"],
  description: string,
  value: string,
  options: Field["options"],
];

const fields: readonly FieldRow[] = [
  ["model", "string", "Which model answers by default.", "small", ["small", "medium", "large"]],
  ["memoryGb", "integer", "Memory of the container, in GB.", "4", null],
  ["webTerminal", "boolean", "A terminal in the browser.", "true", null],
];

export const portalSettings: PortalSettingsView = {
  title: "Your AI stack",
  suffix: ".ai.example.com",
  template: "ai-stack",
  mode: "commit",
  contact: "platform@example.com",
  names: { minLength: 3, maxLength: 20 },
  fields: fields.map(([name, type, description, value, options]) => ({
    ...{ name, type, description, default: value, options },
  })),
  quota: 3,
};

/** By commit: its title, and how long ago it was made. */
const made: Readonly<Record<string, readonly [title: string, ago: number]>> = {
  "5eed123": ["Create zoe", 30 * second],
  "3f9c2ab": ["Release 1.5 of the shop", 4 * minute],
  c0ffee1: ["Remove last year's reports", 13 * minute],
  "77aa001": ["Raise memory of personal stacks", 3 * day],
  beef042: ["Correct a word in the README", 4 * day],
};

type CommitRow = readonly [
  sha: string,
  state: CommitSummary["state"],
  stateText: string,
  description: string,
  /** How long ago its state changed. */
  changed: number,
  stacks: number,
];

const commits: readonly CommitRow[] = [
  ["5eed123", "pending", "Under way", "1 stack is rolling out", 8 * second, 1],
  ["3f9c2ab", "failure", "Failed", "shop: web crash loop, exit code 3", 2 * minute, 2],
  ["c0ffee1", "attention", "Waiting: approval", "2 removals wait for an approval", 12 * minute, 2],
  ["77aa001", "success", "Done", "9 stacks changed, all healthy", 3 * day - 100 * second, 9],
  ["beef042", "neutral", "Nothing to do", "touches no stack", 4 * day, 0],
];

export function someCommits({ ago }: Times): readonly CommitSummary[] {
  return commits.map(([sha, state, stateText, description, changed, stacks]) => {
    const [title, since] = made[sha] ?? ["", 0];
    const commit = commitOf(sha, title, ago(since));
    return { commit, state, stateText, description, at: ago(changed), stacks };
  });
}

/** The commit as its page shows it: with the checks of two of its stacks. */
export function detailOfCommit(
  summary: CommitSummary,
  problems: readonly ProblemView[],
): CommitDetail {
  const check = (stack: string | null, given: Partial<CommitDetail["checks"][number]>) => ({
    context: stack === null ? "capstan/reconcile" : `capstan/stack/${stack}`,
    stack,
    state: summary.state,
    stateText: summary.stateText,
    reason: "",
    description: summary.description,
    change: stack === null ? null : "changed",
    at: summary.at,
    ...given,
  });
  return {
    ...summary,
    checks: [
      check(null, {}),
      check("shop", {
        state: "failure",
        stateText: "Failed",
        description: "web: crash loop, exit code 3",
      }),
      check("docs", {
        state: "success",
        stateText: "Done",
        description: "in sync and healthy",
        change: "created",
      }),
    ],
    problems: [...problems],
  };
}
