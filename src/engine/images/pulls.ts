// The one pull request with newer images: opened, kept while it is right, replaced by a newer one, closed when nothing of
// it is new any more.
import { CapstanError, isCapstanError } from "../../lib/errors.ts";
import type { PullRequest } from "../../model/forge.ts";
import type { Forge } from "../../ports-forge.ts";
import type { Draft } from "./draft.ts";
import { openPullOf, pullOrNull } from "../pulls.ts";
import type { KnownPull, Proposed } from "./proposed.ts";
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

type OpenPull = KnownPull & { readonly number: number };

/** Null too while its branch is about to be made. */
function opened(proposed: Proposed): OpenPull | null {
  const open = proposed.open();
  if (open === null) return null;
  const { number } = open;
  return number === null ? null : { ...open, number };
}

/** What of an open pull request a person decided since. */
export async function settle({ forge, proposed, say }: PullsDeps): Promise<void> {
  const open = opened(proposed);
  if (open === null) return;
  const now = await pullOrNull(forge, open.number);
  if (now?.state === "open") return;
  proposed.decide(open.updates);
  proposed.setOpen(null);
  const what = now?.state === "merged" ? "was merged" : "was closed: its images are left out";
  say("info", `${open.url} ${what}`);
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
  await forge.changePull(number, { title: titleOf(updates), body: why });
  await forge.changePull(number, { state: "closed" });
  if (proposed.open()?.number === number) proposed.setOpen(null);
}

/** Makes the branch, or finds what an earlier try left of it. False: somebody closed an earlier proposal of it. */
async function branchMade(
  { forge, proposed, base }: PullsDeps,
  branch: string,
  draft: Draft,
  message: string,
): Promise<PullRequest | boolean> {
  const isOwn = proposed.open()?.branch === branch;
  const { updates } = draft;
  try {
    // Before the request, so that a process that ends in between finds its own branch again.
    proposed.setOpen({ number: null, url: "", branch, updates: [...updates] });
    await forge.commit({ branch, from: base, message, author, files: draft.files });
    return true;
  } catch (error) {
    if (!isCapstanError(error, "conflict")) throw error;
    return (await openPullOf(forge, branch)) ?? isOwn;
  }
}

/** Whether the open pull request is right for these updates already; none are asked for as well. */
export async function isSettled(deps: PullsDeps, updates: readonly Update[]): Promise<boolean> {
  const open = opened(deps.proposed);
  if (updates.length > 0) return open !== null && isSame(open.updates, updates);
  if (open !== null) await close(deps, open, endings.gone);
  deps.proposed.setOpen(null);
  return true;
}

/** Opens one for the updates, in place of the one that is open. */
export async function propose(deps: PullsDeps, draft: Draft, words: Words): Promise<void> {
  const { forge, proposed, base, instance, say } = deps;
  const { updates } = draft;
  const before = opened(proposed);
  const names = updates.map(({ stack, service, to }) => `${stack} ${service} ${to}`).sort();
  const branch = `capstan/images/${instance}/${deps.digest(names.join("\n")).slice(0, 8)}`;
  const made = await branchMade(deps, branch, draft, words.message);
  if (made === false) {
    proposed.decide(updates);
    proposed.setOpen(before);
    const hint = "delete it to have this proposed again";
    say("warn", `the branch ${branch} of an earlier proposal is still there; ${hint}`);
    return;
  }
  const request = { title: titleOf(updates), body: words.body, head: branch, base };
  const pull = made === true ? await forge.openPull(request) : made;
  proposed.setOpen({ number: pull.number, url: pull.url, branch, updates: [...updates] });
  say("info", `${pull.url}: ${request.title}`);
  if (before !== null && before.number !== pull.number) {
    await close(deps, before, endings.replaced(pull.number));
  }
}

/** Why there can be no pull request; null: there can. */
export function withoutHost(forge: ImageForge | null): CapstanError | null {
  if (forge !== null) return null;
  return new CapstanError("unsupported", "newer images are not proposed: there is no Git host", {
    hint: "set FORGE and FORGE_TOKEN, or write propose: commit",
  });
}
