// The part of a pull request's comment that is about its previews. Pure.
import type { StackState } from "../../plan/state-words.ts";

export interface ToldPreview {
  readonly name: string;
  readonly stack: string;
  /** The commit that it shows. */
  readonly headSha: string;
  readonly state: Pick<StackState, "text">;
  readonly urls: readonly string[];
  readonly untilMs: number;
  /** What is wrong with it, one line each; of a fork only how much. */
  readonly problems: readonly string[];
}

export interface ToldPreviews {
  readonly previews: readonly ToldPreview[];
  readonly refused: readonly { readonly stack: string; readonly why: string }[];
  readonly trouble: string | null;
  /** Stacks that could have one, and the label that asks for it. */
  readonly offered: readonly { readonly stack: string; readonly label: string }[];
  readonly fromFork: boolean;
}

/** How many previews it tells of stands beside it, so that it is known by more than its words. */
const begin = (count: number): string => `<!-- capstan:preview ${count} -->`;
const end = "<!-- /capstan:preview -->";
const whole = /\n?<!-- capstan:preview (\d+) -->[\s\S]*?<!-- \/capstan:preview -->\n?/;

const mostUrls = 5;
const mostProblems = 5;

/** `2026-12-02 11:05 UTC` */
function moment(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function linesOf({
  name,
  headSha,
  state,
  urls,
  untilMs,
  problems,
}: ToldPreview): readonly string[] {
  const shown = urls.slice(0, mostUrls).map((url) => `<${url}>`);
  const more = urls.length > mostUrls ? ` and ${urls.length - mostUrls} more` : "";
  const where = shown.length === 0 ? "" : ` at ${shown.join(", ")}${more}`;
  const commit = `commit ${headSha.slice(0, 8)}`;
  return [
    `- \`${name}\`: **${state.text}**${where}, ${commit}, until ${moment(untilMs)}`,
    ...problems.slice(0, mostProblems).map((problem) => `  - ${problem}`),
  ];
}

function offer({ offered, fromFork }: ToldPreviews): readonly string[] {
  const [first] = offered;
  if (first === undefined) return [];
  const stacks = offered.map(({ stack }) => `\`${stack}\``).join(", ");
  const how = fromFork
    ? "It comes from a fork: somebody with write access can comment `capstan preview`"
    : `Give it the label \`${first.label}\`, or comment \`capstan preview\`,`;
  return [`- ${how} for a preview of ${stacks}.`];
}

/** Empty: nothing is to be said of previews. */
export function previewPart(told: ToldPreviews): string {
  const lines = [
    ...told.previews.flatMap(linesOf),
    ...told.refused.map(({ stack, why }) => `- \`${stack}\` has no preview: ${why}.`),
    ...(told.trouble === null ? [] : [`- This is not the newest commit: ${told.trouble}.`]),
    ...offer(told),
  ];
  return lines.length === 0
    ? ""
    : `${begin(told.previews.length)}\n### Preview\n\n${lines.join("\n")}\n${end}\n`;
}

/** A comment without that part, for when the pull request is over. */
export function withoutPreviewPart(body: string): string {
  const found = whole.exec(body);
  if (found === null) return body;
  const gone = "\nIts previews are being removed, with their databases.\n";
  return body.replace(whole, Number(found[1]) > 0 ? gone : "\n");
}
