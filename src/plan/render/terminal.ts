// A plan for a terminal of a given width: stacks that change with their services and fields, then the
// problems, then one line that sums it up. Unchanged stacks are only counted.
import type { Problem } from "../../model/desired.ts";
import { approveCommand, holdReason } from "../hold-words.ts";
import type { Started } from "../hold-words.ts";
import { policyLines } from "../policy-words.ts";
import { accessTitle } from "./host-access.ts";
import { renderSummary } from "./line.ts";
import { columns, createPaint, wrap } from "./paint.ts";
import type { Paint, Style } from "./paint.ts";
import { losesData, stackView, summarise } from "./view.ts";
import type {
  FieldView,
  GroupChange,
  GroupView,
  OrphanView,
  PlanDocument,
  StackView,
  Summary,
} from "./view.ts";
import { oneLineOf, plural, sentence, shortRevision } from "./words.ts";

export interface TerminalOptions {
  readonly colour: boolean;
  /** Columns; 80 where nobody knows. */
  readonly width: number;
  readonly started?: Started;
}

const symbols: Readonly<Record<GroupChange, readonly [string, Style]>> = {
  create: ["+", "green"],
  change: ["~", "yellow"],
  restart: ["↻", "magenta"],
  replace: ["⇄", "magenta"],
  run: ["▸", "yellow"],
  delete: ["-", "red"],
  record: ["✓", "dim"],
};

/** Labels longer than this do not push the values of all other fields to the right. */
const longestLabel = 30;

function hanging(first: string, rest: string, text: string, width: number): readonly string[] {
  return wrap(text, width - columns(rest)).map((line, index) =>
    index === 0 ? `${first}${line}` : `${rest}${line}`,
  );
}

function riskWords(group: GroupView): string {
  switch (group.change) {
    case "create":
      return "new";
    case "change":
      return group.isProject ? "" : "no restart";
    case "restart":
      if (losesData(group)) return "restarts and may lose data";
      return group.risk === "rebuild" ? "rebuilds and restarts" : "restarts";
    case "replace":
      return losesData(group) ? "replaced, and loses its data" : "replaced";
    case "run":
      return "runs once";
    case "delete":
      return "deleted";
    case "record":
      return "";
  }
}

function fieldSymbol(field: FieldView, group: GroupView): readonly [string, Style] {
  // All fields of what is new are new.
  if (group.change === "create") return [" ", "dim"];
  if (field.was === null) return ["+", "green"];
  return field.is === null ? ["-", "red"] : ["~", "yellow"];
}

function fieldLines(
  field: FieldView,
  group: GroupView,
  label: number,
  width: number,
  paint: Paint,
): string[] {
  const [symbol, style] = fieldSymbol(field, group);
  const head = `    ${paint(style, symbol)} ${field.title.padEnd(label)}`;
  const indent = 6 + Math.max(label, columns(field.title)) + 2;
  const values = [field.was, field.is].filter((value) => value !== null);
  const line = values.join(" → ");
  if (indent + columns(line) <= width) {
    return [
      `${head}  ${values.length === 2 ? `${values[0] ?? ""} ${paint("dim", "→")} ${values[1] ?? ""}` : line}`,
    ];
  }
  const lines: string[] = [head.trimEnd()];
  for (const [index, value] of values.entries()) {
    const first = index === 0 ? "          " : `        ${paint("dim", "→")} `;
    lines.push(...hanging(first, "          ", value, width));
  }
  return lines;
}

function groupLines(group: GroupView, width: number, paint: Paint): string[] {
  const [symbol, style] = symbols[group.change];
  const words = riskWords(group);
  const reason = group.reason ?? "";
  const said = words === "" ? reason : reason === "" ? words : `${words}: ${reason}`;
  const first = `  ${paint(style, symbol)} ${paint(group.change === "record" ? "dim" : "bold", group.title)}`;
  const lines: string[] = [];
  if (said === "") lines.push(first);
  else if (4 + columns(group.title) + 2 + columns(said) <= width) {
    lines.push(`${first}  ${paint(style, said)}`);
  } else {
    lines.push(first, ...wrap(said, width - 6).map((line) => `      ${paint(style, line)}`));
  }
  const label = Math.min(
    longestLabel,
    Math.max(0, ...group.fields.map((field) => columns(field.title))),
  );
  for (const field of group.fields) lines.push(...fieldLines(field, group, label, width, paint));
  return lines;
}

function stackHeadline(view: StackView, paint: Paint): string {
  const risks: string[] = [];
  if (view.losses > 0) risks.push(paint("red", `may lose data of ${view.losses}`));
  if (view.deletes > 0) risks.push(paint("red", `deletes ${view.deletes}`));
  if (view.replaces > 0) risks.push(paint("magenta", `replaces ${view.replaces}`));
  if (view.restarts > 0) risks.push(paint("magenta", `restarts ${view.restarts}`));
  const words = {
    created: paint("green", "new"),
    changed: risks.length > 0 ? "" : "changed",
    removed: paint("red", "removed"),
    unchanged: paint("dim", "unchanged"),
    conflict: paint("red", "conflict"),
  };
  const said = [words[view.change], ...risks].filter((word) => word !== "").join(", ");
  return `${paint("bold", view.name)}  ${said}`;
}

