// Lines at the bottom of a terminal that are rewritten while work goes on, with a spinner in front of
// each; what is printed meanwhile scrolls by above them. Where lines cannot be rewritten, none are shown.
import type { Clock } from "../lib/clock.ts";
import type { Io } from "./context.ts";

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const frameMs = 120;
/** More lines than this would push the rest of a small terminal away. */
const mostLines = 10;

export interface LiveLines {
  /** Replaces the lines, oldest first. */
  set(lines: readonly string[]): void;
  /** A line that stays, above those that change. */
  print(line: string): void;
  /** Takes the lines away; the terminal is as before. May be called twice. */
  stop(): void;
}

function fit(line: string, width: number): string {
  const characters = Array.from(line);
  return characters.length <= width ? line : `${characters.slice(0, width - 1).join("")}…`;
}

export function createLiveLines(io: Io, clock: Clock): LiveLines {
  if (!io.live) {
    return { set: () => undefined, print: (line) => io.err(`${line}\n`), stop: () => undefined };
  }
  let lines: readonly string[] = [];
  let shown = 0;
  let frame = 0;
  let cancel: (() => void) | null = null;

  /** One write, so that nothing flickers. */
  const draw = (above: string): void => {
    const up = shown === 0 ? "" : `\u001b[${shown}A\r`;
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
    cancel = lines.length === 0 ? null : clock.after(frameMs, tick);
  };
  return {
    set(next) {
      lines = next;
      draw("");
      arm();
    },
    print(line) {
      draw(`${line}\n`);
    },
    stop() {
      cancel?.();
      cancel = null;
      if (shown === 0) return;
      lines = [];
      draw("");
    },
  };
}
