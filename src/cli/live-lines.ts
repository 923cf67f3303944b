// Lines at the bottom of a terminal that are rewritten while work goes on, with a spinner in front of
// each; what is printed meanwhile scrolls by above them. Where lines cannot be rewritten, none are shown.
import type { Clock } from "../lib/clock.ts";
import type { Io } from "./context.ts";

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const frameMs = 120;
/** More lines than this would push the rest of a small terminal away. */
const mostLines = 10;

export interface LiveLines {
  /** Asks for the lines again; they are asked for with each turn of the spinner as well. */
  refresh(): void;
  /** A line that stays, above those that change. */
  print(line: string): void;
  /** Takes the lines away; the terminal is as before. May be called twice. */
  stop(): void;
}

function fit(line: string, width: number): string {
  const characters = Array.from(line);
  return characters.length <= width ? line : `${characters.slice(0, width - 1).join("")}…`;
}

/** `current` gives the lines as they are now, oldest first. */
export function createLiveLines(io: Io, clock: Clock, current: () => readonly string[]): LiveLines {
  if (!io.live) {
    return {
      refresh: () => undefined,
      print: (line) => io.err(`${line}\n`),
      stop: () => undefined,
    };
  }
  let stopped = false;
  let shown = 0;
  let frame = 0;
  let cancel: (() => void) | null = null;

  /** One write, so that nothing flickers. */
  const draw = (above: string): void => {
    const up = shown === 0 ? "" : `\u001b[${shown}A\r`;
    const lines = stopped ? [] : current();
    const visible = lines.slice(0, mostLines);
    const hidden = lines.length - visible.length;
    const spinner = frames[frame % frames.length] ?? "";
    const rows = visible.map((line) => fit(`${spinner} ${line}`, io.width - 1));
    if (hidden > 0) rows.push(fit(`  and ${hidden} more`, io.width - 1));
    shown = rows.length;
    io.err(`${up}\u001b[J${above}${rows.map((row) => `${row}\n`).join("")}`);
  };
  const tick = (): void => {
    frame += 1;
    draw("");
    arm();
  };
  const arm = (): void => {
    cancel?.();
    cancel = shown === 0 ? null : clock.after(frameMs, tick);
  };
  return {
    refresh() {
      if (stopped) return;
      draw("");
      arm();
    },
    print(line) {
      draw(`${line}\n`);
    },
    stop() {
      cancel?.();
      cancel = null;
      stopped = true;
      if (shown > 0) draw("");
    },
  };
}
