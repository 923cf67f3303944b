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
      return outcome.afterMs === null;
    case "progressing":
    case "failed":
      return false;
  }
}

function levelStyle(level: Event["level"]): Style {
  return level === "error" ? "red" : level === "warn" ? "yellow" : "dim";
}

function line(paint: Paint, mark: readonly [string, Style], stack: string, message: string) {
  const [symbol, style] = mark;
  return `${paint(style, symbol)} ${paint("bold", stack)}  ${sentence(message)}`;
}

/** Shows events of the engine until it is stopped. `quiet` tells nothing of runs that changed nothing. */
export function showProgress(engine: Engine, io: Io, clock: Clock): Progress {
  const paint = createPaint(io.errColour);
  const lines = createLiveLines(io, clock);
  const active = new Map<string, { readonly sinceMs: number; readonly message: string }>();
  const touched = new Set<string>();

  const redraw = (): void => {
    lines.set(
      [...active].map(([stack, { sinceMs, message }]) => {
        const seconds = Math.floor((clock.now() - sinceMs) / 1_000) * 1_000;
        return `${stack}  ${sentence(message)}  ${formatDuration(seconds)}`;
      }),
    );
  };
  const work = (stack: string, event: Event): void => {
    const sinceMs = active.get(stack)?.sinceMs ?? event.atMs;
    active.set(stack, { sinceMs, message: event.message });
    touched.add(stack);
  };
  const outcome = (stack: string, event: Event): void => {
    const status = engine.stacks().find((candidate) => candidate.name === stack);
    const kind = status?.outcome.kind ?? "removed";
    if (!isOver(status)) {
      work(stack, event);
      if (!io.live) lines.print(line(paint, outcomeSymbols[kind], stack, event.message));
      return;
    }
    active.delete(stack);
    const well = kind === "converged" && event.level === "info";
    if (well && !touched.has(stack)) return;
    touched.add(stack);
    const mark = event.level === "error" ? outcomeSymbols.terminal : outcomeSymbols[kind];
    lines.print(line(paint, mark, stack, well ? "ready" : event.message));
  };

  const onEvent = (event: Event): void => {
    const { stack, kind, level } = event;
    if (stack === null) {
      if (kind === "source-error" || kind === "platform-error" || level === "error") {
        lines.print(paint(levelStyle(level), sentence(event.message)));
      }
      return;
    }
    switch (kind) {
      case "action":
      case "rollout":
      case "drift":
        work(stack, event);
        if (!io.live || level !== "info" || kind === "drift") {
          lines.print(line(paint, ["·", levelStyle(level)], stack, event.message));
        }
        break;
      case "outcome":
        outcome(stack, event);
        break;
      case "note":
        if (level !== "info") lines.print(line(paint, ["i", "cyan"], stack, event.message));
        break;
      case "problem":
      case "revision":
      case "run-started":
      case "source-error":
      case "platform-error":
        return;
    }
    redraw();
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
