// By what it is seen that a stack changed: a digest of all that Git and the secrets say of it.
import type { Hasher } from "../../lib/digest.ts";
import type { Desired } from "../../manifest/load.ts";
import type { DesiredStack } from "../../model/desired.ts";
import { withheld } from "./withheld.ts";
import type { PreviewState } from "./previews.ts";

/** A stack that did not change is the same object in the next load. */
const known = new WeakMap<Hasher, WeakMap<DesiredStack, string>>();

/** Equal digests mean equal stacks; where in its file a stack stands does not matter (O8). */
function fingerprint(stack: DesiredStack, hasher: Hasher): string {
  const digests = known.get(hasher) ?? new WeakMap<DesiredStack, string>();
  known.set(hasher, digests);
  const digest = digests.get(stack) ?? hasher.mac(textOf(stack));
  digests.set(stack, digest);
  return digest;
}

function textOf(stack: DesiredStack): string {
  return JSON.stringify(stack, (key, value: unknown) => {
    if (key === "place") return undefined;
    return value instanceof Set ? [...(value as Set<string>)].sort() : value;
  });
}

/** By stack, broken ones included: a digest with this installation's key. */
export type Fingerprints = ReadonlyMap<string, string>;

export function fingerprintsOf(manifests: Desired, hasher: Hasher): Fingerprints {
  const prints = new Map(manifests.stacks.map((stack) => [stack.name, fingerprint(stack, hasher)]));
  // Broken for a reason of another kind than before is news: people read why.
  const refusals = Map.groupBy(
    manifests.problems.filter(({ policy }) => policy !== undefined),
    ({ stack }) => stack,
  );
  for (const name of manifests.brokenStacks) {
    const said = (refusals.get(name) ?? []).map(({ message }) => `\n${message}`);
    const waits = withheld(manifests, name) === null ? "" : "\nwaits for a secret";
    prints.set(name, hasher.mac(`broken${waits}${said.join("")}`));
  }
  return prints;
}

/** Of previews: the stack, or what is wrong with it, and what is said of both. */
export function printsOfPreviews({ stacks, unread }: PreviewState, hasher: Hasher): Fingerprints {
  const waiting = [...unread].map(([name, why]): [string, string] => [name, hasher.mac(why)]);
  return new Map([
    ...waiting,
    ...[...stacks].map(([name, { desired, problems, headSha }]): [string, string] => {
      const words = problems.map(({ message }) => message).join("\n");
      const print = desired === null ? `broken ${words}` : fingerprint(desired, hasher);
      return [name, hasher.mac(`${headSha} ${print}`)];
    }),
  ]);
}

/** Stacks that are new, different, newly broken or gone; sorted. */
export function changedBetween(before: Fingerprints, now: Fingerprints): readonly string[] {
  const names = new Set([...before.keys(), ...now.keys()]);
  return [...names].filter((name) => before.get(name) !== now.get(name)).sort();
}
