// Calls that Gitea and Forgejo took over from GitHub word for word.
import { z } from "zod";
import type { PullComment, PullRequest } from "../model/forge.ts";
import type { Forge } from "../ports-forge.ts";
import { numberInUrl } from "./address.ts";
import type { Rest } from "./rest.ts";

export interface SharedWire {
  readonly pull: z.ZodType<PullRequest>;
  readonly comment: z.ZodType<PullComment>;
  /** Permissions with which one may push. */
  readonly writers: ReadonlySet<string>;
}

const permission = z.object({ permission: z.string() });

/** `repo`: the repository's path in the API. */
export function sharedCalls(
  rest: Rest,
  repo: string,
  wire: SharedWire,
): Pick<Forge, "pull" | "addComment" | "editComment" | "changePull" | "mayWrite"> {
  return {
    pull: (number) =>
      rest.read(
        { path: `${repo}/pulls/${numberInUrl(number)}`, what: `read pull request ${number}` },
        wire.pull,
      ),
    async addComment(number, body) {
      const path = `${repo}/issues/${numberInUrl(number)}/comments`;
      const what = `comment on pull request ${number}`;
      return (await rest.write({ method: "POST", path, body: { body }, what }, wire.comment)).id;
    },
    async editComment(number, id, body) {
      const path = `${repo}/issues/comments/${numberInUrl(id)}`;
      const what = `edit a comment of pull request ${number}`;
      await rest.write(
        { method: "PATCH", path, body: { body }, harmless: true, what },
        z.unknown(),
      );
    },
    async changePull(number, change) {
      const path = `${repo}/pulls/${numberInUrl(number)}`;
      const what = `change pull request ${number}`;
      await rest.write({ method: "PATCH", path, body: change, harmless: true, what }, z.unknown());
    },
    async mayWrite(login) {
      if (login === "") return false;
      const path = `${repo}/collaborators/${encodeURIComponent(login)}/permission`;
      const said = await rest.readOrNull({ path, what: "ask what an account may do" }, permission);
      return said !== null && wire.writers.has(said.permission);
    },
  };
}
