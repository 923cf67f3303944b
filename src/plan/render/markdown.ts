// A plan as Markdown for pull requests: a headline that counts, one table a service, bounded in length. Of many
// stacks each is folded; those with a risk come first and are open.
// Values stand in code spans, so that nothing in them is markup, a mention or a link.
import type { ApprovalWay } from "../../model/hold.ts";
import type { Problem } from "../../model/desired.ts";
import { holdText } from "../hold-words.ts";
import { policyLines } from "../policy-words.ts";
import { accessTitle } from "./host-access.ts";
import { renderSummary } from "./line.ts";
import { losesData, stackView, summarise, worstRisk } from "./view.ts";
import type { FieldView, GroupView, PlanDocument, StackView } from "./view.ts";
import { oneLineOf, plural, sentence, shortRevision } from "./words.ts";

export interface MarkdownOptions {
  /** Forges cut or refuse long comments; stacks that do not fit are only named. */
  readonly maxCharacters: number;
  /** Whom readers can ask for an approval; `apply` when absent. */
  readonly approval?: ApprovalWay;
}

const symbols: Readonly<Record<GroupView["change"], string>> = {
  create: "➕",
  change: "✏️",
  restart: "🔄",
  replace: "🔀",
  run: "▶️",
  delete: "🗑️",
  record: "✅",
};

const words: Readonly<Record<GroupView["change"], string>> = {
  create: "new",
  change: "no restart",
  restart: "**restarts**",
  replace: "**replaced**",
  run: "runs once",
  delete: "**deleted**",
  record: "",
};

const lossWords: Readonly<Record<GroupView["change"], string>> = {
  ...words,
  restart: "**restarts and may lose data**",
  replace: "**replaced, and loses its data**",
};

