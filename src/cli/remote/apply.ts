// `capstan apply` beside a running controller: that one does the work, as only one process may write. It
// is asked to look at Git now, followed until nothing is under way any more, and told how each stack ended.
import { z } from "zod";
import { CapstanError, isCapstanError } from "../../lib/errors.ts";
import { queryOf } from "../../lib/query.ts";
import type { OutcomeKind } from "../../model/status.ts";
import { columns, createPaint } from "../../plan/render/paint.ts";
import { plural, sentence, shortRevision } from "../../plan/render/words.ts";
import type { ApplyOptions } from "../apply-options.ts";
import type { Command, CommandContext } from "../context.ts";
import { isBookkeeping, isStep, outcomeSymbols } from "../progress.ts";
import { createRemote, lostLine } from "./client.ts";
import type { Remote } from "./client.ts";
import { allStacks } from "./get.ts";
import { plain, readAs } from "./output.ts";

const kinds = z.enum([
  "converged",
  "progressing",
  "waiting",
  "failed",
  "degraded",
  "terminal",
  "removed",
]);
const stackSchema = z.object({
  name: z.string(),
  ready: z.boolean(),
  busy: z.boolean(),
  outcome: kinds.nullable(),
  reason: z.string(),
  message: z.string(),
  urls: z.array(z.string()),
  lastRun: z.string().nullable(),
});
const askedSchema = z.object({
  revision: z.string(),
  stacks: z.array(z.string()),
  problems: z.array(
    z.object({
      file: z.string(),
      line: z.number(),
      column: z.number(),
      message: z.string(),
      hint: z.string().nullable(),
    }),
  ),
  totalProblems: z.number(),
});
const eventsSchema = z.object({
  events: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      level: z.string(),
      stack: z.string().nullable(),
      message: z.string(),
      action: z.object({ type: z.string() }).optional(),
      rollout: z.object({ service: z.string(), phase: z.string() }).optional(),
    }),
  ),
});

type Stack = z.infer<typeof stackSchema>;
type Asked = z.infer<typeof askedSchema>;

/** As a single pass of one's own: after that many a failing stack is given up. */
const mostFailures = 3;
const lookEveryMs = 1_000;
/** A controller may be restarted meanwhile. */
const mostOutageMs = 120_000;

/** How it ended for people; the words of `apply` on its own. */
function wordsOf({ ready, outcome, message, reason }: Stack): string {
  if (ready) return "ready";
  switch (outcome) {
    case "converged":
      return sentence(message);
    case "progressing":
      return `under way: ${sentence(message)}`;
    case "waiting":
      return `waits (${reason.replace(/^Waiting/, "").toLowerCase()}): ${sentence(message)}`;
    case "removed":
      return "removed";
    case null:
      return "has not been checked";
    case "failed":
    case "degraded":
    case "terminal":
      return `failed: ${sentence(message)}`;
  }
}

/** Waiting for these is as the manifest or a person says. */
const fineReasons: ReadonlySet<string> = new Set([
  "WaitingSuspended",
  "WaitingWindow",
  "WaitingRetained",
]);

function isFine({ ready, reason }: Stack): boolean {
  return ready || fineReasons.has(reason);
}

/** Whether a stack goes on by itself; `failures`: how often it was seen failing in a row. */
function goesOn({ busy, outcome, reason }: Stack, failures: number): boolean {
  if (busy) return true;
  if (outcome === null || outcome === "progressing") return true;
  if (outcome === "failed") return failures < mostFailures;
  return reason === "WaitingAnswer" || reason === "WaitingDeployment";
}

/** These wait for other stacks: over when none of those goes on. */
function waitsForOthers({ reason }: Stack): boolean {
  return reason === "WaitingDependency" || reason === "WaitingTemplate";
}

/** Tells what happened since the last call. */
async function createTeller({ io }: CommandContext, remote: Remote) {
  const read = async (after: string | undefined, limit: number) =>
    readAs(eventsSchema, await remote.get(`/events${queryOf({ after, limit })}`)).events;
  let last = (await read(undefined, 1)).at(-1)?.id;
  const paint = createPaint(io.errColour);
  /** Services of which it was told that they run and are watched. */
  const watched = new Set<string>();
  return async (names: ReadonlySet<string>): Promise<void> => {
    for (const event of await read(last, 1_000)) {
      const { id, kind, level, stack, message } = event;
      last = id;
      if (stack === null || !names.has(stack) || kind === "outcome") continue;
      if (isBookkeeping(event)) continue;
      if (kind === "rollout" && level === "info" && !io.live) {
        const step = `${stack} ${event.rollout?.service ?? ""}`;
        if (!isStep(event) || watched.has(step)) continue;
        watched.add(step);
      }
      const mark = level === "error" ? paint("red", "·") : paint("dim", "·");
      io.err(`${mark} ${paint("bold", stack)}  ${plain(sentence(message))}\n`);
    }
  };
}

