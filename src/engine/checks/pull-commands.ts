// What people ask of Capstan in a comment on a pull request, obeyed where they may write.
import type { Forge } from "../../ports-forge.ts";
import type { CommentCommand } from "./comment-commands.ts";
import type { PlanComments } from "./plan-comments.ts";
import type { PullApprovals } from "./pull-approvals.ts";

export interface PullCommandsOptions {
  readonly forge: Pick<Forge, "mayWrite" | "addComment">;
  readonly comments: Pick<PlanComments, "self">;
  readonly approvals: Pick<PullApprovals, "approve">;
  readonly redact: (text: string) => string;
  /** Its plan is asked for anew. */
  readonly planAgain: (number: number) => void;
  readonly refused: (message: string) => void;
}

/** `author` may be Capstan itself, whose comments command nothing. */
export async function obey(
  { number, author }: { readonly number: number; readonly author: string },
  command: CommentCommand,
  options: PullCommandsOptions,
): Promise<void> {
  const { forge, redact } = options;
  if (author === (await options.comments.self())) return;
  if (!(await forge.mayWrite(author))) {
    options.refused(`${author} asked for ${command.name} on #${number} and may not write`);
    return;
  }
  if (command.name === "plan") {
    options.planAgain(number);
    return;
  }
  const answer = await options.approvals.approve(number, author, command.digest);
  await forge.addComment(number, redact(answer));
}
