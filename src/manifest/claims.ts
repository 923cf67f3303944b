// Cross-stack checks (O2): what only one holder may have. All that claim the same thing fail, each told
// where the other stands; the result does not depend on any order.
import type { DesiredStack, Place } from "../model/desired.ts";
import type { StackAsked } from "./policy/asked.ts";
import type { Report } from "./report.ts";

/** What can be claimed, and what to do where two claim the same. */
const waysOut = {
  project: "give one of them another `project`",
  domain: "give one of them another host or path, or remove it there",
  port: "publish another port in one of them",
  "network name": "rename the service or the alias in one of them",
  container: "leave container_name out of one of them",
  volume: "give one of them another `source`, or say external: true to share it",
  "previous name": "a project has one successor: take previousName out of the other",
} as const;

/** What a service takes of what all stacks share, beside what its spec says. */
export interface OwnClaim {
  readonly thing: keyof typeof waysOut;
  readonly name: string;
  /** Both, as words that are equal exactly when the claims collide: `the port 8080/tcp`. */
  readonly what: string;
  readonly place: Place;
}

export function claimOf(thing: OwnClaim["thing"], name: string, place: Place): OwnClaim {
  return { thing, name, what: `the ${thing} ${name}`, place };
}

export interface Claim extends OwnClaim {
  readonly stack: string;
  /** Claims of one holder never collide: a service, or for volumes an environment. */
  readonly holder: string;
  /** What to do when the same stack claims it twice; null where the message says enough. */
  readonly hint: string | null;
}

export interface BuiltStack {
  readonly stack: DesiredStack;
  readonly claims: readonly Claim[];
  readonly asked: StackAsked;
}

/** For programs: which name on the network it is about. */
function networkOf({ thing, name }: OwnClaim): { readonly network: string } | undefined {
  return thing === "network name" ? { network: name } : undefined;
}

function lineOf({ place }: Claim): string {
  return `${place.file}:${place.line}`;
}

/** One problem for what several holders of one stack claim, with the places of both. */
function tellWithin(holders: readonly Claim[], report: Report): void {
  const [first, second] = holders;
  if (first === undefined || second === undefined) return;
  const [at, and] = [lineOf(first), lineOf(second)];
  const who =
    at === and
      ? `${first.holder} and ${second.holder}, both at ${at}`
      : `${first.holder} at ${at} and ${second.holder} at ${and}`;
  const more = holders.length > 2 ? `, and ${holders.length - 2} more` : "";
  const hint = second.hint ?? first.hint ?? waysOut[second.thing];
  const message = `${second.what} is claimed by ${who}${more}`;
  report.add(second.place, message, hint, second.stack, networkOf(second));
}

/** The claims of what more than one holder claims; nearly all are of one alone. */
function contested(claims: readonly Claim[]): readonly (readonly Claim[])[] {
  const first = new Map<string, Claim>();
  const groups = new Map<string, Claim[]>();
  for (const claim of claims) {
    const { what, holder } = claim;
    const one = first.get(what);
    if (one === undefined) first.set(what, claim);
    else if (groups.has(what)) groups.get(what)?.push(claim);
    else if (one.holder !== holder) groups.set(what, [one, claim]);
  }
  if (groups.size === 0) return [];
  // In the order in which they are claimed.
  return [...first.keys()].flatMap((what) => {
    const group = groups.get(what);
    return group === undefined ? [] : [group];
  });
}

