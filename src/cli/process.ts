// The process as commands see it: a terminal with or without colour, interrupts, and an end.
import { join, sep } from "node:path";
import type { Redactor } from "../lib/redact.ts";
import type { CommandContext, Environment, Io } from "./context.ts";

const narrowest = 40;
/** Longer lines are hard to read, however wide the window is. */
const widest = 120;

export function wantsColour(environment: Environment, isTerminal: boolean): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0") return true;
  return isTerminal && TERM !== "dumb";
}

/** Lines are rewritten only for a person who looks at them. */
function mayRewrite(environment: Environment, isTerminal: boolean): boolean {
  const { NO_COLOR, CI, TERM } = environment;
  const set = [NO_COLOR, CI].some((value) => value !== undefined && value !== "");
  return isTerminal && TERM !== "dumb" && !set;
}

/**
 * In a checkout npm starts it; elsewhere it is installed, also where a script of npm calls it. Where `npx` found it in
 * this folder, it finds it again; what it took from a cache it would take from a registry the next time.
 */
export function programName(environment: Environment, script = "", folder = ""): string {
  const { npm_lifecycle_event: event, npm_package_name: from } = environment;
  if (event === "npx") {
    return script.startsWith(join(folder, "node_modules", sep)) ? "npx capstan" : "capstan";
  }
  return event !== undefined && from === "capstan" ? "npm run -s capstan --" : "capstan";
}

export function createIo(environment: Environment, redactor: Redactor): Io {
  const { stdout, stderr } = process;
  // A reader that has seen enough (`capstan plan | head`) is no failure.
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(redactor.redact(text)),
    hint: (text) => void stderr.write(text),
    outColour: wantsColour(environment, stdout.isTTY),
    errColour: wantsColour(environment, stderr.isTTY),
    live: mayRewrite(environment, stderr.isTTY),
    get width() {
      // Without a terminal there are no columns, whatever the types say.
      const known = [stdout.columns, stderr.columns].find((columns) => columns > 0) ?? 80;
      return Math.min(widest, Math.max(narrowest, known));
    },
  };
}

export type Interrupts = Pick<CommandContext, "onInterrupt" | "exit">;

/** Without a handler the process ends at once, through `exit`, so that children are killed with it. */
export function createInterrupts(): Interrupts {
  const handlers = new Set<() => void>();
  const exit = (code: number): never => process.exit(code);
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.on(signal, () => {
      if (handlers.size === 0) exit(code);
      for (const handler of [...handlers]) handler();
    });
  }
  return {
    exit,
    onInterrupt(handler) {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
  };
}
