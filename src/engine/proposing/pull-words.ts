// What people read of a proposal: the commit, the pull request, the condition of the stack. Values are shown where
// nobody could take them for a secret; the change itself shows the others.
import type { Unwritten } from "../../manifest/write-back/amend.ts";
import type { Placed } from "../../manifest/write-back/same.ts";
import { maySecret } from "../../model/fields.ts";
import type { LeftDrift } from "../../model/plan.ts";
import type { DriftState } from "../../model/status.ts";
import { shorten } from "../../plan/diff.ts";
import { listed, plural } from "../../plan/render/words.ts";

/** More lines are told by their number. */
const mostLines = 50;
const longestTitle = 120;

interface Place {
  readonly service: string;
  readonly path: string;
}

const nameOf = ({ service, path }: Place): string =>
  service === "project" ? `${path} of the project` : `${path} of ${service}`;

function code(text: string): string {
  const plain = shorten(text).replaceAll(/[`|\\]/g, " ");
  return plain.trim() === "" ? "(empty)" : `\`${plain}\``;
}

function valueText(one: Placed, side: "observed" | "wanted", left: readonly LeftDrift[]): string {
  const text = one[side];
  if (text === null) return side === "wanted" ? "default, or absent" : "default, or removed";
  const desired = left.find(({ service }) => service === one.service)?.desired ?? null;
  const hides = desired === null ? one.path !== "name" : maySecret(desired.kind, one.path, text);
  return hides ? "(see the change)" : code(text);
}

function linesOf<T>(ones: readonly T[], line: (one: T) => string): readonly string[] {
  const shown = ones.slice(0, mostLines).map(line);
  const more = ones.length - shown.length;
  return more > 0 ? [...shown, `and ${more} more`] : shown;
}

export interface PullText {
  readonly title: string;
  readonly body: string;
}

export interface Told {
  readonly stack: string;
  readonly written: readonly Placed[];
  readonly unwritten: readonly Unwritten[];
  readonly left: readonly LeftDrift[];
}

/** One line: what was changed. */
export function titleOf({ stack, written }: Pick<Told, "stack" | "written">): string {
  const names = written.map(nameOf);
  const whole = `Keep what was changed in Dokploy: ${stack}, ${names.join(", ")}`;
  if (whole.length <= longestTitle) return whole;
  return `Keep what was changed in Dokploy: ${stack}, ${plural(names.length, "field")}`;
}

/** `stranger`: somebody else pushed to its branch, which is left alone since. */
export function pullText(told: Told, stranger: boolean): PullText {
  const { stack, written, unwritten, left } = told;
  const rows = linesOf(
    written,
    (one) =>
      `| ${one.service} | ${code(one.path)} | ${valueText(one, "wanted", left)} | ${valueText(one, "observed", left)} |`,
  );
  const held = linesOf(unwritten, (one) => `- ${code(one.path)} of ${one.service}: ${one.why}`);
  const body = [
    `Somebody changed the stack **${stack}** in Dokploy. Its manifest says \`sync.drift: propose\`, so Capstan left the change as it is and asks here.`,
    "",
    "| service | field | in Git | in Dokploy |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
    "- **Merge it** to keep the change: Git then says what the server has, and nothing is deployed. What was saved in Dokploy and not deployed there runs from the next deploy on.",
    "- **Close it** to undo the change: Capstan puts the server back as Git says.",
    "- Undo the change in Dokploy, and this closes by itself. While it is open, Capstan keeps it up to date.",
    ...(held.length === 0
      ? []
      : [
          "",
          "These differ too and cannot be written here. They stay as they are on the server; closing this puts them back as well:",
          "",
          ...held,
        ]),
    ...(stranger
      ? [
          "",
          "This branch has a commit that Capstan does not know as its own, so it adds none any more. The table above says what differs now.",
        ]
      : []),
  ];
  return { title: titleOf(told), body: body.join("\n") };
}

const endings = {
  gone: "Closed by Capstan: nothing of this differs any more. The change was undone in Dokploy, or a commit changed the same service.",
  replaced:
    "Closed by Capstan: the branch moved in a way that conflicts with this. A new pull request takes its place.",
  left: "Nothing of this differs any more. Capstan leaves it open, as somebody else pushed to its branch: close it, or merge it.",
} as const;

export function endedText({ stack }: Pick<Told, "stack">, how: keyof typeof endings): PullText {
  return { title: `Keep what was changed in Dokploy: ${stack}`, body: endings[how] };
}

export function commitMessage(told: Pick<Told, "stack" | "written">): string {
  const lines = linesOf(told.written, (one) => `- ${nameOf(one)}`);
  return `${titleOf(told)}\n\nThe server has these values. Capstan proposes them, as sync.drift says:\n\n${lines.join("\n")}\n`;
}

const placesIn = (left: readonly LeftDrift[]): readonly Place[] =>
  left.flatMap(({ service, differences }) => differences.map(({ path }) => ({ service, path })));

export interface Standing {
  readonly left: readonly LeftDrift[];
  readonly pull: { readonly number: number; readonly url: string } | null;
  /** Null: nobody has drafted a proposal yet. */
  readonly unwritten: readonly Unwritten[] | null;
  /** Why there is no proposal although there could be one; null: nothing is in the way. */
  readonly trouble: string | null;
}

/** The stack's condition while drift is left. */
export function driftState(stack: string, standing: Standing): DriftState {
  const { left, pull, trouble } = standing;
  const unwritten = standing.unwritten ?? [];
  const names = listed(placesIn(left).map(nameOf));
  const held = unwritten.map(({ service, path, why }) => ({ service, path, why }));
  const state = { proposal: pull, held };
  const what = `changed in Dokploy and left as it is: ${names}`;
  if (pull !== null) {
    const not = unwritten.map((one) => `${nameOf(one)} (${one.why})`);
    const more = not.length === 0 ? "" : `; not in it: ${listed(not)}`;
    const message = `${what}; merge ${pull.url} to keep it, or close it to undo it${more}`;
    return { ...state, reason: "DriftProposed", message };
  }
  if (trouble !== null) {
    return { ...state, reason: "DriftNotProposed", message: `${what}; ${trouble}` };
  }
  if (standing.unwritten === null || unwritten.length === 0) {
    return { ...state, reason: "DriftFound", message: `${what}; a pull request is being made` };
  }
  const why = listed([...new Set(unwritten.map((one) => `${nameOf(one)}: ${one.why}`))]);
  const how = `change Git, undo it in Dokploy, or put it back with \`capstan redeploy ${stack}\``;
  const message = `${what}; it cannot be proposed: ${why}; ${how}`;
  return { ...state, reason: "DriftHeld", message };
}
