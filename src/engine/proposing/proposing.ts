// Proposals of all stacks: what runs left is looked at in one lane, apart from the runs; what people decide on the Git
// host leads to a run. A host that does not answer delays nothing: it is asked again after a pause.
import PQueue from "p-queue";
import type { Clock } from "../../lib/clock.ts";
import type { Hasher } from "../../lib/digest.ts";
import type { LeftDrift } from "../../model/plan.ts";
import type { DriftState } from "../../model/status.ts";
import type { Proposals } from "../../ports-forge.ts";
import type { Source } from "../../ports.ts";
import type { KnownLeft } from "../drift/left-drift.ts";
import type { Memory } from "../memory/memory.ts";
import type { ManifestOptions } from "../state/load-tree.ts";
import type { Wakeups } from "../wakeups.ts";
import { createDrafts } from "./draft.ts";
import type { Draft } from "./draft.ts";
import { createKnownPulls, stackOf } from "./known-pulls.ts";
import type { KnownPulls } from "./known-pulls.ts";
import { createLooks, troubleText } from "./look.ts";
import type { Looked } from "./look.ts";
import type { ProposingForge } from "./pull-steps.ts";
import { driftState } from "./pull-words.ts";

/** Where proposals are made. */
export interface ProposingHost {
  readonly forge: ProposingForge;
  readonly proposals: Proposals;
  readonly source: Pick<Source, "latest" | "read">;
  /** The branch that stacks are read from. */
  readonly branch: string;
  /** Between two looks at proposals of which no delivery came. */
  readonly sweepMs: number;
}

export interface ProposingOptions {
  /** Null: nothing is proposed here. */
  readonly host: ProposingHost | null;
  /** Whether there is a Git host at all: then the controller proposes. */
  readonly hasForge: boolean;
  readonly manifests: ManifestOptions;
  readonly instance: string;
  readonly left: KnownLeft;
  readonly memory: Memory;
  readonly hasher: Hasher;
  readonly clock: Clock;
  readonly wakeups: Pick<Wakeups, "goOn" | "look">;
  /** Reads Git again; resolves also when it cannot. */
  readonly refresh: (reason: string) => Promise<unknown>;
  readonly say: (stack: string, level: "info" | "warn", message: string) => void;
  readonly redact: (text: string) => string;
}

export interface Proposing {
  /** From now on proposals are made, and looked at from time to time. */
  begin(): void;
  /** A run ended, and left this; null: no drift of the stack is proposed, as it says so or is gone. */
  ran(stack: string, left: readonly LeftDrift[] | null): void;
  /** A pull request was changed on the host. */
  moved(number: number): void;
  /** What is said of what a run left; null: nothing is left. */
  state(stack: string, left: readonly LeftDrift[] | undefined): DriftState | null;
  /** Nothing is asked of the host any more; resolves when nothing is under way. */
  stop(): Promise<void>;
}

const noHost =
  "`sync.drift: propose` needs a Git host: set FORGE, FORGE_URL, FORGE_TOKEN and FORGE_REPOSITORY";
const elsewhere = "`capstan run` proposes it";

interface Standing {
  /** Of the newest run in this process; null: none ended yet. */
  readonly left: readonly LeftDrift[] | null;
  readonly draft: Draft | null;
  readonly trouble: string | null;
}
const nothingYet: Standing = { left: null, draft: null, trouble: null };

/** What is left stays, and its condition says why. */
function unhosted(trouble: string): Proposing {
  return {
    begin: () => undefined,
    ran: () => undefined,
    moved: () => undefined,
    state: (stack, left = []) =>
      left.length === 0 ? null : driftState(stack, { left, pull: null, unwritten: null, trouble }),
    stop: async () => undefined,
  };
}

/** What is known of each stack in this process, and what people are told by it. */
function createStandings(
  { pulls }: { readonly pulls: Pick<KnownPulls, "of" | "stacks"> },
  changed: (stack: string) => void,
) {
  const byStack = new Map<string, Standing>();
  const of = (stack: string): Standing => byStack.get(stack) ?? nothingYet;

  function stateOf(stack: string, left: readonly LeftDrift[] = []): DriftState | null {
    if (left.length === 0) return null;
    const { draft, trouble } = of(stack);
    const pull = pulls.of(stack);
    return driftState(stack, {
      ...{ left, unwritten: draft?.unwritten ?? null, trouble },
      pull: pull === null ? null : { number: pull.number, url: pull.url },
    });
  }
  const words = (stack: string): string =>
    JSON.stringify(stateOf(stack, of(stack).left ?? undefined));
  const told = new Map<string, string>();

  return {
    of,
    stateOf,
    set(stack: string, next: Standing): void {
      byStack.set(stack, next);
    },
    forget(stack: string): void {
      byStack.delete(stack);
      told.delete(stack);
    },
    /** Its next run says what is known now, where that is news. */
    tell(stack: string): void {
      const now = words(stack);
      if (told.get(stack) === now) return;
      told.set(stack, now);
      changed(stack);
    },
    /** Those with a proposal, or with something to propose. */
    open: (): readonly string[] => [
      ...new Set([
        ...pulls.stacks(),
        ...[...byStack].flatMap(([stack, { left }]) => ((left ?? []).length > 0 ? [stack] : [])),
      ]),
    ],
  };
}

