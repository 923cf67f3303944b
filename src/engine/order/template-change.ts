// The newest change of one template, as far as runs have told: which stacks it has still to reach, and in which it
// failed (H8).
import type { RunEnd } from "./order.ts";

export interface TemplateChange {
  /** A newer one, that reaches these stacks: it may go where an earlier one failed. */
  renew(stacks: readonly string[]): void;
  /** Stacks about which something is known. */
  names(): readonly string[];
  forget(name: string): void;
  /** Whether the stack still has to carry it out, and has not failed to. */
  isToCome(name: string): boolean;
  /** With why, the first to fail first. */
  readonly failed: ReadonlyMap<string, string>;
  /** How a run of a stack ended. `began`: it had begun to carry the change out. */
  ended(name: string, judged: RunEnd, began: boolean): void;
  /** Whether it failed in one more stack since this was last asked. */
  hasNewFailure(): boolean;
}

export function createTemplateChange(): TemplateChange {
  /** Stacks in which it has not been carried out. */
  const reached = new Set<string>();
  const failed = new Map<string, string>();
  let isNewFailure = false;

  function forget(name: string): void {
    reached.delete(name);
    failed.delete(name);
  }

  return {
    failed,
    renew(stacks) {
      failed.clear();
      for (const name of stacks) reached.add(name);
    },
    names: () => [...new Set([...reached, ...failed.keys()])],
    forget,
    isToCome: (name) => reached.has(name) && !failed.has(name),
    ended(name, { outcome, desired }, began) {
      switch (outcome.kind) {
        case "converged":
        case "removed":
          forget(name);
          break;
        case "degraded":
        case "failed":
        case "terminal":
          if (!desired || !began || !reached.has(name)) break;
          isNewFailure ||= !failed.has(name);
          failed.set(name, outcome.message);
          break;
        case "progressing":
        case "waiting":
          break;
      }
    },
    hasNewFailure() {
      const isNew = isNewFailure;
      isNewFailure = false;
      return isNew;
    },
  };
}
