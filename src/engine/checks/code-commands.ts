// What people ask in a comment on a pull request of an application's repository, where there are previews and no plans.
import type { PullRequest } from "../../model/forge.ts";
import type { Forge } from "../../ports-forge.ts";
import { forkAnswer } from "./code-comment.ts";
import type { PullCommandsOptions } from "./pull-commands.ts";
import type { PullLane } from "./pull-lane.ts";
import type { PullPreviews } from "./pull-previews.ts";

export interface CodeCommandsOptions {
  readonly repository: string;
  readonly forge: Pick<Forge, "pull">;
  readonly lane: Pick<PullLane, "ask">;
  readonly previews: Pick<PullPreviews, "ask" | "stop">;
  /** Whether any stack is built from the branch that it goes to. */
  readonly isBuilt: (pull: PullRequest) => boolean;
}

const noPlan =
  "This repository has no stacks: plans and approvals are on the pull requests of the one that has them. Here `capstan preview` and `capstan preview stop` are heard.";

export function codeCommands({
  repository,
  forge,
  lane,
  previews,
  isBuilt,
}: CodeCommandsOptions): Pick<
  PullCommandsOptions,
  "planAgain" | "preview" | "stopPreview" | "approvals"
> {
  const lookAgain = (number: number): void => {
    lane.ask(number, { again: true, urgent: true });
  };
  return {
    planAgain: lookAgain,
    approvals: { approve: () => Promise.resolve(noPlan) },

    async preview(number, author) {
      const pull = await forge.pull(number);
      if (pull.state !== "open" || !isBuilt(pull)) {
        return `No preview: it is not open, or no stack with \`preview\` is built from \`${pull.baseBranch}\`.`;
      }
      // Whoever writes to the fork would say what runs, whatever somebody with rights has seen of it.
      if (pull.fromFork) return forkAnswer(repository);
      previews.ask(pull, author);
      lookAgain(number);
      return null;
    },

    async stopPreview(number) {
      await previews.stop(await forge.pull(number));
      lookAgain(number);
      return null;
    },
  };
}
