// Plans on pull requests against a host and an engine of a few lines: what is told, to whom, and how often.
import { beforeEach, describe, expect, test } from "vitest";
import type { Hold } from "../../../src/model/hold.ts";
import { createPullPlans } from "../../../src/engine/checks/pull-plans.ts";
import type { PullPlans } from "../../../src/engine/checks/pull-plans.ts";
import type { ProposalPlan } from "../../../src/engine/reader/plan-sets.ts";
import { CapstanError } from "../../../src/lib/errors.ts";
import { createRedactor } from "../../../src/lib/redact.ts";
import type { PullRequest } from "../../../src/model/forge.ts";
import type { CheckStore, Forge, Proposal } from "../../../src/ports-forge.ts";
import { createMemory } from "../../../src/engine/memory/memory.ts";
import type { Store } from "../../../src/ports-store.ts";
import { memoryStore } from "../../support/memory.ts";
import { memoryChecks } from "../../support/memory-checks.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";
import type { VirtualClock } from "../../support/virtual-clock.ts";

const shaOf = (number: number): string => String(number).padStart(40, "a");
const context = "capstan/plan";

interface Told {
  readonly id: string;
  readonly author: string;
  body: string;
}

let clock: VirtualClock;
let memos: Store;
let store: CheckStore;
let pulls: Map<number, PullRequest>;
let comments: Told[];
let notes: string[];
let writers: Set<string>;
let approved: string[];
/** The newest commit of the branch, and what the engine goes by. */
let base: string;
let revision: string;
let merged: boolean;
let planOrder: string[];
let planning: () => Promise<void>;
let made: Partial<ProposalPlan>;
let plans: PullPlans;
const redactor = createRedactor();

function open(): PullPlans {
  const forge: Pick<
    Forge,
    "self" | "openPulls" | "pull" | "comments" | "addComment" | "editComment" | "mayWrite"
  > = {
    self: async () => "capstan-bot",
    openPulls: async () => [...pulls.values()].filter(({ state }) => state === "open"),
    pull: async (number) => {
      const found = pulls.get(number);
      if (found === undefined) throw new CapstanError("not-found", "no such pull request");
      return found;
    },
    comments: async () => comments,
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
  return createPullPlans({
    instance: "default",
    branch: "main",
    forge: forge as Forge,
    proposals: {
      propose: async ({ sha }): Promise<Proposal> => {
        planOrder.push(sha);
        await planning();
        return {
          tree: { revision: { id: sha, title: "t" }, files: [], unreadable: [] },
          base: { id: base, title: "base" },
          merged: true,
          changedPaths: [],
        };
      },
    },
    source: { latest: async () => ({ id: base, title: "base" }) },
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
        ...made,
      }),
      approvePrune: async (digest, by) => {
        if (!merged) throw new CapstanError("conflict", "no removal waits for an approval");
        approved.push(`${digest} by ${by}`);
        return ["shop"];
      },
      catchUp: async () => undefined,
      state: () => ({ revision }) as never,
    },
    store,
    memory: createMemory(memos, clock),
    clock,
    redact: (text) => redactor.redact(text),
    owed: () => undefined,
    note: (_, message) => void notes.push(message),
  });
}

function addPull(number: number, more: Partial<PullRequest> = {}): void {
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
}

const said = (number: number): string =>
  store.checks(shaOf(number)).find((row) => row.context === context)?.state ?? "";

async function sweep(): Promise<void> {
  await plans.sweep();
  await plans.idle();
}

beforeEach(() => {
  clock = createVirtualClock();
  store = memoryChecks();
  memos = memoryStore();
  pulls = new Map();
  comments = [];
  notes = [];
  writers = new Set(["ann"]);
  approved = [];
  merged = true;
  planOrder = [];
  base = revision = shaOf(1000);
  planning = async () => undefined;
  made = {};
  plans = open();
});

