// What a person sees while the engine works: one line a stack at work, rewritten where the terminal
// allows it, and one line that stays when a stack is done. Elsewhere plain lines, one an event.
import type { Engine } from "../engine/engine.ts";
import type { Clock } from "../lib/clock.ts";
import { formatDuration } from "../lib/duration.ts";
import type { Cause } from "../model/cause.ts";
import type { Event, OutcomeKind, StackStatus } from "../model/status.ts";
import { actionPast } from "../plan/action-words.ts";
import { causeText, driftLine } from "../plan/cause-words.ts";
import { createPaint } from "../plan/render/paint.ts";
import type { Paint, Style } from "../plan/render/paint.ts";
import { problemLine, sentence } from "../plan/render/words.ts";
import type { Io } from "./context.ts";
import { createLiveLines } from "./live-lines.ts";

export interface Progress {
  /** Stacks in which something was done or that did not end well. */
  readonly touched: ReadonlySet<string>;
  stop(): void;
}

/** How the end of a run is marked. */
export const outcomeSymbols: Readonly<Record<OutcomeKind, readonly [string, Style]>> = {
  converged: ["✓", "green"],
  removed: ["✓", "green"],
  progressing: ["…", "cyan"],
  waiting: ["…", "yellow"],
  degraded: ["✗", "red"],
  failed: ["✗", "red"],
  terminal: ["✗", "red"],
};

/** Whether nothing more will happen to a stack in this pass by itself. */
function isOver(status: StackStatus | undefined): boolean {
  // What was removed has no status any more.
  if (status === undefined) return true;
  const { outcome } = status;
  switch (outcome.kind) {
    case "converged":
    case "removed":
    case "degraded":
    case "terminal":
      return true;
    case "waiting":
      return outcome.afterMs === null || outcome.reason === "window";
    case "progressing":
    case "failed":
      return false;
  }
}

/** Writing down what was rolled out is no news to anybody. */
export function isBookkeeping(event: {
  readonly kind: string;
  readonly level: string;
  readonly action?: { readonly type: string } | undefined;
}): boolean {
  const isQuiet = event.action?.type === "mark" || event.action?.type === "stop-service";
  return event.kind === "action" && event.level === "info" && isQuiet;
}

/** Steps of a rollout follow each other quickly; the one that takes its time is worth a line of its own. */
export function isStep(event: {
  readonly kind: string;
  readonly rollout?: { readonly phase: string } | undefined;
}): boolean {
  return event.kind === "action" || event.rollout?.phase === "settling";
}

function levelStyle(level: Event["level"]): Style {
  return level === "error" ? "red" : level === "warn" ? "yellow" : "dim";
}

/** Causes that say nothing beside what is done. */
function isPlain({ kind }: Cause): boolean {
  return kind === "missing" || kind === "child" || kind === "new";
}

/** Actions are called as orders; those that were carried out are told as what happened. */
function happened({ kind, message, action, changes }: Event): string {
  if (action?.status !== "done") return message;
  const past = actionPast(action);
  if (kind === "drift") return `${past}: ${driftLine(action.cause, changes ?? [])}`;
  return isPlain(action.cause) ? past : `${past} (${causeText(action.cause)})`;
}

/** The same for what is said once: an action that a later run does again. */
function identityOf({ action, message }: Event): string {
  return action?.status === "done" ? `${action.type} ${action.target}` : message;
}

function line(paint: Paint, mark: readonly [string, Style], stack: string, message: string) {
  const [symbol, style] = mark;
  return `${paint(style, symbol)} ${paint("bold", stack)}  ${sentence(message)}`;
}

export interface ProgressOptions {
  /** Somebody follows for long: what is wrong already, new commits and mistakes in them are told too. */
  readonly follow?: boolean;
  /** Whether each stack gets a line when it is done; not where a result follows. */
  readonly results?: boolean;
}