function stackLines(view: StackView, width: number, paint: Paint): string[] {
  const lines = [stackHeadline(view, paint)];
  if (view.conflict !== null) {
    lines.push(...hanging(`  ${paint("red", "!")} `, "    ", view.conflict, width));
  }
  for (const group of view.groups) lines.push(...groupLines(group, width, paint));
  for (const note of view.notes) {
    lines.push(...hanging(`  ${paint("cyan", "i")} `, "    ", note, width));
  }
  return lines;
}

/** `stacks/shop.yaml:4:7 message`, with its hint below. */
export function problemLines(problem: Problem, options: TerminalOptions): string[] {
  const paint = createPaint(options.colour);
  const { file, line, column } = problem.place;
  const place = `${oneLineOf(file)}:${line}:${column}`;
  const lines = [`${paint("bold", place)} ${oneLineOf(problem.message)}`];
  if (problem.hint !== null) {
    lines.push(...hanging("    ", "    ", oneLineOf(problem.hint), options.width));
  }
  return lines;
}

/** None where there are none; each command in a line of its own, to be copied. */
export function orphanLines(orphans: readonly OrphanView[], options: TerminalOptions): string[] {
  if (orphans.length === 0) return [];
  const paint = createPaint(options.colour);
  const count = plural(orphans.length, "swarm service");
  const text = `${count} of Capstan without an application. Unless another organisation of this Dokploy has it, run on a swarm manager:`;
  return [
    ...hanging(`${paint("cyan", "i")} `, "  ", text, options.width),
    ...orphans.map(({ command }) => `  ${oneLineOf(command)}`),
  ];
}

/** What reviewers must not overlook, right above the line that sums up. */
function accessLines(views: readonly StackView[], width: number, paint: Paint): string[] {
  return views.flatMap(({ name, access }) =>
    access.flatMap((one) => {
      const text = `${name}: ${accessTitle(one)} reaches ${one.reaches.join(", ")}`;
      return hanging(`${paint("red", "!")} `, "  ", text, width);
    }),
  );
}

function summaryText(summary: Summary): string {
  const changes = summary.created + summary.changed + summary.removed;
  if (changes + summary.conflicts + summary.problems > 0) return renderSummary(summary);
  if (summary.unchanged === 0) return "There are no stacks in Git.";
  return `Nothing to do: ${plural(summary.unchanged, "stack")} in sync.`;
}

/** Ends with a newline. */
export function renderTerminal(document: PlanDocument, options: TerminalOptions): string {
  const paint = createPaint(options.colour);
  const { width } = options;
  const blocks: (readonly string[])[] = [];
  const title = oneLineOf(document.revisionTitle);
  blocks.push(
    hanging(
      "",
      "  ",
      `Plan for ${shortRevision(document.revision)}  ${title}`.trimEnd(),
      width,
    ).map((line) => paint("dim", line)),
  );
  for (const plan of document.plans) {
    const view = stackView(plan);
    if (view.change === "unchanged" && view.notes.length === 0) continue;
    blocks.push(stackLines(view, width, paint));
  }
  if (document.problems.length > 0) {
    const count = plural(document.problems.length, "problem");
    const head = paint("red", `${count}: broken stacks stay as they are on the server`);
    blocks.push([head, ...document.problems.flatMap((problem) => problemLines(problem, options))]);
  }
  const orphans = orphanLines(document.orphans ?? [], options);
  if (orphans.length > 0) blocks.push(orphans);
  if (document.heldPrune !== null) {
    const reason = `Removals wait: ${sentence(holdReason(document.heldPrune.reason))}`;
    const approval = approveCommand(document.heldPrune, "apply", options.started);
    const lines = hanging(`${paint("red", "!")} `, "  ", reason, width);
    // In one line of its own, however wide the terminal is: it is there to be copied.
    blocks.push(approval === null ? lines : [...lines, `  to approve: ${approval}`]);
  }
  const { policyChanges = null } = document;
  if (policyChanges !== null) {
    const said = policyLines(policyChanges).map(sentence);
    const lines = said.flatMap((line) => hanging(`${paint("red", "!")} `, "  ", line, width));
    const forbids = policyChanges.forbids.flatMap((one) => problemLines(one, options));
    blocks.push([...lines, ...forbids]);
  }
  const access = accessLines(document.plans.map(stackView), width, paint);
  if (access.length > 0) blocks.push(access);
  const summary = summarise(document);
  const end = wrap(summaryText(summary), width).map((line) => paint("bold", line));
  if (summary.removed + summary.deletes > 0) {
    end.push(...wrap("apply leaves what is removed alone unless you add --prune", width));
  }
  blocks.push(end);
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}
