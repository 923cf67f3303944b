// `capstan apply`: converges once, follows the rollouts to their end and tells how each stack ended.
// Removes what left Git only with --prune.
import type { PassResult } from "../engine/engine.ts";
import type { PlanSet } from "../engine/reader/plan-sets.ts";
import { CapstanError, isCapstanError } from "../lib/errors.ts";
import type { Hold } from "../model/hold.ts";
import type { StackStatus } from "../model/status.ts";
import { holdText } from "../plan/hold-words.ts";
import { renderLine } from "../plan/render/line.ts";
import { columns, createPaint } from "../plan/render/paint.ts";
import { orphanLines, problemLines } from "../plan/render/terminal.ts";
import { stackView } from "../plan/render/view.ts";
import { plural, sentence, shortRevision } from "../plan/render/words.ts";
import type { ApplyOptions } from "./apply-options.ts";
import type { Command, CommandContext, Session } from "./context.ts";
import { outcomeSymbols, showProgress } from "./progress.ts";
import { lead } from "./lead.ts";
import { remoteApply } from "./remote/apply.ts";
import { sayInventory, startedAs, withSession } from "./say.ts";

const brokenWords = "failed: its manifest is broken";

/** `toldHold`: the removals that wait, where that was told already; null otherwise. */
function statusWords(status: StackStatus, toldHold: Hold | null): string {
  const { outcome } = status;
  switch (outcome.kind) {
    case "converged": {
      const sick = status.conditions.find(({ type }) => type === "Healthy");
      return sick?.status === "False" ? sentence(sick.message) : "ready";
    }
    case "removed":
      return "removed";
    case "progressing":
      return `under way: ${sentence(outcome.message)}`;
    case "waiting":
      if (toldHold !== null && outcome.hold?.digest === toldHold.digest)
        return "waits for an approval";
      return `waits (${outcome.reason}): ${sentence(outcome.message)}`;
    case "degraded":
    case "failed":
    case "terminal":
      return `failed: ${sentence(outcome.message)}`;
  }
}

function isReady(status: StackStatus): boolean {
  return status.conditions.some(({ type, status: is }) => type === "Ready" && is === "True");
}

function countLine(result: PassResult): string {
  const ready = result.stacks.filter(isReady).length;
  const of = (...kinds: readonly string[]): number =>
    result.stacks.filter((status) => !isReady(status) && kinds.includes(status.outcome.kind))
      .length;
  const counts = [
    [ready, "ready"],
    [of("failed", "terminal", "degraded", "converged"), "failed"],
    [of("waiting"), "waiting"],
    [of("progressing"), "under way"],
  ] as const;
  const told = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  if (result.problems.length > 0) told.push(plural(result.problems.length, "problem"));
  return `${told.length === 0 ? "no stacks" : told.join(", ")} at ${shortRevision(result.revision)}`;
}

/** Stacks in which something happened and those that are not ready; the rest is in the count. */
function sayResult(
  context: CommandContext,
  result: PassResult,
  touched: ReadonlySet<string>,
  toldHold: Hold | null,
): void {
  const { io } = context;
  const paint = createPaint(io.outColour);
  const told = result.stacks.filter((status) => touched.has(status.name) || !isReady(status));
  const label = Math.max(0, ...told.map((status) => columns(status.name)));
  for (const status of told) {
    const { kind } = status.outcome;
    const [symbol, style] =
      kind === "converged" && !isReady(status) ? outcomeSymbols.degraded : outcomeSymbols[kind];
    const urls = isReady(status) ? status.urls.slice(0, 3).join(" ") : "";
    // What is wrong with a broken manifest follows, each mistake with its place.
    const broken = result.problems.some((problem) => problem.stack === status.name);
    const words = broken && !isReady(status) ? brokenWords : statusWords(status, toldHold);
    const line = `${paint("bold", status.name.padEnd(label))}  ${words}  ${urls}`;
    io.out(`${paint(style, symbol)} ${line.trimEnd()}\n`);
  }
  for (const problem of result.problems) {
    const lines = problemLines(problem, { colour: io.outColour, width: io.width });
    io.out(`${lines.join("\n")}\n`);
  }
  // A single stack's line says all that there is to count.
  if (told.length === 1 && result.stacks.length === 1 && result.problems.length === 0) return;
  io.out(`${told.length + result.problems.length > 0 ? "\n" : ""}${countLine(result)}\n`);
}

