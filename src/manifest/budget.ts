// A bound on what references may blow up: a parameter of half a megabyte that is used ten thousand times
// must fail its stack, not the process (P4).

export interface Budget {
  /** False as soon as more was spent than there is. */
  spend(amount: number): boolean;
  readonly exhausted: boolean;
}

/** Characters and nodes that one stack may have after references. */
export const largestStack = 4 * 1024 * 1024;

export function createBudget(total = largestStack): Budget {
  let left = total;
  return {
    spend(amount) {
      left -= amount;
      return left >= 0;
    },
    get exhausted() {
      return left < 0;
    },
  };
}
