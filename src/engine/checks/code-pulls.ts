// The pull requests of one application's repository: looked at from time to time, and sooner by deliveries. A repository
// that cannot be read is put off longer each time, and disturbs no other one.
import type { Clock } from "../../lib/clock.ts";
import { describeError, isCapstanError } from "../../lib/errors.ts";
import type { ForgeEvent } from "../../model/forge.ts";
import type { Forge } from "../../ports-forge.ts";
import { codeCommands } from "./code-commands.ts";
import { codeWords } from "./code-comment.ts";
import { createCodePull } from "./code-pull.ts";
import type { Built } from "./code-pull.ts";
import { commentCommand } from "./comment-commands.ts";
import { createFailedPulls } from "./failed-pulls.ts";
import { createPlanComments } from "./plan-comments.ts";
import { obey } from "./pull-commands.ts";
import { createPullLane } from "./pull-lane.ts";
import type { PullPreviews } from "./pull-previews.ts";
import { createUnreadRepository } from "./unread-repository.ts";

export interface CodePulls {
  /** Looks at what is open and was not seen as it is now. Never throws. */
  sweep(): Promise<void>;
  /** Something happened there; returns at once. */
  heard(event: ForgeEvent): void;
  look(number: number): void;
  /** Nothing is done any more; what is under way ends first. */
  stop(): Promise<void>;
}

export interface CodePullsOptions {
  readonly instance: string;
  readonly repository: string;
  readonly forge: Forge;
  readonly previews: PullPreviews;
  /** Empty: nothing is built from that branch. */
  readonly builtFrom: (branch: string) => readonly Built[];
  /** Whether anything is built from the repository at all: of one of which nothing is, the host is asked nothing. */
  readonly isBuilt: () => boolean;
  readonly clock: Pick<Clock, "now">;
  /** What the engine goes by now. */
  readonly revision: () => string | null;
  readonly redact: (text: string) => string;
  /** A branch of it has new commits. */
  readonly moved: () => void;
  /** It can be read no longer, or again (null). */
  readonly failed: (error: string | null) => void;
  /** One line for people, in the log. */
  readonly note: (level: "info" | "warn", message: string) => void;
}

/** The host lists no more. */
const mostListed = 200;

export function createCodePulls(options: CodePullsOptions): CodePulls {
  const { repository, forge, previews, clock, note } = options;
  const comments = createPlanComments(forge, options.instance, codeWords);
  const one = createCodePull({ ...options, comments });
  const failed = createFailedPulls(clock, options.revision);
  const lane = createPullLane(look);
  const commands = codeCommands({
    ...{ repository, forge, lane, previews },
    isBuilt: ({ baseBranch }) => options.builtFrom(baseBranch).length > 0,
  });
  const unread = createUnreadRepository(clock, options.failed);

  async function look(number: number, again: boolean): Promise<void> {
    try {
      await one.look(number, again);
      failed.done(number);
    } catch (error) {
      if (isCapstanError(error, "cancelled")) return;
      const message = describeError(error);
      if (failed.putOff(number, message)) {
        note("warn", `pull request ${repository}#${number}: ${message}`);
      }
    }
  }

  function lookSometime(number: number): void {
    if (!failed.isPutOff(number)) lane.ask(number, { again: false, urgent: false });
  }

  async function sweep(): Promise<void> {
    const pulls = options.isBuilt() ? await forge.openPulls() : [];
    const open = new Set(pulls.map(({ number }) => number));
    if (options.isBuilt()) previews.listed(open, pulls.length < mostListed);
    for (const number of new Set([...one.known(), ...previews.pulls(), ...failed.endings(open)])) {
      if (!open.has(number)) lookSometime(number);
    }
    for (const pull of pulls) if (!one.isDone(pull)) lookSometime(pull.number);
  }

  async function obeyed(number: number, author: string, body: string): Promise<void> {
    const command = commentCommand(body);
    if (command === null) return;
    const refused = (message: string): void => {
      note("warn", `${repository}: ${message}`);
    };
    try {
      const said = { number, author };
      await obey(said, command, { ...commands, forge, comments, redact: options.redact, refused });
    } catch (error) {
      note("warn", `a comment on ${repository}#${number}: ${describeError(error)}`);
    }
  }

  return {
    async sweep() {
      if (lane.isStopped() || unread.isPutOff()) return;
      try {
        await sweep();
        unread.done();
      } catch (error) {
        if (!isCapstanError(error, "cancelled")) unread.failed(error);
      }
    },

    heard(event) {
      if (event.type === "pull") lane.ask(event.number, { again: false, urgent: true });
      if (event.type === "comment" && commentCommand(event.body) !== null) {
        lane.answer(() => obeyed(event.number, event.author, event.body));
      }
    },
    look(number) {
      lane.ask(number, { again: false, urgent: true });
    },
    stop: () => lane.stop(),
  };
}
