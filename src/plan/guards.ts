// What must hold before anything is pruned, as a table: each guard looks at the whole pass, never at
// one stack alone, and answers with the reason why the removals wait.
import type { Hold, HoldReason, Removal } from "../model/hold.ts";

export interface PruneFacts {
  /** Whole stacks and single services that would go in this pass, sorted or not. */
  readonly removals: readonly Removal[];
  /** How many stacks and services this instance owns on the server. */
  readonly ownedStacks: number;
  readonly ownedServices: number;
  /** A file could not be read so far that the names in it are known (O5). */
  readonly namesUnknown: boolean;
  /** Stacks that are in Git but broken (O5). */
  readonly brokenStacks: ReadonlySet<string>;
  /** Digests that a person approved. */
  readonly approved: ReadonlySet<string>;
  readonly digest: string;
}

export interface Guard {
  readonly name: string;
  /** Whether an approval of exactly this list overrides it. */
  readonly approvable: boolean;
  /** The reason to hold, or null. */
  readonly holds: (facts: PruneFacts) => HoldReason | null;
}

/** With this many stacks or services or fewer, a third of them is no measure (O6). */
const tooFewForThirds = 3;

function overAThird(going: number, owned: number): boolean {
  return owned > tooFewForThirds && going * 3 > owned;
}

function stacksGoing({ removals }: PruneFacts): number {
  return removals.filter(({ resources }) => resources.some(({ kind }) => kind === "project"))
    .length;
}

function servicesGoing({ removals }: PruneFacts): number {
  return removals.flatMap(({ resources }) => resources).filter(({ kind }) => kind === "service")
    .length;
}

export const pruneGuards: readonly Guard[] = [
  {
    name: "names unknown",
    approvable: false,
    holds: ({ namesUnknown }) => (namesUnknown ? { kind: "names-unknown" } : null),
  },
  {
    name: "all stacks",
    approvable: true,
    holds: (facts) => {
      const going = stacksGoing(facts);
      const { ownedStacks: owned } = facts;
      return going > 0 && going === owned ? { kind: "all-stacks", owned } : null;
    },
  },
  {
    name: "a third of the stacks",
    approvable: true,
    holds: (facts) => {
      const going = stacksGoing(facts);
      const { ownedStacks: owned } = facts;
      return overAThird(going, owned) ? { kind: "many-stacks", going, owned } : null;
    },
  },
  {
    name: "a third of the services",
    approvable: true,
    holds: (facts) => {
      const going = servicesGoing(facts);
      const { ownedServices: owned } = facts;
      return overAThird(going, owned) ? { kind: "many-services", going, owned } : null;
    },
  },
];

/** The text whose hash an approval is bound to: exactly what would go. Never changed: approvals would end by it. */
export function digestText(removals: readonly Removal[]): string {
  return removals
    .map(({ stack, resources }) => {
      const named = resources.map(({ kind, id }) => `${kind} ${id}`).sort();
      return `${stack}: ${named.join(", ")}`;
    })
    .sort()
    .join("\n");
}

/** Why pruning waits, or null when it may go ahead. */
export function heldPrune(facts: PruneFacts): Hold | null {
  const { removals, digest, approved } = facts;
  if (removals.length === 0) return null;
  for (const guard of pruneGuards) {
    const reason = guard.holds(facts);
    if (reason === null) continue;
    if (guard.approvable && approved.has(digest)) continue;
    return { digest: guard.approvable ? digest : null, reason, removals };
  }
  return null;
}
