// What a person sees while the engine works: one line a stack at work, rewritten where the terminal
// allows it, and one line that stays when a stack is done. Elsewhere plain lines, one an event.
import type { Engine } from "../engine/engine.ts";
import type { Clock } from "../lib/clock.ts";
import { formatDuration } from "../lib/duration.ts";
import type { Event, OutcomeKind, StackStatus } from "../model/status.ts";
import { createPaint } from "../plan/render-paint.ts";
import type { Paint, Style } from "../plan/render-paint.ts";
import { sentence } from "../plan/render-words.ts";
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
function isBookkeeping({ kind, level, message }: Event): boolean {
  return kind === "action" && level === "info" && message.startsWith("record ");
}

function levelStyle(level: Event["level"]): Style {
  return level === "error" ? "red" : level === "warn" ? "yellow" : "dim";
}

/** Reasons that say nothing beside what is done. */
const plainReasons = / \((?:in Git and not on the server|in the manifest|new|new application)\)$/;

function line(paint: Paint, mark: readonly [string, Style], stack: string, message: string) {
  const [symbol, style] = mark;
  return `${paint(style, symbol)} ${paint("bold", stack)}  ${sentence(message).replace(plainReasons, "")}`;
}

/**
 * Shows events of the engine until it is stopped; runs that changed nothing are not told, and new
 * commits only where somebody follows for long.
 */
export function showProgress(
  engine: Engine,
  io: Io,
  clock: Clock,
  options: { readonly revisions: boolean } = { revisions: false },
): Progress {
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

  const tell = (mark: readonly [string, Style], stack: string, message: string): void => {
    const known = told.get(stack) ?? new Set();
    const title = message.replace(/^((?:deploy|configure) [^ :]+)[ :].*$/s, "$1");
    if (known.has(title)) return;
    told.set(stack, known.add(title));
    lines.print(line(paint, mark, stack, message));
  };
  const work = (stack: string, event: Event): void => {
    const sinceMs = active.get(stack)?.sinceMs ?? event.atMs;
    active.set(stack, { sinceMs, message: event.message });
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
    // Runs that found all as it should be are not told.
    if (!well || told.has(stack) || busy.has(stack)) {
      const mark = event.level === "error" ? outcomeSymbols.terminal : outcomeSymbols[kind];
      touched.add(stack);
      tell(mark, stack, well ? "ready" : event.message);
    }
    told.delete(stack);
    busy.delete(stack);
  };

  const onEvent = (event: Event): void => {
    const { stack, kind, level } = event;
    if (stack === null) {
      const isError = kind === "source-error" || kind === "platform-error" || level === "error";
      if (isError || (kind === "revision" && options.revisions)) {
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
        // A rollout's steps follow each other quickly: they live in the line that is rewritten.
        if (level !== "info" || (kind === "action" && !io.live)) {
          tell(["·", levelStyle(level)], stack, event.message);
        }
        break;
      case "outcome":
        outcome(stack, event);
        break;
      case "note":
        if (level !== "info") tell(["i", "cyan"], stack, event.message);
        break;
      case "problem":
      case "revision":
      case "run-started":
      case "source-error":
      case "platform-error":
        return;
    }
    lines.refresh();
  };
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
