// The one pull request with newer images: opened, kept while it is right, replaced by a newer one, closed when nothing of
// it is new any more.
import { CapstanError, isCapstanError } from "../../lib/errors.ts";
import type { PullRequest } from "../../model/forge.ts";
import type { Forge } from "../../ports-forge.ts";
import type { Draft } from "./draft.ts";
import { openPullOf, pullOrNull } from "../pulls.ts";
import type { OpenPull, Proposed } from "./proposed.ts";
import type { Update } from "./updates.ts";
import { endings, titleOf } from "./words.ts";

export type ImageForge = Pick<Forge, "commit" | "openPull" | "openPulls" | "pull" | "changePull">;

export interface PullsDeps {
  readonly forge: ImageForge;
  readonly proposed: Proposed;
  /** The branch that it is for. */
  readonly base: string;
  readonly instance: string;
  /** A digest in hex. */
  readonly digest: (text: string) => string;
  readonly say: (level: "info" | "warn", message: string) => void;
}

export interface Words {
  readonly message: string;
  readonly body: string;
}

export const author = { name: "Capstan", email: "capstan@images.invalid" };

/** `why`: Capstan wants it closed, and says so there; null: people decide. */
async function judge(deps: PullsDeps, pull: OpenPull, why: string | null): Promise<void> {
  const { forge, proposed, say } = deps;
  const now = await pullOrNull(forge, pull.number);
  if (now?.state === "open") {
    if (why !== null) await close(deps, pull, why);
    return;
  }
  proposed.forget(pull.number);
  if (pull.ending) return;
  proposed.decide(pull.updates);
  const what = now?.state === "merged" ? "was merged" : "was closed: its images are left out";
  say("info", `${pull.url} ${what}`);
}

/** What of an open pull request a person decided since, and what an earlier try did not bring to its end. */
export async function settle(deps: PullsDeps): Promise<void> {
  const { proposed } = deps;
  const replaced = proposed.replaced();
  const by = proposed.open()?.number ?? null;
  if (replaced !== null && by !== null) await judge(deps, replaced, endings.replaced(by));
  const shown = proposed.shown();
  if (shown !== null) await judge(deps, shown, shown.ending ? endings.gone : null);
}

function isSame(one: readonly Update[], other: readonly Update[]): boolean {
  const texts = (updates: readonly Update[]): string =>
    JSON.stringify(updates.map(({ stack, service, to }) => [stack, service, to]).sort());
  return texts(one) === texts(other);
}

async function close(
  { forge, proposed }: PullsDeps,
  { number, updates }: OpenPull,
  why: string,
): Promise<void> {
  proposed.ending(number);
  await forge.changePull(number, { title: titleOf(updates), body: why });
  await forge.changePull(number, { state: "closed" });
  proposed.forget(number);
}

/** Makes the branch, or finds what an earlier try left of it. False: somebody closed an earlier proposal of it. */
async function branchMade(
  { forge, proposed, base }: PullsDeps,
  branch: string,
  draft: Draft,
  message: string,
): Promise<PullRequest | boolean> {
  const isOwn = proposed.open()?.branch === branch;
  const updates = [...draft.updates];
  const replaces = proposed.shown();
  try {
    // Before the request, so that a process that ends in between finds its own branch again.
    proposed.setOpen({ number: null, url: "", branch, updates, ending: false, replaces });
    await forge.commit({ branch, from: base, message, author, files: draft.files });
    return true;
  } catch (error) {
    if (!isCapstanError(error, "conflict")) throw error;
    return (await openPullOf(forge, branch)) ?? isOwn;
  }
}

/** Whether the open pull request is right for these updates already; none are asked for as well. */
export async function isSettled(deps: PullsDeps, updates: readonly Update[]): Promise<boolean> {
  const open = deps.proposed.shown();
  if (updates.length > 0) return open !== null && isSame(open.updates, updates);
  if (open !== null) await close(deps, open, endings.gone);
  deps.proposed.setOpen(null);
  return true;
}

/** Opens one for the updates, in place of the one that is open. */
export async function propose(deps: PullsDeps, draft: Draft, words: Words): Promise<void> {
  const { forge, proposed, base, instance, say } = deps;
  const { updates } = draft;
  const before = proposed.shown();
  const names = updates.map(({ stack, service, to }) => `${stack} ${service} ${to}`).sort();
  const branch = `capstan/images/${instance}/${deps.digest(names.join("\n")).slice(0, 8)}`;
  const made = await branchMade(deps, branch, draft, words.message);
  if (made === false) {
    proposed.decide(updates);
    proposed.setOpen(before === null ? null : { ...before, replaces: null });
    const hint = "delete it to have this proposed again";
    say("warn", `the branch ${branch} of an earlier proposal is still there; ${hint}`);
    return;
  }
  const request = { title: titleOf(updates), body: words.body, head: branch, base };
  const pull = made === true ? await forge.openPull(request) : made;
  const { number, url } = pull;
  const replaces = before?.number === number ? null : before;
  proposed.setOpen({ number, url, branch, updates: [...updates], ending: false, replaces });
  say("info", `${url}: ${request.title}`);
  if (replaces !== null) await close(deps, replaces, endings.replaced(number));
}

/** Why there can be no pull request; null: there can. */
export function withoutHost(forge: ImageForge | null): CapstanError | null {
  if (forge !== null) return null;
  return new CapstanError("unsupported", "newer images are not proposed: there is no Git host", {
    hint: "set FORGE and FORGE_TOKEN, or write propose: commit",
  });
}
