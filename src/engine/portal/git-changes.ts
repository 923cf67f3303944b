// How the portal changes Git: a commit on the branch, or a pull request for somebody to review. One at a
// time, each on top of what it was made from, so that nobody's change is overwritten.
import { randomBytes } from "node:crypto";
import PQueue from "p-queue";
import { CapstanError } from "../../lib/errors.ts";
import type { FileChange, PullRequest } from "../../model/forge.ts";
import type { Person } from "../../model/person.ts";
import type { Committer, Forge } from "../../ports-forge.ts";

export type Change =
  | { readonly kind: "committed"; readonly sha: string }
  | { readonly kind: "review"; readonly number: number; readonly url: string };

export interface ChangeRequest {
  /** What the branch of a pull request begins with: `add-zoe`. */
  readonly topic: string;
  /** One line: `Add the stack zoe`. */
  readonly title: string;
  readonly person: Person;
  readonly files: readonly FileChange[];
  /** Why it is asked for, in the person's own words. */
  readonly reason?: string;
}

export interface GitChanges {
  /**
   * Throws as the committer does: `conflict` when a file is not what the change was made from, `uncertain`
   * when the answer was lost.
   */
  make(request: ChangeRequest): Promise<Change>;
  /** Opens a pull request in either mode. Throws likewise, and `unsupported` without a Git host. */
  propose(request: ChangeRequest): Promise<{ readonly number: number; readonly url: string }>;
  /** Runs one after another, together with `make`, whatever must not meet another change. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** The open pull request that an earlier `make` of this topic opened; null without one. */
  openReview(topic: string): Promise<PullRequest | null>;
}

export interface GitChangesOptions {
  readonly committer: Committer;
  /** Needed in pull-request mode. */
  readonly forge: Pick<Forge, "openPull" | "openPulls"> | null;
  readonly mode: "commit" | "pull-request";
  readonly branch: string;
}

/** An address that leads nowhere, for people whose e-mail is not known. */
function emailOf({ email, id }: Person): string {
  return email ?? `${id.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}@portal.invalid`;
}

function branchOf(topic: string): string {
  return `capstan/${topic}-${randomBytes(4).toString("hex")}`;
}

function isOfTopic(branch: string, topic: string): boolean {
  const start = `capstan/${topic}-`;
  return branch.startsWith(start) && /^[0-9a-f]{8}$/.test(branch.slice(start.length));
}

export function createGitChanges(options: GitChangesOptions): GitChanges {
  const { committer, forge, mode, branch } = options;
  const lane = new PQueue({ concurrency: 1 });

  const authorOf = (person: Person) => ({ name: person.name, email: emailOf(person) });

  async function propose({
    topic,
    title,
    person,
    files,
    reason,
  }: ChangeRequest): ReturnType<GitChanges["propose"]> {
    if (forge === null) {
      throw new CapstanError("unsupported", "pull requests need a Git host", {
        hint: "set FORGE, or PORTAL_MODE=commit",
      });
    }
    const why = reason === undefined ? "" : `${reason}\n\n`;
    const asked = `Asked for by ${person.name} through Capstan`;
    const message = `${title}\n\n${why}${asked}.\n`;
    const author = authorOf(person);
    const head = branchOf(topic);
    await committer.commit({ branch: head, from: branch, message, author, files });
    const body = `${why}${asked}, which carries it out once it is merged.`;
    const { number, url } = await forge.openPull({ title, body, head, base: branch });
    return { number, url };
  }

  return {
    async make(request) {
      if (mode === "pull-request") return { kind: "review", ...(await propose(request)) };
      const { title, person, files } = request;
      const message = `${title}\n\nAsked for in the portal by ${person.name}.\n`;
      const author = authorOf(person);
      const sha = await committer.commit({ branch, from: null, message, author, files });
      return { kind: "committed", sha };
    },
    propose,
    alone: (work) => lane.add(work),
    async openReview(topic) {
      if (mode === "commit" || forge === null) return null;
      const pulls = await forge.openPulls();
      return pulls.find((pull) => !pull.fromFork && isOfTopic(pull.headBranch, topic)) ?? null;
    },
  };
}
