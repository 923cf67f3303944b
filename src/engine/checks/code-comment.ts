// The one comment on a pull request of an application's repository: its previews, or how to get one. Pure.
import type { PullRequest } from "../../model/forge.ts";
import type { CommentWords } from "./plan-comments.ts";
import { withoutPreviewPart } from "./preview-words.ts";

/** Before the words, so that Capstan finds its own comment again. Another one than a plan's, which may stand beside it. */
const markerPattern = /^<!-- capstan:previews instance=(\S+) head=[0-9a-f]+ -->/;

export function codeComment(instance: string, { headSha }: PullRequest, part: string): string {
  return `<!-- capstan:previews instance=${instance} head=${headSha} -->\n${part}`;
}

/** What stands in the comment of one of which nothing is to be said any more. */
export const nothingToSay = "No stack has a preview for this pull request.\n";

const endings: Readonly<Record<PullRequest["state"], string>> = {
  merged: "Merged: what is built from its branch follows by itself.",
  closed: "Closed without a merge.",
  open: "No stack with `preview` is built from the branch that it goes to.",
};

function closed(body: string, { state }: PullRequest): string {
  const [marker = "", ...rest] = withoutPreviewPart(body).split("\n");
  // Beside the marker, so that it is known by more than its words.
  const over = `<!-- capstan:over ${state} -->`;
  if (marker.includes(over)) return body;
  return `${marker} ${over}\n> ${endings[state]}\n\n${rest.join("\n")}`;
}

export const codeWords: CommentWords = {
  instanceOf: (body) => markerPattern.exec(body.trimStart())?.[1] ?? null,
  closed,
};

const whyNot = (repository: string): string =>
  `it comes from a fork. Dokploy builds a branch and not a commit, so whoever pushes to the fork could change what runs ` +
  `after somebody has looked at it. Push the branch to \`${repository}\` itself for a preview`;

/** Why stacks get no preview of a fork's pull request, where it has their label. */
export function refusedFork(
  repository: string,
  stacks: readonly string[],
): readonly { readonly stack: string; readonly why: string }[] {
  return stacks.map((stack) => ({ stack, why: whyNot(repository) }));
}

export function forkAnswer(repository: string): string {
  return `No preview: ${whyNot(repository)}.`;
}
