// The newest commits to plan by, each compared with what runs where that matters. A look may bring a newer one while a
// comparison is made: no commit is planned by whose changes nobody has looked at.
import type { DesiredStack } from "../../model/desired.ts";
import type { PlanInput } from "../../plan/input.ts";
import type { Heads } from "../follow/heads.ts";

export interface KnownHeads extends Required<Pick<PlanInput, "asGood">> {
  /** By service, whole. */
  readonly heads: ReadonlyMap<string, string>;
}

/** Of a branch that moves faster than it is compared, the next look sends for the stack again. */
const mostRounds = 3;

/** `toCompare`: by service, the commit from which must be known what changed. Throws what asking throws. */
export async function comparedHeads(
  desired: DesiredStack,
  heads: Pick<Heads, "of" | "asGood" | "compare">,
  toCompare: (known: KnownHeads) => ReadonlyMap<string, string>,
): Promise<KnownHeads> {
  const now = (): KnownHeads => ({ heads: heads.of(desired), asGood: heads.asGood(desired) });
  const compared = new Map<string, string>();
  let known = now();
  for (let round = 1; ; round += 1) {
    const left = new Map(
      [...toCompare(known)].filter(([service]) => {
        const head = known.heads.get(service);
        return head !== undefined && compared.get(service) !== head;
      }),
    );
    if (left.size === 0) return known;
    if (round > mostRounds) {
      return {
        ...known,
        heads: new Map([...known.heads].filter(([service]) => !left.has(service))),
      };
    }
    for (const service of left.keys()) compared.set(service, known.heads.get(service) ?? "");
    await heads.compare(desired, left);
    known = now();
  }
}
