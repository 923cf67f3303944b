// The steps by which a proposal is opened, kept up to date and closed. Each is found again when this process ends in
// between: what is to happen is remembered before it is asked for, and a pull request is known by its branch.
import type { Hasher } from "../../lib/digest.ts";
import { isCapstanError } from "../../lib/errors.ts";
import type { PullRequest } from "../../model/forge.ts";
import type { LeftDrift } from "../../model/plan.ts";
import type { Forge, Proposal, Proposals } from "../../ports-forge.ts";
import type { Source } from "../../ports.ts";
import type { KnownLeft } from "../drift/left-drift.ts";
import type { Draft, Drafts } from "./draft.ts";
import { branchOf } from "./known-pulls.ts";
import { openPullOf } from "../pulls.ts";
import type { KnownPull, KnownPulls } from "./known-pulls.ts";
import { commitMessage, endedText, pullText } from "./pull-words.ts";
import type { PullText } from "./pull-words.ts";

export type ProposingForge = Pick<
  Forge,
  "title" | "openPulls" | "pull" | "openPull" | "changePull" | "commit" | "self"
>;

export interface LookDeps {
  readonly forge: ProposingForge;
  readonly proposals: Proposals;
  readonly source: Pick<Source, "latest" | "read">;
  readonly drafts: Drafts;
  readonly pulls: KnownPulls;
  readonly left: Pick<KnownLeft, "entriesOf" | "isRefused" | "refuse">;
  readonly hasher: Hasher;
  readonly instance: string;
  readonly branch: string;
  /** Tells people; the text has no value in it. */
  readonly say: (stack: string, level: "info" | "warn", message: string) => void;
}

/** What of a stack is to be proposed. */
export interface Proposed {
  readonly stack: string;
  readonly draft: Draft;
  readonly left: readonly LeftDrift[];
}

const author = { name: "Capstan", email: "capstan@localhost" };
const textsKept = 5;

const textDigest = ({ hasher }: LookDeps, text: string): string =>
  hasher.mac(JSON.stringify(["text", text]));
const toldDigest = ({ hasher }: LookDeps, { title, body }: PullText): string =>
  hasher.mac(JSON.stringify(["told", title, body]));

async function openOrFind(
  forge: ProposingForge,
  request: Parameters<Forge["openPull"]>[0],
): Promise<PullRequest> {
  try {
    return await forge.openPull(request);
  } catch (error) {
    const same = await openPullOf(forge, request.head);
    if (same === undefined) throw error;
    return same;
  }
}

/** A branch of its own, and a pull request for it. */
export async function openPull(proposed: Proposed, deps: LookDeps): Promise<void> {
  const { stack, draft, left } = proposed;
  const { forge, pulls, hasher, branch: base } = deps;
  const { path, was, text: content } = draft;
  const told = { ...draft, stack, left };
  const name = hasher.sha256(JSON.stringify([was, content]));
  const head = branchOf(deps.instance, stack, name);
  const message = commitMessage(told);
  let sha: string | null = null;
  try {
    const files = [{ path, content, was }];
    sha = await forge.commit({ branch: head, from: base, message, author, files });
  } catch (error) {
    // An earlier try made it: its name says what is in it.
    if (!isCapstanError(error, "conflict")) throw error;
  }
  const text = pullText(told, false);
  const { number, url } = await openOrFind(forge, { ...text, head, base });
  pulls.save(stack, {
    ...{ number, url, branch: head, sha, ending: null },
    entries: [...deps.left.entriesOf(stack, left)],
    texts: [textDigest(deps, content)],
    told: toldDigest(deps, text),
  });
  deps.say(stack, "warn", `what was changed in Dokploy is proposed in ${url}`);
}

/** Closed by Capstan, unless somebody else works on its branch. */
export async function closePull(
  stack: string,
  pull: KnownPull,
  now: PullRequest,
  how: "gone" | "replaced",
  deps: LookDeps,
): Promise<void> {
  const { forge, pulls } = deps;
  if (now.headSha !== pull.sha) {
    await forge.changePull(pull.number, endedText({ stack }, "left"));
    pulls.forget(stack);
    return;
  }
  pulls.save(stack, { ...pull, ending: how });
  await forge.changePull(pull.number, endedText({ stack }, how));
  await forge.changePull(pull.number, { state: "closed" });
  pulls.forget(stack);
  if (how === "gone") deps.say(stack, "info", `${pull.url} is closed: nothing of it differs now`);
}

/** Whose an open pull request is, and what would come of its merge. */
export interface Judged {
  /** Its merge would leave the file as the draft has it, and nothing else changed. */
  readonly isWanted: boolean;
  /** All of its commits are Capstan's. */
  readonly isOwn: boolean;
}

export function judgePull(
  { tree, merged, changedPaths }: Proposal,
  pull: KnownPull,
  now: PullRequest,
  { draft }: Proposed,
  deps: LookDeps,
): Judged {
  const file = tree.files.find(({ path }) => path === draft.path);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const text = file === undefined ? null : decoder.decode(file.content);
  const isOne = changedPaths.length === 1 && changedPaths[0] === draft.path;
  const isKnown = isOne && text !== null && pull.texts.includes(textDigest(deps, text));
  return {
    isWanted: merged && isOne && text === draft.text,
    isOwn: now.headSha === pull.sha || isKnown,
  };
}

/** The pull request says what the draft says; one on which somebody else works is told, and its branch left alone. */
export async function updatePull(
  known: KnownPull,
  now: PullRequest,
  { isWanted, isOwn }: Judged,
  proposed: Proposed,
  deps: LookDeps,
): Promise<KnownPull> {
  const { stack, draft, left } = proposed;
  const { forge, pulls } = deps;
  const told = { ...draft, stack, left };
  let pull: KnownPull = { ...known, entries: [...deps.left.entriesOf(stack, left)] };
  if (isWanted) pull = { ...pull, sha: now.headSha };
  else if (isOwn) {
    // Remembered first: a commit whose answer is lost is known by its text.
    pull = { ...pull, texts: [...pull.texts, textDigest(deps, draft.text)].slice(-textsKept) };
    pulls.save(stack, pull);
    const files = [{ path: draft.path, content: draft.text }];
    const message = commitMessage(told);
    const sha = await forge.commit({ branch: pull.branch, from: null, message, author, files });
    pull = { ...pull, sha };
  }
  pulls.save(stack, pull);
  const text = pullText(told, !isWanted && !isOwn);
  if (toldDigest(deps, text) === pull.told) return pull;
  await forge.changePull(pull.number, text);
  pull = { ...pull, told: toldDigest(deps, text) };
  pulls.save(stack, pull);
  return pull;
}
