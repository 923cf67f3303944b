// `capstan adopt`: takes over what runs already. Only markers are written, and only for stacks whose plan holds nothing
// else: what differs from Git is left as it is, and shown.
import { join, resolve } from "node:path";
import type { Plan } from "../model/plan.ts";
import { isMarksOnly } from "../model/plan.ts";
import type { StackStatus } from "../model/status.ts";
import { statusMessage } from "../engine/events/status.ts";
import { createPaint } from "../plan/render/paint.ts";
import { renderTerminal } from "../plan/render/terminal.ts";
import { plural, sentence } from "../plan/render/words.ts";
import type { PlanSet } from "../engine/reader/plan-sets.ts";
import { readSecretsText, secretsFileName } from "../export/secrets-file.ts";
import type { AdoptOptions } from "./adopt-options.ts";
import type { Command, CommandContext, Environment, Session } from "./context.ts";
import { secretsIn } from "./export-files.ts";
import { lead } from "./lead.ts";
import { remoteAdopt } from "./remote/adopt.ts";
import { sayInventory, startedAs, withSession } from "./say.ts";

/** The secrets that an export left beside its manifests. */
async function secretsBeside(
  { folder, io }: CommandContext,
  { source }: AdoptOptions,
): Promise<Environment> {
  if (source === undefined) return {};
  const text = await secretsIn(resolve(folder, source));
  if (text === null) return {};
  io.err(`Reads secrets from ${join(source, secretsFileName)}\n`);
  return readSecretsText(text);
}

interface Sorted {
  /** To be taken over. */
  readonly free: readonly Plan[];
  /** Of this Capstan already, and as Git says. */
  readonly done: readonly Plan[];
  /** They differ, or somebody else has them. */
  readonly refused: readonly Plan[];
}

function sorted({ plans }: PlanSet, isAsked: (stack: string) => boolean): Sorted {
  const asked = plans.filter(({ stack }) => isAsked(stack));
  const clean = asked.filter(isMarksOnly);
  return {
    free: clean.filter(({ actions }) => actions.length > 0),
    done: clean.filter(({ actions }) => actions.length === 0),
    refused: asked.filter((plan) => !isMarksOnly(plan)),
  };
}

function sayTaken({ io }: CommandContext, statuses: readonly StackStatus[]): void {
  const paint = createPaint(io.outColour);
  for (const status of statuses) {
    const isTaken = status.outcome.kind === "converged";
    const [mark, style] = isTaken ? (["✓", "green"] as const) : (["✗", "red"] as const);
    const words = isTaken ? "adopted" : "not adopted";
    io.out(
      `${paint(style, mark)} ${paint("bold", status.name)}  ${words}: ${sentence(statusMessage(status))}\n`,
    );
  }
}

async function takeOver(
  context: CommandContext,
  { engine }: Session,
  options: AdoptOptions,
): Promise<number> {
  const { io } = context;
  const document = await engine.plan(options.stacks.length === 0 ? {} : { stacks: options.stacks });
  const adopting = new Set(
    engine.desired().flatMap(({ name, adopt }) => (adopt === false ? [] : [name])),
  );
  const isAsked = (name: string): boolean =>
    options.stacks.length > 0 ? options.stacks.includes(name) : adopting.has(name);
  const { free, done, refused } = sorted(document, isAsked);
  const broken = document.problems.filter(({ stack }) => stack === null || isAsked(stack));
  if (refused.length + document.problems.length > 0) {
    const view = { ...document, plans: refused, problems: document.problems };
    const started = startedAs(context, options.source);
    io.err(renderTerminal(view, { colour: io.errColour, width: io.width, started }));
    if (refused.length > 0) {
      const names = refused.map(({ stack }) => stack).join(", ");
      io.err(`Not adopted, as that would change the server: ${names}\n`);
      io.hint("hint:  make the manifest say what runs, or use `apply` to change what runs\n");
    }
  }
  const names = free.map(({ stack }) => stack);
  let isFine = refused.length + broken.length === 0;
  if (names.length > 0) {
    const result = await engine.converge({ stacks: names, prune: false, marksOnly: true });
    sayTaken(context, result.stacks);
    isFine &&= result.stacks.every(({ outcome }) => outcome.kind === "converged");
  }
  if (names.length > 0 && options.source !== undefined) {
    io.err("Keep these manifests in Git: Capstan removes what is its own and no longer there\n");
  }
  if (done.length > 0) io.out(`${plural(done.length, "stack")} adopted before\n`);
  if (free.length + done.length + refused.length === 0) {
    io.out("Nothing to adopt: no manifest says `adopt: true`\n");
  }
  return isFine ? 0 : 1;
}

/** 0 when all that was asked for is adopted; 1 when something was refused. */
export const adopt: Command<AdoptOptions> = async (context, options) => {
  if (context.remoteSettings().named) return remoteAdopt(context, options);
  const more = await secretsBeside(context, options);
  const source = options.source ?? null;
  const opened = context.open({ source, dryRun: false, logs: "quiet", more });
  return withSession(opened, async (session) => {
    await lead(context, session);
    await sayInventory(context, session);
    return takeOver(context, session, options);
  });
};
