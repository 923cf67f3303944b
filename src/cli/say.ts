// How commands speak: errors with their hint, the one line that every start says, and counts.
import type { Inventory } from "../engine/engine.ts";
import { toCapstanError } from "../lib/errors.ts";
import type { Started } from "../plan/hold-words.ts";
import { createPaint } from "../plan/render/paint.ts";
import { plural, shortRevision } from "../plan/render/words.ts";
import type { CommandContext, Session } from "./context.ts";

/** Texts call commands `capstan …`; people who started the program in another way copy that one. */
export function asStarted(text: string, { program }: Pick<CommandContext, "program">): string {
  return text.replaceAll(/`capstan (?=[a-z])/g, () => `\`${program} `);
}

/** A path as a shell takes it. */
export function quoted(path: string): string {
  return /^[\w@%+=:,./~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** For commands that people copy. */
export function startedAs(
  { program }: Pick<CommandContext, "program">,
  source: string | undefined,
): Started {
  return { program, source: source === undefined ? null : quoted(source) };
}

/** One line and a hint; where it was thrown only when somebody looks for a bug. */
export function sayError(
  context: Pick<CommandContext, "io" | "program" | "debug">,
  error: unknown,
): void {
  const { io, debug } = context;
  const known = toCapstanError(error);
  const paint = createPaint(io.errColour);
  io.err(`${paint("red", "error:")} ${asStarted(known.message, context)}\n`);
  const bug = "this is a mistake in Capstan; LOG_LEVEL=debug shows where";
  const hint = known.hint ?? (known.code === "internal" && !debug ? bug : undefined);
  if (hint !== undefined) io.hint(`${paint("cyan", "hint:")}  ${asStarted(hint, context)}\n`);
  if (!debug) return;
  let cause: unknown = known;
  while (cause instanceof Error) {
    io.err(`${cause.stack ?? cause.message}\n`);
    cause = cause.cause;
  }
}

/** `Dokploy v0.30.2 at https://…: 37 projects, 12 ours, 25 never touched; 14 stacks in Git` */
export function inventoryLine(inventory: Inventory, platformTitle: string): string {
  const { platform, projects, ours, stacks, revision } = inventory;
  const others = projects - ours;
  const version = platform.version.replace(/^v?/, "v");
  return (
    `Dokploy ${version} at ${platformTitle}: ${plural(projects, "project")}, ${ours} ours, ` +
    `${others} never touched; ${plural(stacks, "stack")} at ${shortRevision(revision)}`
  );
}

/** Checks the key and tells what was found before anything else is done. */
export async function sayInventory(context: CommandContext, session: Session): Promise<Inventory> {
  const inventory = await session.engine.inventory();
  const { dokploys, failures = [] } = inventory;
  const parts = dokploys ?? [{ name: "", title: session.platformTitle, inventory }];
  for (const { name, title, inventory: part } of parts) {
    context.io.err(`${inventoryLine(part, name === "" ? title : `${title} (${name})`)}\n`);
    const { version, verdict, supported, isTried } = part.platform;
    if (!supported || !isTried) context.io.err(`Dokploy ${version}: ${verdict}\n`);
  }
  for (const failure of failures) context.io.err(`${failure}\n`);
  return inventory;
}

/** Runs `use` with a session that is closed afterwards, whatever happens. */
export async function withSession<S extends Session, T>(
  opened: Promise<S>,
  use: (session: S) => Promise<T>,
): Promise<T> {
  const session = await opened;
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}