/** Tells every collision; returns the names of the stacks that fail by it. */
export function checkClaims(claims: readonly Claim[], report: Report): ReadonlySet<string> {
  const failed = new Set<string>();
  for (const group of contested(claims)) {
    const holders = [...Map.groupBy(group, ({ holder }) => holder).values()]
      .flatMap(([first]) => (first === undefined ? [] : [first]))
      .sort((a, b) => compareTexts(a.stack, b.stack) || compareTexts(a.holder, b.holder));
    if (holders.length < 2) continue;
    const stacks = [...Map.groupBy(holders, ({ stack }) => stack).values()];
    for (const [index, own] of stacks.entries()) {
      const [claim] = own;
      if (claim === undefined) continue;
      failed.add(claim.stack);
      if (own.length > 1) tellWithin(own, report);
      const other = stacks[index === 0 ? 1 : 0]?.[0];
      if (other === undefined || other === claim) continue;
      const more = stacks.length > 2 ? ` and ${stacks.length - 2} more` : "";
      const message = `${claim.what} is also claimed by the stack ${other.stack} at ${lineOf(other)}${more}`;
      report.add(claim.place, message, waysOut[claim.thing], claim.stack, networkOf(claim));
    }
  }
  return failed;
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/**
 * What `dependsOn` and `previousName` say of other stacks: unknown names, cycles (H5), a name that is
 * still in use. `known` are all names in Git, broken stacks included.
 */
export function checkNeighbours(
  stacks: readonly DesiredStack[],
  known: ReadonlySet<string>,
  suggest: (name: string) => string,
  report: Report,
): ReadonlySet<string> {
  const failed = new Set<string>();
  const tell = (stack: DesiredStack, message: string, hint: string | null): void => {
    failed.add(stack.name);
    report.add(stack.place, message, hint, stack.name);
  };
  const byName = new Map(stacks.map((stack) => [stack.name, stack]));
  for (const stack of stacks) {
    for (const name of stack.dependsOn) {
      if (!known.has(name))
        tell(stack, `dependsOn names an unknown stack \`${name}\``, suggest(name));
    }
    if (stack.previousName !== null && known.has(stack.previousName)) {
      const message = `previousName \`${stack.previousName}\` is the name of a stack that is in Git`;
      tell(stack, message, "remove previousName, or the other stack");
    }
  }
  for (const cycle of findCycles(byName)) {
    for (const name of cycle) {
      const stack = byName.get(name);
      if (stack === undefined) continue;
      const message =
        cycle.length === 1
          ? "dependsOn names the stack itself"
          : `dependsOn is a cycle: ${cycle.join(", ")} wait for each other`;
      const which = cycle.length === 1 ? "it" : "one of them";
      tell(stack, message, `take ${which} out of dependsOn`);
    }
  }
  return failed;
}

/** The groups of stacks that wait for each other (Tarjan's components, without recursion). */
function findCycles(byName: ReadonlyMap<string, DesiredStack>): readonly (readonly string[])[] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const path: string[] = [];
  const onPath = new Set<string>();
  const cycles: string[][] = [];
  // Who waits for nobody is in no cycle.
  const isLeaf = (name: string): boolean => byName.get(name)?.dependsOn.length === 0;
  const starts = [...byName.keys()].filter((name) => !isLeaf(name)).sort();
  for (const start of starts) {
    if (order.has(start)) continue;
    const work: { readonly name: string; readonly next: Iterator<string> }[] = [];
    const enter = (name: string): void => {
      order.set(name, order.size);
      low.set(name, order.size - 1);
      path.push(name);
      onPath.add(name);
      work.push({ name, next: (byName.get(name)?.dependsOn ?? []).values() });
    };
    enter(start);
    for (let top = work.at(-1); top !== undefined; top = work.at(-1)) {
      const { name } = top;
      const step = top.next.next();
      if (step.done !== true) {
        const to = step.value;
        if (!byName.has(to) || isLeaf(to)) continue;
        if (!order.has(to)) enter(to);
        else if (onPath.has(to)) low.set(name, Math.min(low.get(name) ?? 0, order.get(to) ?? 0));
        continue;
      }
      work.pop();
      const parent = work.at(-1);
      if (parent !== undefined) {
        low.set(parent.name, Math.min(low.get(parent.name) ?? 0, low.get(name) ?? 0));
      }
      if (low.get(name) !== order.get(name)) continue;
      const members = path.splice(path.indexOf(name));
      for (const member of members) onPath.delete(member);
      const itself = byName.get(name)?.dependsOn.includes(name) === true;
      if (members.length > 1 || itself) cycles.push(members.sort());
    }
  }
  return cycles;
}
