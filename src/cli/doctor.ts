// `capstan doctor`: one line for everything that is set up, with what to do where something is wrong.
import type { Connection, ConnectionStatus } from "../model/connection.ts";
import { createPaint } from "../plan/render/paint.ts";
import type { Paint } from "../plan/render/paint.ts";
import { plural } from "../plan/render/words.ts";
import type { Command, CommandContext, DoctorSession } from "./context.ts";
import { asStarted } from "./say.ts";

export interface DoctorOptions {
  readonly json?: boolean;
  readonly try?: boolean;
  readonly image?: string;
}

const signs: Readonly<
  Record<ConnectionStatus, readonly [sign: string, colour: Parameters<Paint>[0]]>
> = {
  pass: ["✓", "green"],
  warn: ["!", "yellow"],
  fail: ["✗", "red"],
  skip: ["-", "dim"],
};
const gap = 2;

function lines(found: readonly Connection[], paint: Paint): string {
  const width = Math.max(...found.map(({ title }) => title.length)) + gap;
  return found
    .map(({ title, status, message, next }) => {
      const [sign, colour] = signs[status];
      const line = `${paint(colour, sign)} ${title.padEnd(width)}${message}`;
      return next === null ? line : `${line}\n  ${" ".repeat(width)}${paint("cyan", "→")} ${next}`;
    })
    .join("\n");
}

function summary(found: readonly Connection[]): string {
  const count = (wanted: ConnectionStatus): number =>
    found.filter(({ status }) => status === wanted).length;
  const [failed, warned, passed] = [count("fail"), count("warn"), count("pass")];
  const parts = [
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(warned === 0 ? [] : [plural(warned, "warning")]),
    `${passed} passed`,
  ];
  return parts.join(", ");
}

/** Ctrl-C ends the waiting and removes what was made; once more quits at once. */
async function tryOut(
  context: CommandContext,
  session: DoctorSession,
  { image = "nginx:alpine" }: DoctorOptions,
): Promise<Connection> {
  const { io } = context;
  const abort = new AbortController();
  const restore = context.onInterrupt(() => {
    if (abort.signal.aborted) context.exit(130);
    io.err("Stopping: removing the scratch project. Press Ctrl-C again to quit now.\n");
    abort.abort();
  });
  io.err("Trial deployment:\n");
  const say = (line: string): void => {
    io.err(`  ${line}\n`);
  };
  try {
    return await session.trial({ image, say, signal: abort.signal });
  } finally {
    restore();
  }
}

export const doctor: Command<DoctorOptions> = async (context, options) => {
  const { io } = context;
  const session = await context.openDoctor();
  try {
    const looked = await session.look();
    const tried = options.try === true ? [await tryOut(context, session, options)] : [];
    const found = [...looked, ...tried];
    const ok = found.every(({ status }) => status !== "fail");
    if (options.json === true) io.out(`${JSON.stringify({ ok, connections: found }, null, 2)}\n`);
    else {
      const told = asStarted(lines(found, createPaint(io.outColour)), context);
      io.out(`${told}\n\n${summary(found)}\n`);
    }
    return ok ? 0 : 1;
  } finally {
    await session.close();
  }
};
