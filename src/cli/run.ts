// `capstan run`: the controller with its HTTP server, until SIGTERM or Ctrl-C. A server or a repository
// that is only out of reach does not keep it from starting; a key that cannot work does.
import { describeError, isCapstanError } from "../lib/errors.ts";
import { sentence } from "../plan/render/words.ts";
import type { Command, CommandContext, Controller, Session } from "./context.ts";
import { watchPortal } from "./portal-notice.ts";
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
      context.io.err("Stopping: waiting for running requests. Press Ctrl-C again to quit now.\n");
      resolve();
    });
  });
}

function sayPush(context: CommandContext, controller: Controller): void {
  const { ownRepository, branch } = controller;
  if (ownRepository === null) return;
  context.io.err(
    `Without GIT_URL the stacks come from Capstan's own repository. To change them:\n` +
      `  git clone ${ownRepository} my-stacks\n` +
      `  ${context.program} init my-stacks   # a first template and an example, once\n` +
      `  git -C my-stacks add . && git -C my-stacks commit -m "First stacks"\n` +
      `  git -C my-stacks push origin HEAD:${branch}\n`,
  );
}

/** Whether an event, and with it the log, tells the failure already. */
function isLogged({ engine }: Session, message: string): boolean {
  const { sourceError, platformError } = engine.state();
  return message === sourceError || message === platformError;
}

function capitalised(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** Says what is there. A server or a repository that is only out of reach is tried again later. */
export async function look(
  context: CommandContext,
  controller: Session,
  isFolder: boolean,
): Promise<void> {
  const { io, program } = context;
  try {
    await sayInventory(context, controller);
  } catch (error) {
    const { ownRepository } = controller;
    // The first push begins it.
    const kind = isCapstanError(error) ? error.kind : undefined;
    const isEmpty = kind === "empty-repository" || kind === "no-commits";
    const empty = isEmpty || (ownRepository !== null && isCapstanError(error, "not-found"));
    if (!isCapstanError(error, "unavailable") && (isFolder || !empty)) throw error;
    const message = describeError(error);
    const next = kind === "no-commits" ? "waiting for the first commit" : "Capstan keeps trying";
    const isTold = !io.live && isLogged(controller, message);
    io.err(isTold ? `${capitalised(next)}\n` : `${message}; ${next}\n`);
    if (empty && ownRepository === null) {
      io.err(`A clone of it gets its first files from \`${program} init FOLDER\`\n`);
    }
  }
}

/** Of several servers one may not answer: the others are not held up by that. */
const lookWithinMs = 5_000;

/** Rejects when `work` does; never resolves. */
function failureOf(work: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => {
    work.catch(reject);
  });
}

/** Until its end (null), or until another process became the one that writes: what happened. */
async function runOnce(
  context: CommandContext,
  options: RunOptions,
  { end, signal }: { readonly end: Promise<void>; readonly signal: AbortSignal },
): Promise<string | null> {
  const opened = context.openController({
    source: options.source ?? null,
    dryRun: options.dryRun === true,
    logs: context.io.live ? "quiet" : "json",
  });
  return withSession(opened, async (controller) => {
    const { io } = context;
    io.err(
      `Capstan ${context.version} keeps ${controller.platformTitle}\n` +
        `in sync with ${controller.sourceTitle}\n` +
        `Portal ${controller.address}/, dashboard ${controller.address}/stacks, health ${controller.address}/health\n`,
    );
    if (options.dryRun === true) io.err("Dry run: it plans and reports, and writes nothing.\n");
    sayPush(context, controller);
    const { engine } = controller;
    if (options.dryRun !== true) {
      const waits = (line: string): void => {
        io.err(`${sentence(line)}\n`);
      };
      if (!(await engine.lead({ signal, waits }))) return null;
    }
    const looking = look(context, controller, options.source !== undefined);
    const late = new AbortController();
    const enough = context.clock.sleep(lookWithinMs, late.signal);
    await Promise.race([looking, enough, end]).finally(() => {
      late.abort();
    });
    const unwatch = watchPortal(context, controller);
    const progress = io.live ? showProgress(engine, io, context.clock, { follow: true }) : null;
    engine.start();
    try {
      return await Promise.race([end.then(() => null), engine.lost, failureOf(looking)]);
    } finally {
      progress?.stop();
      unwatch();
    }
  });
}

export const run: Command<RunOptions> = async (context, options) => {
  // Before anything is opened: an early Ctrl-C ends as gracefully as a late one.
  const end = interrupted(context);
  const ending = new AbortController();
  void end.then(() => {
    ending.abort();
  });
  for (;;) {
    const lost = await runOnce(context, options, { end, signal: ending.signal });
    if (lost === null || ending.signal.aborted) return 0;
    // All parts are made anew, as what they know is old by the time it is this one's turn again.
    context.io.err(`${sentence(lost)}\nStarting again, to lead what no other one leads\n`);
  }
};
