// What people ask of Capstan in a comment on a pull request, obeyed where they may write.
import { isDeepStrictEqual } from "node:util";
import type { Forge } from "../../ports-forge.ts";
import { commentCommand } from "./comment-commands.ts";
import type { CommentCommand } from "./comment-commands.ts";
import type { PlanComments } from "./plan-comments.ts";
import type { PullApprovals } from "./pull-approvals.ts";

export interface PullCommandsOptions {
  readonly forge: Pick<Forge, "mayWrite" | "addComment" | "comments">;
  readonly comments: Pick<PlanComments, "self">;
  readonly approvals: Pick<PullApprovals, "approve">;
  readonly redact: (text: string) => string;
  /** Its plan is asked for anew. */
  readonly planAgain: (number: number) => void;
  /** It is to have previews, or none any more; the answer for people, where the comment does not say it. */
  readonly preview: (number: number, author: string) => Promise<string | null>;
  readonly stopPreview: (number: number) => Promise<string | null>;
  readonly refused: (message: string) => void;
}

/**
 * Whether the host has a comment of theirs that says so. What a delivery says may be anybody's words who knows the secret of
 * webhooks: a plan that is made anew harms nobody, all else does.
 */
async function isSaid(
  { number, author }: { readonly number: number; readonly author: string },
  command: CommentCommand,
  forge: Pick<Forge, "comments">,
): Promise<boolean> {
  if (command.name === "plan") return true;
  const all = await forge.comments(number);
  return all.some(
    (comment) =>
      comment.author === author && isDeepStrictEqual(commentCommand(comment.body), command),
  );
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
  if (!(await isSaid({ number, author }, command, forge))) {
    const what = `a delivery says that ${author} asked for ${command.name} on #${number}`;
    options.refused(`${what}, and the Git host has no such comment: nothing is done`);
    return;
  }
  if (command.name === "plan") {
    options.planAgain(number);
    return;
  }
  const answer = await answerTo(command, { number, author }, options);
  if (answer !== null) await forge.addComment(number, redact(answer));
}

async function answerTo(
  command: Exclude<CommentCommand, { readonly name: "plan" }>,
  { number, author }: { readonly number: number; readonly author: string },
  { approvals, preview, stopPreview }: PullCommandsOptions,
): Promise<string | null> {
  switch (command.name) {
    case "preview":
      return preview(number, author);
    case "preview-stop":
      return stopPreview(number);
    case "approve-prune":
      return approvals.approve(number, author, command.digest);
  }
}