/** The stacks when none goes on any more; null when `signal` aborted before. */
async function follow(
  context: CommandContext,
  remote: Remote,
  asked: Asked,
  tell: (names: ReadonlySet<string>) => Promise<void>,
  signal: AbortSignal,
): Promise<readonly Stack[] | null> {
  const { clock } = context;
  const names = new Set(asked.stacks);
  const failures = new Map<string, { lastRun: string | null; count: number }>();
  let lostSinceMs: number | null = null;
  while (!signal.aborted) {
    try {
      const all = (await allStacks(remote)).map((one) => readAs(stackSchema, one));
      await tell(names);
      lostSinceMs = null;
      for (const { name, outcome, lastRun } of all) {
        const known = failures.get(name) ?? { lastRun: null, count: 0 };
        if (outcome !== "failed") failures.delete(name);
        else if (known.lastRun !== lastRun) failures.set(name, { lastRun, count: known.count + 1 });
      }
      const moving = (one: Stack): boolean => goesOn(one, failures.get(one.name)?.count ?? 0);
      const mine = all.filter(({ name }) => names.has(name));
      const isAnyMoving = all.some(moving);
      if (!mine.some((one) => moving(one) || (isAnyMoving && waitsForOthers(one)))) return mine;
    } catch (error) {
      if (!isCapstanError(error, "unavailable")) throw error;
      if (lostSinceMs === null) context.io.err(lostLine(error));
      lostSinceMs ??= clock.now();
      if (clock.now() - lostSinceMs > mostOutageMs) throw error;
    }
    await clock.sleep(lookEveryMs, signal);
  }
  return null;
}

function sayOutcomes({ io }: CommandContext, asked: Asked, stacks: readonly Stack[]): void {
  const paint = createPaint(io.outColour);
  const shown = stacks.filter(({ ready }) => !ready || stacks.length === 1);
  const label = Math.max(0, ...shown.map(({ name }) => columns(name)));
  for (const stack of shown) {
    const kind: OutcomeKind = stack.outcome ?? "progressing";
    const [symbol, style] =
      kind === "converged" && !stack.ready ? outcomeSymbols.degraded : outcomeSymbols[kind];
    const urls = stack.ready ? stack.urls.slice(0, 3).join(" ") : "";
    const line = `${paint("bold", stack.name.padEnd(label))}  ${plain(wordsOf(stack))}  ${urls}`;
    io.out(`${paint(style, symbol)} ${line.trimEnd()}\n`);
  }
  for (const { file, line, column, message, hint } of asked.problems) {
    const more = hint === null ? "" : ` (${hint})`;
    io.out(`${plain(`${file}:${line}:${column} ${message}${more}`)}\n`);
  }
  const ready = stacks.filter((stack) => stack.ready).length;
  const told = [`${ready} of ${plural(stacks.length, "stack")} ready`];
  if (asked.totalProblems > 0) told.push(plural(asked.totalProblems, "problem"));
  io.out(`${told.join(", ")} at ${shortRevision(asked.revision)}\n`);
}

/** 0 when all is as Git says and healthy, 1 otherwise, 130 when it was interrupted. */
export const remoteApply: Command<ApplyOptions> = async (context, options) => {
  const { io } = context;
  if (options.source !== undefined) {
    throw new CapstanError(
      "invalid",
      "CAPSTAN_URL is set, and that controller has its own source",
      {
        // What it does not have in Git it would remove: two sources for one server are never advised.
        hint: "drop --source and push to that controller's Git; unset CAPSTAN_URL only for another server",
      },
    );
  }
  const remote = createRemote(context);
  for (const digest of options.approve ?? []) await remote.post("/approve-prune", { digest });
  const tell = await createTeller(context, remote);
  const body = options.stack === undefined ? {} : { stacks: options.stack };
  const asked = readAs(askedSchema, await remote.post("/reconcile", body));
  // Not before it has let this person ask.
  io.err(`The controller at ${remote.url} does the work: only one process writes.\n`);
  if (options.prune !== true) {
    io.err("The controller also prunes stacks removed from Git, even without --prune.\n");
  }
  const stop = new AbortController();
  const restore = context.onInterrupt(() => {
    stop.abort();
  });
  try {
    const stacks = await follow(context, remote, asked, tell, stop.signal);
    if (stacks === null) {
      io.err("No longer following; the controller continues.\n");
      return 130;
    }
    sayOutcomes(context, asked, stacks);
    const fine = (stack: Stack): boolean =>
      isFine(stack) || (stack.reason === "WaitingApproval" && options.prune !== true);
    return stacks.every(fine) && asked.totalProblems === 0 ? 0 : 1;
  } finally {
    restore();
  }
};
