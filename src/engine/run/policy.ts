// What a run may do: whether it writes at all, whether it removes, and which removals somebody approved.
import type { PlatformInfo } from "../../ports.ts";
import type { Suspension } from "../../ports-store.ts";
import type { PassOptions, RunPolicy } from "./run.ts";

export interface PolicyFacts {
  readonly stack: string;
  /** Of the stack, by a person. */
  readonly suspension: Suspension | null;
  readonly dryRun: boolean;
  /** The server as last checked; null: not yet. */
  readonly info: PlatformInfo | null;
  /** Null in the loop. */
  readonly pass: PassOptions | null;
  /** Digests that people approved while the loop ran. */
  readonly approved: readonly string[];
}

export const suspendedInGit: NonNullable<RunPolicy["readOnly"]> = {
  reason: "suspended",
  message: "suspended in Git: nothing is written",
};

/** Whether a stack is among those that are changed now: all, except in a pass over a few. */
export function isNamed(stack: string, pass: PassOptions | null): boolean {
  return pass?.stacks === undefined || pass.stacks.includes(stack);
}

function readOnly({ stack, suspension, dryRun, info, pass }: PolicyFacts): RunPolicy["readOnly"] {
  if (suspension !== null) {
    const message = `suspended by ${suspension.by}: nothing is written until \`capstan resume ${stack}\``;
    return { reason: "suspended", message };
  }
  if (dryRun) return { reason: "dry-run", message: "nothing is written in a dry run" };
  if (!isNamed(stack, pass)) {
    return { reason: "dry-run", message: "only the stacks that were named are changed" };
  }
  if (info === null) {
    return { reason: "version", message: "the server's version is not known yet" };
  }
  if (info.supported) return null;
  return { reason: "version", message: `Dokploy ${info.version}: ${info.verdict}` };
}

export function policyOf(facts: PolicyFacts): RunPolicy {
  const { pass, approved } = facts;
  return {
    readOnly: readOnly(facts),
    prune: pass?.prune ?? true,
    marksOnly: pass?.marksOnly ?? false,
    isPass: pass !== null,
    // People approve by asking the running loop, or by starting another pass.
    approval: pass === null ? "run" : "apply",
    approved: new Set([...(pass?.approved ?? []), ...approved]),
  };
}
