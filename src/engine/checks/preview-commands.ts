// What people ask of previews in a comment on a pull request, once it is known that they may.
import type { Forge } from "../../ports-forge.ts";
import type { PullCommandsOptions } from "./pull-commands.ts";
import type { PullLane } from "./pull-lane.ts";
import type { PullPlanner } from "./pull-planner.ts";
import type { PullPreviews } from "./pull-previews.ts";

export interface PreviewCommandsOptions {
  readonly branch: string;
  readonly forge: Pick<Forge, "pull">;
  readonly planner: Pick<PullPlanner, "headOf">;
  readonly lane: Pick<PullLane, "ask">;
  /** Absent: pull requests have none. */
  readonly previews?: Pick<PullPreviews, "ask" | "stop">;
}

const off = "There are no previews here: PREVIEW_LIMIT is 0.";

/** A person's word is for the commit whose plan people see, and for no other. */
export function previewCommands({
  branch,
  forge,
  planner,
  lane,
  previews,
}: PreviewCommandsOptions): Pick<PullCommandsOptions, "preview" | "stopPreview"> {
  return {
    async preview(number, author) {
      if (previews === undefined) return off;
      const pull = await forge.pull(number);
      if (pull.state !== "open" || pull.baseBranch !== branch) {
        return `No preview: it is not open, or does not go to \`${branch}\`.`;
      }
      const seen = planner.headOf(number);
      if (seen !== null && seen !== pull.headSha) {
        lane.ask(number, { again: true, urgent: true });
        return `No preview: it was pushed to in between. Look at ${pull.headSha.slice(0, 8)}, and comment again.`;
      }
      previews.ask(pull, author);
      lane.ask(number, { again: true, urgent: true });
      return null;
    },

    async stopPreview(number) {
      if (previews === undefined) return off;
      await previews.stop(await forge.pull(number));
      lane.ask(number, { again: false, urgent: true });
      return null;
    },
  };
}
