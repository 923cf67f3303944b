// One pull request of an application's repository: what follows for its previews, and what its comment says of them.
// Knows what was seen and said last, so that nothing is done twice.
import type { PullRequest } from "../../model/forge.ts";
import type { Forge } from "../../ports-forge.ts";
import { codeComment, nothingToSay, refusedFork } from "./code-comment.ts";
import type { PlanComments } from "./plan-comments.ts";
import { previewPart } from "./preview-words.ts";
import type { PullPreviews } from "./pull-previews.ts";

/** A stack that is built from the branch to which a pull request goes, and the label that asks for a preview. */
export interface Built {
  readonly stack: string;
  readonly label: string;
}

export interface CodePullOptions {
  readonly instance: string;
  readonly repository: string;
  readonly forge: Pick<Forge, "pull">;
  readonly comments: Pick<PlanComments, "has" | "write" | "close">;
  readonly previews: Pick<PullPreviews, "seen" | "ended" | "part" | "looked" | "isWithheld">;
  readonly builtFrom: (branch: string) => readonly Built[];
  readonly redact: (text: string) => string;
  /** Its branch has other commits than before. */
  readonly moved: () => void;
}

export interface CodePull {
  /** Reads it, and says what there is to say. Rejects when either cannot be done. */
  look(number: number, again: boolean): Promise<void>;
  /** Whether a look would find nothing to do. */
  isDone(pull: PullRequest): boolean;
  /** Those that were open when they were last looked at. */
  known(): readonly number[];
}

interface Told {
  readonly headSha: string;
  /** Labels, and which stacks they could concern. */
  readonly asks: string;
  readonly part: string;
  /** Whether it says how to get one: only where there is something else to say, or was. */
  readonly offers: boolean;
}

export function createCodePull(options: CodePullOptions): CodePull {
  const { instance, repository, forge, comments, previews, builtFrom } = options;
  const told = new Map<number, Told>();

  const asksOf = ({ labels = [], baseBranch }: PullRequest): string =>
    JSON.stringify([[...labels].sort(), builtFrom(baseBranch)]);
  const isSeen = (pull: PullRequest): boolean => {
    const before = told.get(pull.number);
    return before?.headSha === pull.headSha && before.asks === asksOf(pull);
  };

  function partOf(pull: PullRequest, offers: boolean): string {
    if (!pull.fromFork) return previews.part(pull, offers);
    const asked = builtFrom(pull.baseBranch).filter(({ label }) => pull.labels?.includes(label));
    const stacks = asked.map(({ stack }) => stack);
    const refused = refusedFork(repository, stacks);
    return previewPart({ previews: [], refused, trouble: null, offered: [], fromFork: true });
  }

  async function say(pull: PullRequest): Promise<void> {
    const { number, headSha } = pull;
    const before = told.get(number);
    // Nobody wants a comment on each pull request of an application because some of them may have previews.
    const offers = partOf(pull, false) !== "" || (await comments.has(number));
    const part = offers ? partOf(pull, true) : "";
    if (offers && before?.part !== part) {
      const shown = part === "" ? nothingToSay : options.redact(part);
      await comments.write(number, codeComment(instance, pull, shown));
    }
    told.set(number, { headSha, asks: asksOf(pull), part, offers });
  }

  async function end(pull: PullRequest): Promise<void> {
    await previews.ended(pull.number);
    await comments.close(pull);
    told.delete(pull.number);
  }

  return {
    async look(number, again) {
      const pull = await forge.pull(number);
      const isBuilt = builtFrom(pull.baseBranch).length > 0 || previews.isWithheld(number);
      if (pull.state !== "open" || !isBuilt) await end(pull);
      else {
        const before = told.get(number);
        if (!pull.fromFork && (again || !isSeen(pull))) {
          await previews.seen(pull, { tree: null, merged: true }, []);
        }
        await say(pull);
        if (before !== undefined && before.headSha !== pull.headSha) options.moved();
      }
      await previews.looked(number);
    },
    isDone(pull) {
      const before = told.get(pull.number);
      if (builtFrom(pull.baseBranch).length === 0) return before === undefined;
      if (before === undefined || !isSeen(pull)) return false;
      return before.part === partOf(pull, before.offers);
    },
    known: () => [...told.keys()],
  };
}