test("P2 one that cannot be planned is tried less and less, and told of once", async () => {
  addPull(1);
  planning = async () => {
    throw new CapstanError("unavailable", "git is out of order");
  };
  for (let minute = 0; minute < 60; minute++) {
    await sweep();
    await clock.advance(60_000);
  }
  expect(planOrder.length).toBeLessThan(10);
  expect(notes).toHaveLength(1);
  expect(said(1)).toBe("failure");
  // Somebody pushes, or the branch moves: at once.
  planning = async () => undefined;
  base = revision = shaOf(1001);
  await sweep();
  expect(said(1)).toBe("success");
});

test("P2 a person's command and a new push do not wait for two hundred whose base moved", async () => {
  for (let number = 1; number <= 50; number++) addPull(number);
  const gate = Promise.withResolvers<undefined>();
  planning = () => gate.promise;
  await plans.sweep();
  plans.look(50);
  plans.comment(7, "ann", "capstan approve-prune 0123456789ab");
  // Five hundred that say nothing to Capstan.
  for (let count = 0; count < 500; count++) plans.comment(7, "eve", "looks good");
  planning = async () => {
    if (planOrder.length === 2) expect(approved).toHaveLength(1);
  };
  gate.resolve(undefined);
  await plans.idle();
  expect(planOrder.slice(0, 2)).toEqual([shaOf(1), shaOf(50)]);
  expect(new Set(planOrder).size).toBe(planOrder.length);
  expect(notes).toEqual([]);
});

test("P1 a plan's check that a process left pending ends, although its pull request is gone", async () => {
  store.saveChecks([
    {
      sha: shaOf(9),
      context,
      stack: null,
      reason: "queued",
      state: "pending",
      description: "planning this pull request",
      change: null,
      atMs: 0,
      owed: false,
    },
  ]);
  addPull(1);
  await sweep();
  expect(said(9)).toBe("neutral");
  expect(said(1)).toBe("success");
});

test("P1 one that is closed while its plan fails is not left pending", async () => {
  addPull(1);
  planning = async () => {
    addPull(1, { state: "closed" });
    throw new CapstanError("cancelled", "stopped");
  };
  await sweep();
  expect(said(1)).toBe("pending");
  plans.look(1);
  await plans.idle();
  expect(said(1)).toBe("neutral");
});

test("P2 a plan against another commit than it was merged onto is made anew", async () => {
  addPull(1);
  base = shaOf(1001);
  await sweep();
  expect(planOrder).toHaveLength(1);
  revision = base;
  await sweep();
  expect(planOrder).toHaveLength(2);
  await sweep();
  expect(planOrder).toHaveLength(2);
});

test("P2 one whose base becomes another branch says so in its comment, and is planned when it comes back", async () => {
  addPull(1);
  await sweep();
  const before = comments[0]?.body ?? "";
  addPull(1, { baseBranch: "other" });
  await sweep();
  expect(comments[0]?.body).toContain("another branch");
  addPull(1);
  await sweep();
  expect(comments).toHaveLength(1);
  expect(comments[0]?.body.trim()).toBe(before.trim());
});

const holdOf = (digest: string, name: string): Hold => ({
  digest,
  reason: { kind: "all-stacks", owned: 1 },
  removals: [{ stack: "shop", resources: [{ kind: "project", id: "p1", name }] }],
});

test("P5 a secret with signs of Markdown in it, or written small, is in no comment", async () => {
  const secret = "Canary_of*a|Secret`4711";
  redactor.register(secret);
  const place = { file: "stacks/shop.yaml", line: 1, column: 1 };
  const problem = { place, message: `${secret} is no image`, hint: `use ${secret}`, stack: "shop" };
  const plan = {
    stack: "shop",
    actions: [
      {
        type: "update-project",
        name: "shop",
        cause: { kind: "retry", why: `changed to ${secret}` },
        risk: "none",
        changes: [
          { path: `domains.${secret.toLowerCase()}/.port`, was: secret, is: `x ${secret} y` },
        ],
      },
    ],
    notes: [{ code: "x", message: `said ${secret}` }],
    conflict: `has ${secret}`,
  };
  made = {
    newProblems: [problem],
    problems: [problem],
    plans: [plan as unknown as ProposalPlan["plans"][number]],
    heldPrune: holdOf("0123456789ab", secret),
    revisionTitle: `adds ${secret}`,
  };
  addPull(1);
  await sweep();
  expect(comments).toHaveLength(1);
  expect(JSON.stringify([comments, store.checks(shaOf(1))])).not.toMatch(/canary/i);
});