/** A code span, in a table cell too. */
export function code(text: string): string {
  const clean = oneLineOf(text).replaceAll("|", "\\|");
  const longest = Math.max(0, ...[...clean.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = "`".repeat(longest + 1);
  const space = clean.startsWith("`") || clean.endsWith("`") || clean === "" ? " " : "";
  return `${fence}${space}${clean}${space}${fence}`;
}

/** Prose with its markup made harmless; what stands in backticks becomes a code span of its own. */
function prose(text: string): string {
  return oneLineOf(text)
    .split(/(`[^`]+`)/)
    .map((part, index) =>
      index % 2 === 1
        ? code(part.slice(1, -1))
        : part.replace(/[\\`*_{}[\]<>#|~!]/g, "\\$&").replace(/@/g, "@\u200b"),
    )
    .join("");
}

function cell(value: string | null): string {
  return value === null ? "" : code(value);
}

function table(fields: readonly FieldView[]): string[] {
  if (fields.length === 0) return [];
  const rows = fields.map(
    (field) => `| ${code(field.title)} | ${cell(field.was)} | ${cell(field.is)} |`,
  );
  return ["", "| | was | is |", "|---|---|---|", ...rows];
}

function groupLines(group: GroupView): string[] {
  const said = [
    losesData(group) ? lossWords[group.change] : words[group.change],
    group.reason === null ? "" : prose(group.reason),
  ]
    .filter((word) => word !== "")
    .join(": ");
  const head = `${symbols[group.change]} ${group.change === "record" ? group.title : code(group.title)}`;
  return ["", said === "" ? head : `${head} ${said}`, ...table(group.fields)];
}

/** With more stacks than this each is folded. */
const mostUnfolded = 10;

/** How near the top a stack stands: what is lost or cannot be done, then what restarts, then the rest. */
function urgency(view: StackView): number {
  if (view.conflict !== null) return 0;
  const risk = worstRisk(view.groups.map((group) => group.risk));
  return ["data-loss", "replace", "rebuild", "restart", "none"].indexOf(risk);
}

function isRisky(view: StackView): boolean {
  return urgency(view) < 3;
}

/** Within tags no Markdown is read. */
function html(text: string): string {
  return oneLineOf(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

function stackLines(view: StackView, folds: boolean): string[] {
  const body = stackBody(view);
  if (!folds) return ["", `### ${prose(view.name)} (${view.change})`, ...body];
  // A template restarts many stacks at once, as the headline says: that alone opens none.
  const open = isRisky(view) ? " open" : "";
  const restarts = view.restarts > 0 ? ", restarts" : "";
  const losses = view.losses > 0 ? ", may lose data" : "";
  const title = `<b>${html(view.name)}</b> (${view.change}${restarts}${losses})`;
  return ["", `<details${open}><summary>${title}</summary>`, ...body, "", "</details>"];
}

function stackBody(view: StackView): string[] {
  const lines: string[] = [];
  if (view.conflict !== null) lines.push("", `⛔ ${prose(view.conflict)}`);
  for (const group of view.groups) lines.push(...groupLines(group));
  if (view.notes.length > 0) lines.push("", ...view.notes.map((note) => `- ℹ️ ${prose(note)}`));
  return lines;
}

function problemItem({ place, message, hint }: Problem): string {
  const where = code(`${place.file}:${place.line}:${place.column}`);
  return `- ${where} ${prose(message)}${hint === null ? "" : `; ${prose(hint)}`}`;
}

function problemSection(document: PlanDocument): string[] {
  if (document.problems.length === 0) return [];
  const head = ["", `### ${plural(document.problems.length, "problem")}`, ""];
  return [...head, ...document.problems.map(problemItem)];
}

/** Rules for all are no small thing: they stand in front. */
function policyHead({ policyChanges }: PlanDocument): string[] {
  if (policyChanges === undefined || policyChanges === null) return [];
  const lines = policyLines(policyChanges);
  return ["", ...lines.map((line) => `- ⚠️ ${prose(sentence(line))}`)];
}

function policySection({ policyChanges }: PlanDocument): string[] {
  const forbids = policyChanges?.forbids ?? [];
  if (forbids.length === 0) return [];
  return ["", "### What the changed policies would forbid", "", ...forbids.map(problemItem)];
}

/** As many services are named in the headline, with as many things each. */
const mostAccess = 12;

/** What reviewers must not overlook. */
function accessLines(views: readonly StackView[]): string[] {
  const all = views.flatMap(({ name, access }) => access.map((one) => ({ name, ...one })));
  if (all.length === 0) return [];
  const lines = all.slice(0, mostAccess).map((one) => {
    const { reaches } = one;
    const more = reaches.length > mostAccess ? ` and ${reaches.length - mostAccess} more` : "";
    const what = reaches.slice(0, mostAccess).map(code).join(", ");
    return `- ⚠️ ${prose(one.name)}: ${code(accessTitle(one))} reaches ${what}${more}`;
  });
  const left = all.length - lines.length;
  return ["", ...lines, ...(left > 0 ? [`- and ${plural(left, "service")} more`] : [])];
}

/** Ends with a newline; at most `maxCharacters` long, as far as one heading allows. */
export function renderMarkdown(
  document: PlanDocument,
  options: MarkdownOptions = { maxCharacters: 60_000 },
): string {
  const title = prose(document.revisionTitle);
  const head = [
    `## Capstan: ${renderSummary(summarise(document))}`,
    "",
    `Plan for ${code(shortRevision(document.revision))}${title === "" ? "" : ` ${title}`}`,
  ];
  head.push(...accessLines(document.plans.map(stackView)));
  head.push(...policyHead(document));
  if (document.heldPrune !== null) {
    head.push(
      "",
      `⚠️ Removals wait: ${prose(sentence(holdText(document.heldPrune, options.approval ?? "apply")))}`,
    );
  }
  for (const { appName, command } of document.orphans ?? []) {
    head.push("", `ℹ️ ${prose(appName)} runs without an application: ${code(command)}`);
  }
  const lines = [...head];
  let used = lines.join("\n").length;
  const left: string[] = [];
  const add = (section: readonly string[], name: string): void => {
    const length = section.join("\n").length + 1;
    // Room for the sentence that names what was left out.
    if (left.length > 0 || used + length > options.maxCharacters - 500) {
      left.push(name);
      return;
    }
    lines.push(...section);
    used += length;
  };
  if (document.problems.length > 0) add(problemSection(document), "the problems");
  const forbidden = policySection(document);
  if (forbidden.length > 0) add(forbidden, "what policies would forbid");
  const views = document.plans
    .map((plan) => stackView(plan))
    .filter((view) => view.change !== "unchanged" || view.notes.length > 0);
  const folds = views.length > mostUnfolded;
  const ordered = folds ? [...views].sort((a, b) => urgency(a) - urgency(b)) : views;
  for (const view of ordered) add(stackLines(view, folds), view.name);
  if (left.length > 0) {
    const named = left.slice(0, 10).map(prose).join(", ");
    const more = left.length > 10 ? ` and ${left.length - 10} more` : "";
    lines.push("", `_Too long to show here: ${named}${more}. \`capstan plan\` shows them._`);
  }
  return `${lines.join("\n")}\n`;
}
