// Plans on pull requests, against a Git host and an engine of a few lines each.
import { createPullPlans } from "../../../src/engine/checks/pull-plans.ts";
import type { PullPlans } from "../../../src/engine/checks/pull-plans.ts";
import { createMemory } from "../../../src/engine/memory/memory.ts";
import type { ProposalPlan } from "../../../src/engine/reader/plan-sets.ts";
import { CapstanError } from "../../../src/lib/errors.ts";
import { createRedactor } from "../../../src/lib/redact.ts";
import type { Redactor } from "../../../src/lib/redact.ts";
import type { PullRequest } from "../../../src/model/forge.ts";
import type { Hold } from "../../../src/model/hold.ts";
import type { CheckStore, Forge, Proposal } from "../../../src/ports-forge.ts";
import type { Store } from "../../../src/ports-store.ts";
import { memoryStore } from "../../support/memory.ts";
import { memoryChecks } from "../../support/memory-checks.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";
import type { VirtualClock } from "../../support/virtual-clock.ts";
import { shaOf } from "./commit-fixture.ts";

export const context = "capstan/plan";

interface Told {
  readonly id: string;
  readonly author: string;
  body: string;
}

/** Tests set the fields that are not read-only: the host and the engine go by them. */
export interface PullBench {
  readonly clock: VirtualClock;
  readonly redactor: Redactor;
  readonly memos: Store;
  readonly store: CheckStore;
  readonly comments: Told[];
  readonly notes: readonly string[];
  /** Logins that may write to the repository. */
  readonly writers: Set<string>;
  /** `DIGEST by LOGIN on #1`. */
  readonly approved: readonly string[];
  /** Commits in the order in which they were planned. */
  readonly planOrder: readonly string[];
  /** The newest commit of the branch. */
  base: string;
  /** The commit that the engine has loaded. */
  revision: string;
  /** Whether the removal is on the branch, so that the engine takes an approval. */
  merged: boolean;
  /** Runs before each plan. */
  planning: () => Promise<void>;
  /** What the next plans say. */
  made: Partial<ProposalPlan>;
  /** What people say here the host has too. */
  readonly plans: PullPlans;
  /** A delivery tells of a comment that the host does not have. */
  forged(number: number, author: string, body: string): void;
  /** Continues with a new process on the same store. */
  restart(): void;
  /** Adds a pull request, or replaces the one with this number. */
  addPull(number: number, more?: Partial<PullRequest>): void;
  /** The state of the plan's check on the pull request's head. */
  said(number: number): string;
  sweep(): Promise<void>;
}

type UsedForge = Pick<
  Forge,
  "self" | "openPulls" | "pull" | "comments" | "addComment" | "editComment" | "mayWrite"
>;

export function openPullBench(): PullBench {
  const clock = createVirtualClock();
  const redactor = createRedactor();
  const memos = memoryStore();
  const store = memoryChecks();
  const pulls = new Map<number, PullRequest>();
  const comments: Told[] = [];
  /** What people say: what Capstan does is in `comments` alone. */
  const said: Told[] = [];
  const notes: string[] = [];
  const writers = new Set(["ann"]);
  const approved: string[] = [];
  const planOrder: string[] = [];

  const forge: UsedForge = {
    self: async () => "capstan-bot",
    openPulls: async () => [...pulls.values()].filter(({ state }) => state === "open"),
    pull: async (number) => {
      const found = pulls.get(number);
      if (found === undefined) throw new CapstanError("not-found", "no such pull request");
      return found;
    },
    comments: async () => [...comments, ...said],
    addComment: async (_, body) => {
      comments.push({ id: String(comments.length + 1), author: "capstan-bot", body });
      return String(comments.length);
    },
    editComment: async (_, id, body) => {
      const found = comments.find((one) => one.id === id);
      if (found === undefined) throw new CapstanError("not-found", "no such comment");
      found.body = body;
    },
    mayWrite: async (login) => writers.has(login),
  };

  function open(): PullPlans {
    return createPullPlans({
      instance: "default",
      branch: "main",
      forge: forge as Forge,
      proposals: {
        propose: async ({ sha }): Promise<Proposal> => {
          planOrder.push(sha);
          await bench.planning();
          return {
            tree: { revision: { id: sha, title: "t" }, files: [], unreadable: [] },
            base: { id: bench.base, title: "base" },
            merged: true,
            changedPaths: [],
          };
        },
      },
      source: { latest: async () => ({ id: bench.base, title: "base" }) },
      engine: {
        proposal: async (tree, { withSecrets }) => ({
          revision: tree.revision.id,
          revisionTitle: "t",
          plans: [],
          problems: [],
          newProblems: [],
          heldPrune: null,
          touched: ["shop"],
          withSecrets,
          ...bench.made,
        }),
        approvePrune: async (digest, by) => {
          if (!bench.merged) throw new CapstanError("conflict", "no removal waits for an approval");
          approved.push(`${digest} by ${by}`);
          return ["shop"];
        },
        catchUp: async () => undefined,
        state: () => ({ revision: bench.revision }) as never,
      },
      store,
      memory: createMemory(memos, clock),
      clock,
      redact: (text) => redactor.redact(text),
      owed: () => undefined,
      note: (_, message) => void notes.push(message),
    });
  }

  let plans = open();
  const bench: PullBench = {
    clock,
    redactor,
    memos,
    store,
    comments,
    notes,
    writers,
    approved,
    planOrder,
    base: shaOf(1000),
    revision: shaOf(1000),
    merged: true,
    planning: async () => undefined,
    made: {},
    get plans(): PullPlans {
      return {
        ...plans,
        comment(number, author, body) {
          said.push({ id: `said-${said.length}`, author, body });
          plans.comment(number, author, body);
        },
      };
    },
    forged(number, author, body) {
      plans.comment(number, author, body);
    },
    restart() {
      plans = open();
    },
    addPull(number, more = {}) {
      pulls.set(number, {
        number,
        title: "t",
        url: "",
        state: "open",
        headSha: shaOf(number),
        headRef: `refs/pull/${number}/head`,
        headBranch: "change",
        baseBranch: "main",
        fromFork: false,
        author: "ann",
        ...more,
      });
    },
    said: (number) =>
      store.checks(shaOf(number)).find((row) => row.context === context)?.state ?? "",
    async sweep() {
      await plans.sweep();
      await plans.idle();
    },
  };
  return bench;
}

/** A removal that waits for an approval. */
export const holdOf = (digest: string, name: string): Hold => ({
  digest,
  reason: { kind: "all-stacks", owned: 1 },
  removals: [{ stack: "shop", resources: [{ kind: "project", id: "p1", name }] }],
});