test("P2 markup in a title or a name stays text, and nobody is called by it", async () => {
  const evil = "</table><img src=x onerror=alert(1)> @everyone [x](https://evil.example) <!-- -->";
  made = { revisionTitle: evil, heldPrune: holdOf("0123456789ab", evil) };
  addPull(1, { title: evil });
  await sweep();
  const [, ...rest] = (comments[0]?.body ?? "").split("\n");
  expect(rest.join("\n")).not.toMatch(/(?<!\\)<|(?<!\\)\[|@everyone/);
});

test("P2 nobody is obeyed by a comment that quotes a command, nor Capstan itself, nor who may only read", async () => {
  addPull(1);
  writers.add("capstan-bot");
  const digest = "0123456789ab";
  plans.comment(1, "ann", `> capstan approve-prune ${digest}`);
  plans.comment(1, "ann", `he said\ncapstan approve-prune ${digest}`);
  plans.comment(1, "capstan-bot", `capstan approve-prune ${digest}`);
  plans.comment(1, "eve", `capstan approve-prune ${digest}`);
  plans.comment(1, "", `capstan approve-prune ${digest}`);
  await plans.idle();
  expect(approved).toEqual([]);
  plans.comment(1, "ann", `capstan approve-prune ${digest}`);
  await plans.idle();
  expect(approved).toEqual([`${digest} by ann on #1`]);
});

test("P2 what was approved before the merge counts only while its author may still write", async () => {
  const digest = "0123456789ab";
  made = { heldPrune: holdOf(digest, "shop") };
  for (const [number, author] of [
    [1, "ann"],
    [2, "bob"],
  ] as const) {
    writers.add(author);
    merged = false;
    addPull(number);
    await sweep();
    plans.comment(number, author, `capstan approve-prune ${digest}`);
    await plans.idle();
    merged = true;
    addPull(number, { state: "merged" });
    if (author === "bob") writers.delete(author);
    plans.look(number);
    await plans.idle();
  }
  expect(approved).toEqual([`${digest} by ann on #1`]);
  expect(comments.at(-1)?.body).toContain("bob no longer has write access");
});

describe("P2 what was approved before the merge outlives a restart", () => {
  const digest = "0123456789ab";
  const command = `capstan approve-prune ${digest}`;
  async function approveEarly(): Promise<void> {
    made = { heldPrune: holdOf(digest, "shop") };
    writers.add("ann");
    merged = false;
    addPull(1);
    await sweep();
    plans.comment(1, "ann", command);
    await plans.idle();
    await plans.stop();
  }

  test("and is used when it was merged meanwhile, once", async () => {
    await approveEarly();
    merged = true;
    addPull(1, { state: "merged" });
    plans = open();
    await sweep();
    expect(approved).toEqual([`${digest} by ann on #1`]);
    await plans.stop();
    plans = open();
    await sweep();
    expect(approved).toHaveLength(1);
    expect(memos.memos()).toEqual([]);
  });

  test("and goes with a pull request that was closed", async () => {
    await approveEarly();
    addPull(1, { state: "closed" });
    plans = open();
    await sweep();
    expect(memos.memos()).toEqual([]);
    addPull(1, { state: "merged" });
    merged = true;
    plans.look(1);
    await plans.idle();
    expect(approved).toEqual([]);
  });
});

test("P2 a comment with Capstan's mark by somebody else is neither edited nor taken for its own", async () => {
  const forged = `<!-- capstan:plan instance=default head=${shaOf(1)} base=${base} -->\nall is well`;
  comments.push({ id: "1", author: "eve", body: forged });
  addPull(1);
  await sweep();
  expect(comments[0]?.body).toBe(forged);
  expect(comments[1]?.author).toBe("capstan-bot");
});
