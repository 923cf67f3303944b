// What must hold before anything is pruned, as a table: each guard looks at the whole pass, never at
// one stack alone, and answers with the reason why the removals wait.

export interface Removal {
  readonly stack: string;
  /** `project <id>` and `service <id>` of everything that would go. */
  readonly resources: readonly string[];
}

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
  readonly holds: (facts: PruneFacts) => string | null;
}

/** With this many stacks or services or fewer, a third of them is no measure (O6). */
const tooFewForThirds = 3;

function overAThird(going: number, owned: number): boolean {
  return owned > tooFewForThirds && going * 3 > owned;
}

function stacksGoing(facts: PruneFacts): number {
  return facts.removals.filter((removal) =>
    removal.resources.some((resource) => resource.startsWith("project ")),
  ).length;
}

export const pruneGuards: readonly Guard[] = [
  {
    name: "names unknown",
    approvable: false,
    holds: (facts) =>
      facts.namesUnknown
        ? "a file in Git cannot be read, so what it names is unknown; mend it first"
        : null,
  },
  {
    name: "all stacks",
    approvable: true,
    holds: (facts) =>
      stacksGoing(facts) > 0 && stacksGoing(facts) === facts.ownedStacks
        ? `all stacks that Capstan owns (${facts.ownedStacks}) would go`
        : null,
  },
  {
    name: "a third of the stacks",
    approvable: true,
    holds: (facts) =>
      overAThird(stacksGoing(facts), facts.ownedStacks)
        ? `${stacksGoing(facts)} of ${facts.ownedStacks} stacks would go`
        : null,
  },
  {
    name: "a third of the services",
    approvable: true,
    holds: (facts) => {
      const going = facts.removals
        .flatMap((removal) => removal.resources)
        .filter((resource) => resource.startsWith("service ")).length;
      return overAThird(going, facts.ownedServices)
        ? `${going} of ${facts.ownedServices} services would go`
        : null;
    },
  },
];

/** The text whose hash an approval is bound to: exactly what would go. */
export function digestText(removals: readonly Removal[]): string {
  return removals
    .map((removal) => `${removal.stack}: ${[...removal.resources].sort().join(", ")}`)
    .sort()
    .join("\n");
}

/** The same reason in the words of those who ask a running controller: nobody else may write beside it. */
export function heldInRun(held: string): string {
  return held.replace("capstan apply --prune --approve ", "capstan approve-prune ");
}

/** Why pruning waits, or null when it may go ahead. */
export function heldPrune(facts: PruneFacts): string | null {
  if (facts.removals.length === 0) return null;
  for (const guard of pruneGuards) {
    const reason = guard.holds(facts);
    if (reason === null) continue;
    if (guard.approvable && facts.approved.has(facts.digest)) continue;
    return guard.approvable
      ? `${reason}; to approve: capstan apply --prune --approve ${facts.digest}`
      : reason;
  }
  return null;
}
