// What a token may do, found out by asking for what cannot be: a comment on a pull request that does not exist, a
// pull request from a branch into itself, the status of no commit. Hosts look at the token before they look at
// that, so nothing is ever written.
import { z } from "zod";
import type { ForgeRight } from "../ports-diagnosis.ts";
import { isCapstanError } from "../lib/errors.ts";
import type { Rest } from "./rest.ts";

export interface Probe {
  readonly may: string;
  /** Below the API's address. */
  readonly path: string;
  readonly body: unknown;
}

/** Far beyond any that a host has. */
const noSuchNumber = 999_999_999;
export const noSuchCommit = "0".repeat(40);
/** Nobody ever reads it. */
const question = "A question of Capstan's doctor";
const noSuchBranch = "capstan-doctor-asks";

/** On Gitea, Forgejo and GitHub. */
export function pullProbe(repo: string, may: string): Probe {
  const body = { title: question, head: noSuchBranch, base: noSuchBranch };
  return { may, path: `${repo}/pulls`, body };
}

/** Likewise. */
export function commentProbe(repo: string): Probe {
  const path = `${repo}/issues/${noSuchNumber}/comments`;
  return { may: "comment on pull requests", path, body: { body: question } };
}

const refused = [401, 403];
const letThrough = [400, 404, 409, 422];

async function probed(rest: Rest, { may, path, body }: Probe): Promise<ForgeRight> {
  const ask = { method: "POST", path, body, harmless: true, what: may } as const;
  try {
    const statuses = [...refused, ...letThrough];
    const tried = await rest.tryWrite(ask, z.unknown(), statuses);
    return { may, granted: tried.ok || !refused.includes(tried.answer.status) };
  } catch (error) {
    // Its own trouble, or a limit: no answer to the question.
    if (!isCapstanError(error)) throw error;
    return { may, granted: null };
  }
}

export function rightsByProbes(
  rest: Rest,
  probes: readonly Probe[],
): Promise<readonly ForgeRight[]> {
  return Promise.all(probes.map((probe) => probed(rest, probe)));
}

/** GitLab tells what a token is for; before version 15.5 it does not. */
export async function rightsByScopes(rest: Rest): Promise<readonly ForgeRight[]> {
  const ask = { path: "/personal_access_tokens/self", what: "say what the token is for" };
  const may = "set checks, comment and open merge requests";
  try {
    const token = await rest.readOrNull(ask, z.object({ scopes: z.array(z.string()) }));
    return [{ may, granted: token === null ? null : token.scopes.includes("api") }];
  } catch (error) {
    if (!isCapstanError(error, "forbidden") && !isCapstanError(error, "unauthorised")) throw error;
    return [{ may, granted: null }];
  }
}
