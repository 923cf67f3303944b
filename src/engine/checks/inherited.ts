// What an earlier process left owed: the last of it may have reached the host although nobody saw the answer, so the
// host is asked before it is told again.
import type { Check } from "../../model/forge.ts";
import type { CheckStore, Forge, OwedCheck } from "../../ports-forge.ts";

export interface Inherited {
  /** What is owed now is an earlier process's. Only the first call counts. */
  begin(): void;
  /**
   * Whether the host has it; false for all that is not inherited. A host that cannot say is asked again when it is told
   * again. Never rejects.
   */
  wasTold(row: OwedCheck, check: Check): Promise<boolean>;
}

/** Names one check of one commit. */
export const checkKey = ({ sha, context }: Pick<OwedCheck, "sha" | "context">): string =>
  `${sha} ${context}`;

/** That process told one after another, the oldest first: the one that came through is among these. */
const mostAsked = 50;

export function createInherited(
  store: Pick<CheckStore, "owedChecks">,
  forge: Pick<Forge, "hasCheck">,
): Inherited {
  /** Versions by commit and context. */
  let owed: Map<string, number> | null = null;
  return {
    begin() {
      owed ??= new Map(store.owedChecks(mostAsked).map((row) => [checkKey(row), row.version]));
    },
    async wasTold(row, check) {
      const key = checkKey(row);
      if (owed?.get(key) !== row.version) return false;
      try {
        const has = await forge.hasCheck(check);
        owed.delete(key);
        return has;
      } catch {
        return false;
      }
    },
  };
}
