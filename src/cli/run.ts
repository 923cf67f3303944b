// `capstan run`: the controller with its HTTP server, until SIGTERM or Ctrl-C. A server or a repository
// that is only out of reach does not keep it from starting; a key that cannot work does.
import { describeError, isCapstanError } from "../lib/errors.ts";
import type { Command, CommandContext, Controller } from "./context.ts";
import { showProgress } from "./progress.ts";
import { sayInventory, withSession } from "./say.ts";

export interface RunOptions {
  readonly source?: string;
  readonly dryRun?: boolean;
}

/** Resolves at the first Ctrl-C or SIGTERM; the second one ends the process at once. */
export function interrupted(context: CommandContext): Promise<void> {
  return new Promise((resolve) => {
    let count = 0;
    context.onInterrupt(() => {
      count += 1;
      if (count > 1) context.exit(130);
      context.io.err("Stopping: requests under way end, no new one starts.\n");
      resolve();
    });
  });
}

function sayPush(context: CommandContext, controller: Controller): void {
  const { ownRepository, branch } = controller;
  if (ownRepository === null) return;
  context.io.err(
    `Without GIT_URL the stacks come from a repository of its own. To change them:\n` +
      `  git clone ${ownRepository} my-stacks\n` +
      `  capstan init my-stacks            # a first template and stack, once\n` +
      `  git -C my-stacks add . && git -C my-stacks commit -m "First stacks"\n` +
      `  git -C my-stacks push origin HEAD:${branch}\n`,
  );
}

async function look(context: CommandContext, controller: Controller): Promise<void> {
  try {
    await sayInventory(context, controller);
  } catch (error) {
    const outOfReach = isCapstanError(error, "unavailable");
    const empty = controller.ownRepository !== null && isCapstanError(error, "not-found");
    if (!outOfReach && !empty) throw error;
    context.io.err(`${describeError(error)}; Capstan keeps trying\n`);
  }
}

export const run: Command<RunOptions> = async (context, options) => {
  // Before anything is opened: an early Ctrl-C ends as gracefully as a late one.
  const end = interrupted(context);
  const opened = context.openController({
    source: options.source ?? null,
    dryRun: options.dryRun === true,
    logs: context.io.live ? "quiet" : "json",
  });
  return withSession(opened, async (controller) => {
    const { io } = context;
    io.err(`Capstan ${context.version} keeps ${controller.platformTitle}\n`);
    io.err(`as ${controller.sourceTitle} says; health on ${controller.address}/health\n`);
    if (options.dryRun === true) io.err("Dry run: it plans and reports, and writes nothing.\n");
    sayPush(context, controller);
    await Promise.race([look(context, controller), end]);
    const progress = io.live
      ? showProgress(controller.engine, io, context.clock, { revisions: true })
      : null;
    controller.engine.start();
    await end;
    progress?.stop();
    return 0;
  });
};