function sayRemovals(context: CommandContext, planned: PlanSet, prune: boolean): void {
  const going = planned.plans.map(stackView).filter((view) => {
    return view.change === "removed" || view.deletes > 0;
  });
  if (going.length > 0 && !prune) {
    const names = going.map((view) => view.name).join(", ");
    context.io.err(`Nothing is removed without --prune; it would concern ${names}\n`);
  }
}

/** Tells why removals wait. Throws when an approval is of another list than the one that waits now. */
function checkApproval(context: CommandContext, planned: PlanSet, options: ApplyOptions): void {
  const { approve = [], prune } = options;
  const started = startedAs(context, options.source);
  const { heldPrune } = planned;
  if (heldPrune === null) {
    if (approve.length > 0) {
      context.io.err(
        `Nothing waits for an approval: --approve ${approve.join(" ")} changes nothing\n`,
      );
    }
    return;
  }
  const { digest } = heldPrune;
  if (digest !== null && approve.includes(digest)) return;
  if (approve.length > 0 && digest !== null) {
    throw new CapstanError("invalid", `${approve.join(", ")} does not match this list`, {
      hint: sentence(holdText(heldPrune, "apply", started)),
    });
  }
  if (prune === true)
    context.io.err(`Removals wait: ${sentence(holdText(heldPrune, "apply", started))}\n`);
}

async function converge(
  context: CommandContext,
  session: Session,
  options: ApplyOptions,
): Promise<number> {
  const { io } = context;
  const { engine } = session;
  const stacks = options.stack === undefined ? {} : { stacks: options.stack };
  const planned = await engine.plan(stacks);
  io.err(`${renderLine(planned)}\n`);
  sayRemovals(context, planned, options.prune === true);
  const view = { colour: io.errColour, width: io.width };
  for (const line of orphanLines(planned.orphans ?? [], view)) io.err(`${line}\n`);
  checkApproval(context, planned, options);

  const abort = new AbortController();
  const restore = context.onInterrupt(() => {
    if (abort.signal.aborted) context.exit(130);
    io.err("Stopping: waiting for running requests. Press Ctrl-C again to quit now.\n");
    abort.abort();
    void engine.stop();
  });
  const progress = showProgress(engine, io, context.clock, { results: false });
  try {
    const pass = {
      ...stacks,
      prune: options.prune === true,
      ...(options.approve === undefined ? {} : { approved: options.approve }),
    };
    const result = await engine.converge(pass, abort.signal);
    progress.stop();
    sayResult(context, result, progress.touched, options.prune === true ? planned.heldPrune : null);
    if (abort.signal.aborted) {
      io.err("Stopped early; the next apply continues from here.\n");
      return 130;
    }
    return result.ok ? 0 : 1;
  } catch (error) {
    if (abort.signal.aborted && isCapstanError(error, "cancelled")) return 130;
    throw error;
  } finally {
    progress.stop();
    restore();
  }
}

/** 0 when all is as Git says and healthy, 1 otherwise, 130 when it was interrupted. */
export const apply: Command<ApplyOptions> = async (context, options) => {
  if (options.approve !== undefined && options.prune !== true) {
    throw new CapstanError("invalid", "--approve does nothing without --prune", {
      hint: `write --prune --approve ${options.approve.join(" --approve ")}`,
    });
  }
  if (context.remoteSettings().named) return remoteApply(context, options);
  const opened = context.open({ source: options.source ?? null, dryRun: false, logs: "quiet" });
  return withSession(opened, async (session) => {
    // Before anything is read: what a controller beside it does meanwhile would be missing.
    await lead(context, session);
    await sayInventory(context, session);
    return converge(context, session, options);
  });
};