/** One look after another, each stack at most once in the line; all that are open come again after a pause. */
function createLine(options: {
  readonly clock: Clock;
  readonly sweepMs: number;
  readonly open: () => readonly string[];
  readonly look: (stack: string) => Promise<void>;
}) {
  const { clock, sweepMs, open, look } = options;
  const lane = new PQueue({ concurrency: 1 });
  const waiting = new Set<string>();
  let state: "new" | "begun" | "stopped" = "new";
  let cancelSweep: (() => void) | null = null;

  function add(stack: string): void {
    if (state !== "begun" || waiting.has(stack)) return;
    waiting.add(stack);
    void lane.add(async () => {
      waiting.delete(stack);
      if (state === "begun") await look(stack);
    });
  }
  function sweep(): void {
    open().forEach(add);
    cancelSweep = clock.after(sweepMs, sweep);
  }
  return {
    add,
    begin(): void {
      if (state !== "new") return;
      state = "begun";
      sweep();
    },
    async stop(): Promise<void> {
      state = "stopped";
      cancelSweep?.();
      await lane.onIdle();
    },
  };
}

/** Proposals that an earlier process opened, and did not live to remember. */
async function findEarlier(
  { forge, branch }: ProposingHost,
  { instance, pulls }: { readonly instance: string; readonly pulls: KnownPulls },
): Promise<void> {
  const open = await forge.openPulls();
  const self = await forge.self();
  for (const { number, url, headBranch, baseBranch, fromFork, author } of open) {
    const stack = stackOf(instance, headBranch);
    const isOurs = !fromFork && baseBranch === branch && author === self;
    if (stack === null || !isOurs || pulls.of(stack) !== null) continue;
    pulls.save(stack, {
      ...{ number, url, branch: headBranch, sha: null, texts: [], entries: [] },
      ...{ told: "", ending: null },
    });
  }
}

export function createProposing(options: ProposingOptions): Proposing {
  const { host, hasForge } = options;
  if (host === null) return unhosted(hasForge ? elsewhere : noHost);
  return hosted(options, host);
}

function hosted(options: ProposingOptions, host: ProposingHost): Proposing {
  const { memory, clock, wakeups, left: known, say, redact } = options;
  const pulls = createKnownPulls(memory);
  const drafts = createDrafts({ ...options.manifests, redact });
  const looks = createLooks({ ...options, ...host, pulls, drafts, left: known });
  const standings = createStandings({ pulls }, (stack) => {
    wakeups.goOn(stack, "its proposal changed");
  });
  const { sweepMs } = host;
  const line = createLine({ clock, sweepMs, open: () => standings.open(), look: lookAt });
  let isFound = false;

  async function follow(stack: string, looked: Looked): Promise<void> {
    switch (looked.kind) {
      case "settled":
        standings.set(stack, { ...standings.of(stack), draft: looked.draft, trouble: null });
        standings.tell(stack);
        return;
      case "again":
        line.add(stack);
        return;
      case "merged":
        // What the last run left was judged by what Git said before.
        standings.forget(stack);
        await options.refresh("a proposal was merged");
        wakeups.look(stack, "its proposal was merged");
        return;
      case "refused":
        standings.forget(stack);
        wakeups.look(stack, "its proposal was closed");
    }
  }

  async function lookAt(stack: string): Promise<void> {
    try {
      if (!isFound) await findEarlier(host, { ...options, pulls });
      isFound = true;
      await follow(stack, await looks.look(stack, standings.of(stack).left));
    } catch (error) {
      const trouble = redact(troubleText(host.forge, error));
      const before = standings.of(stack);
      if (before.trouble === null) say(stack, "warn", `its proposal cannot be made: ${trouble}`);
      standings.set(stack, { ...before, trouble });
      standings.tell(stack);
    }
  }

  return {
    begin: () => {
      line.begin();
    },
    ran(stack, left) {
      const before = standings.of(stack);
      const hasPull = pulls.of(stack) !== null;
      if (left === null && !hasPull) {
        standings.forget(stack);
        return;
      }
      const now = left ?? [];
      const textOf = (ones: readonly LeftDrift[]): string =>
        JSON.stringify(known.entriesOf(stack, ones));
      const isSame = before.left !== null && textOf(before.left) === textOf(now);
      standings.set(stack, { ...before, left: now });
      // Sweeps see to what has not changed.
      if (!isSame && (now.length > 0 || hasPull || !isFound)) line.add(stack);
    },
    moved(number) {
      for (const stack of pulls.stacks()) if (pulls.of(stack)?.number === number) line.add(stack);
    },
    state: (stack, left) => standings.stateOf(stack, left),
    stop: () => line.stop(),
  };
}