/** Shows events of the engine until it is stopped; runs that changed nothing are not told. */
export function showProgress(
  engine: Engine,
  io: Io,
  clock: Clock,
  options: ProgressOptions = {},
): Progress {
  const { follow = false, results = true } = options;
  const paint = createPaint(io.errColour);
  const active = new Map<string, { readonly sinceMs: number; readonly message: string }>();
  const lines = createLiveLines(io, clock, () =>
    [...active].map(([stack, { sinceMs, message }]) => {
      const seconds = Math.floor((clock.now() - sinceMs) / 1_000) * 1_000;
      return `${stack}  ${sentence(message)}  ${formatDuration(seconds)}`;
    }),
  );
  const touched = new Set<string>();
  /** In which something was done since it was last ready. */
  const busy = new Set<string>();
  /** Told of a stack since it was last done: a run that goes on where one stopped repeats what it does. */
  const told = new Map<string, Set<string>>();
  /** That did not end well when they were last told. */
  const unwell = new Set<string>();
  /** Mistakes in the manifests of the newest commit, and of the one before: what stays is told once. */
  let problems = new Map<string, string | null>();
  let olderProblems = problems;

  const tell = (
    mark: readonly [string, Style],
    stack: string,
    message: string,
    identity = message,
  ): void => {
    const known = told.get(stack) ?? new Set();
    if (known.has(identity)) return;
    told.set(stack, known.add(identity));
    lines.print(line(paint, mark, stack, message));
  };
  const tellProblem = (stack: string | null, message: string): void => {
    if (stack !== null) unwell.add(stack);
    if (!olderProblems.has(message) && !problems.has(message)) {
      const [symbol, style] = outcomeSymbols.terminal;
      const named = stack === null ? "" : `${paint("bold", stack)}  `;
      lines.print(`${paint(style, symbol)} ${named}${sentence(message)}`);
    }
    problems.set(message, stack);
  };
  const work = (stack: string, event: Event): void => {
    const sinceMs = active.get(stack)?.sinceMs ?? event.atMs;
    active.set(stack, { sinceMs, message: happened(event) });
    touched.add(stack);
    busy.add(stack);
  };
  const outcome = (stack: string, event: Event): void => {
    const status = engine.stacks().find((candidate) => candidate.name === stack);
    const kind = status?.outcome.kind ?? "removed";
    if (!isOver(status)) {
      work(stack, event);
      if (kind === "failed" || kind === "waiting") tell(outcomeSymbols[kind], stack, event.message);
      return;
    }
    active.delete(stack);
    const well = kind === "converged" && event.level === "info";
    // Runs that found all as it should be are not told, unless it was not so before.
    if (!well || told.has(stack) || busy.has(stack) || unwell.has(stack)) {
      const mark = event.level === "error" ? outcomeSymbols.terminal : outcomeSymbols[kind];
      touched.add(stack);
      // Its mistakes are told, each with its place.
      const isProblem = kind === "terminal" && [...problems.values()].includes(stack);
      if (results && !isProblem) tell(mark, stack, well ? "ready" : event.message);
    }
    told.delete(stack);
    busy.delete(stack);
    if (well || kind === "removed") unwell.delete(stack);
    else unwell.add(stack);
  };

  const onEvent = (event: Event): void => {
    const { stack, kind, level } = event;
    if (stack === null) {
      const isError = kind === "source-error" || kind === "platform-error" || level === "error";
      if (kind === "revision") {
        olderProblems = problems;
        problems = new Map();
      }
      if (kind === "problem") {
        if (follow) tellProblem(null, event.message);
      } else if (isError || (kind === "revision" && follow)) {
        lines.print(paint(levelStyle(level), sentence(event.message)));
      }
      return;
    }
    switch (kind) {
      case "action":
      case "rollout":
      case "drift":
        if (isBookkeeping(event)) return;
        work(stack, event);
        if (level !== "info" || (!io.live && isStep(event))) {
          tell(["·", levelStyle(level)], stack, happened(event), identityOf(event));
        }
        break;
      case "outcome":
        outcome(stack, event);
        break;
      case "note":
        if (level !== "info") tell(["i", "cyan"], stack, event.message);
        break;
      case "problem":
        if (follow) tellProblem(stack, event.message);
        break;
      case "revision":
      case "run-started":
      case "source-error":
      case "platform-error":
        return;
    }
    lines.refresh();
  };
  if (follow) {
    for (const problem of engine.state().problems) {
      tellProblem(problem.stack, problemLine(problem));
    }
    for (const { name, outcome: is, conditions } of engine.stacks()) {
      const ready = conditions.find(({ type }) => type === "Ready");
      if (ready?.status === "True" || unwell.has(name)) continue;
      unwell.add(name);
      const symbol = is.kind === "converged" ? outcomeSymbols.degraded : outcomeSymbols[is.kind];
      lines.print(line(paint, symbol, name, ready?.message ?? "is not ready"));
    }
  }
  const unsubscribe = engine.onEvent(onEvent);
  return {
    touched,
    stop() {
      unsubscribe();
      active.clear();
      lines.stop();
    },
  };
}
