// Approvals of removals by a comment: at once where the list waits already, or ahead, for after the merge.
import { describeError, toCapstanError } from "../../lib/errors.ts";
import type { Forge } from "../../ports-forge.ts";
import type { Engine } from "../engine.ts";
import type { EarlyApprovals } from "./early-approvals.ts";

export interface PullApprovals {
  /** Somebody who may write approves; the answer for people. */
  approve(number: number, author: string, digest: string): Promise<string>;
  /** The pull request ended; `isMerged`: what was approved ahead is approved now, and that is answered. */
  ended(number: number, isMerged: boolean): Promise<void>;
}

export interface PullApprovalsOptions {
  readonly forge: Pick<Forge, "mayWrite" | "addComment">;
  readonly engine: Pick<Engine, "approvePrune" | "catchUp">;
  readonly redact: (text: string) => string;
  readonly early: EarlyApprovals;
  /** What an approval goes by, as of the plan that people see; null when nothing would wait. */
  readonly digestOf: (number: number) => string | null;
}

export function createPullApprovals(options: PullApprovalsOptions): PullApprovals {
  const { forge, engine, redact, early } = options;

  /** The list must be that of the plan that its readers see; the digest binds to exactly it after the merge. */
  function approveAhead(number: number, author: string, digest: string): string | null {
    if (options.digestOf(number) !== digest) return null;
    early.give(number, { author, digest });
    return `Approved by ${author} for after the merge: exactly the list of ${digest}, and no other.`;
  }

  async function approve(number: number, author: string, digest: string): Promise<string> {
    try {
      const stacks = await engine.approvePrune(digest, `${author} on #${number}`);
      return `Approved by ${author}: ${stacks.map((name) => `\`${name}\``).join(", ")} may be removed.`;
    } catch (error) {
      const known = toCapstanError(error);
      // Nothing waits yet, as it is not merged.
      const ahead = known.code === "conflict" ? approveAhead(number, author, digest) : null;
      if (ahead !== null) return ahead;
      return `Not approved: ${describeError(known)}`;
    }
  }

  return {
    approve,
    async ended(number, isMerged) {
      const approval = early.of(number);
      if (approval === undefined || !isMerged) {
        early.end(number);
        return;
      }
      const { author, digest } = approval;
      await engine.catchUp("merged");
      // Days may lie between the word and the merge.
      const words = (await forge.mayWrite(author))
        ? await approve(number, author, digest)
        : `Not approved: ${author} no longer has write access.`;
      early.end(number);
      await forge.addComment(number, redact(words));
    },
  };
}
