// What is asked of a Git host about one pull request of Capstan's own.
import { isCapstanError } from "../lib/errors.ts";
import type { PullRequest } from "../model/forge.ts";
import type { Forge } from "../ports-forge.ts";

/** Null: the host does not have it any more. Throws what else the host throws. */
export async function pullOrNull(
  forge: Pick<Forge, "pull">,
  number: number,
): Promise<PullRequest | null> {
  try {
    return await forge.pull(number);
  } catch (error) {
    if (isCapstanError(error, "not-found")) return null;
    throw error;
  }
}

/** The open one of a branch of this repository; undefined: there is none. Throws what the host throws. */
export async function openPullOf(
  forge: Pick<Forge, "openPulls">,
  branch: string,
): Promise<PullRequest | undefined> {
  return (await forge.openPulls()).find(
    ({ headBranch, fromFork }) => headBranch === branch && !fromFork,
  );
}
