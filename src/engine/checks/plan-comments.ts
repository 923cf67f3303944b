// The one comment that each pull request has from this instance: found again, updated in place (P2).
import { isCapstanError } from "../../lib/errors.ts";
import type { PullRequest } from "../../model/forge.ts";
import type { Forge } from "../../ports-forge.ts";

export interface PlanComments {
  /** Who this instance is at the host. */
  self(): Promise<string>;
  /** Whether a pull request has one. */
  has(number: number): Promise<boolean>;
  /** Writes it, or changes what is there. */
  write(number: number, body: string): Promise<void>;
  /** A pull request ended: its comment says so, and is not looked for any more. */
  close(pull: PullRequest): Promise<void>;
}

/** How comments of one kind are known, and what becomes of them. */
export interface CommentWords {
  /** The instance whose comment it is; null when it is none of this kind. */
  readonly instanceOf: (body: string) => string | null;
  readonly closed: (body: string, pull: PullRequest) => string;
}

export function createPlanComments(
  forge: Pick<Forge, "self" | "comments" | "addComment" | "editComment">,
  instance: string,
  { instanceOf, closed }: CommentWords,
): PlanComments {
  const ids = new Map<number, string>();
  let login: string | null = null;

  async function self(): Promise<string> {
    login ??= await forge.self();
    return login;
  }

  async function own(number: number): Promise<{ id: string; body: string } | null> {
    const me = await self();
    const comments = await forge.comments(number);
    const mine = comments.find(
      ({ author, body }) => author === me && instanceOf(body) === instance,
    );
    if (mine !== undefined) return mine;
    // Of very many comments the host lists only the first.
    const id = ids.get(number);
    return id === undefined ? null : { id, body: "" };
  }

  return {
    self,
    has: async (number) => (await own(number)) !== null,
    async write(number, body) {
      const mine = await own(number);
      if (mine !== null) {
        ids.set(number, mine.id);
        if (mine.body.trim() === body.trim()) return;
        try {
          await forge.editComment(number, mine.id, body);
          return;
        } catch (error) {
          if (!isCapstanError(error, "not-found")) throw error;
          ids.delete(number);
        }
      }
      ids.set(number, await forge.addComment(number, body));
    },
    async close(pull) {
      const mine = await own(pull.number);
      ids.delete(pull.number);
      const body = mine === null || mine.body === "" ? null : closed(mine.body, pull);
      if (mine !== null && body !== null && body !== mine.body) {
        await forge.editComment(pull.number, mine.id, body);
      }
    },
  };
}
