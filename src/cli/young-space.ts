// How much memory young objects of a process that stays may take: 48 MiB instead of 96, which is less memory and no
// more work. Scripts of npm and the image say so to Node; the installed program starts itself once more, in the same
// process, as `env -S` is unknown where there is only BusyBox.

const option = "--max-semi-space-size";
const staying: ReadonlySet<string> = new Set(["run", "mcp", "log-ingest"]);

export interface Start {
  /** The command's name, and what follows. */
  readonly args: readonly string[];
  /** Options that Node was started with. */
  readonly execArgv: readonly string[];
  readonly nodeOptions: string;
}

/** Node's options for the second start; null when this start will do. */
export function optionsForStaying({
  args,
  execArgv,
  nodeOptions,
}: Start): readonly string[] | null {
  const said = [...execArgv, nodeOptions].some((text) =>
    text.replaceAll("_", "-").includes(option),
  );
  if (said || !staying.has(args[0] ?? "")) return null;
  return [`${option}=16`, ...execArgv];
}

/** Does not return where this process becomes one with those options; Windows knows no such thing. */
export function restrainYoungSpace(): void {
  const { execPath, argv, execArgv, env } = process;
  const [, script = "", ...args] = argv;
  const options = optionsForStaying({ args, execArgv, nodeOptions: env.NODE_OPTIONS ?? "" });
  // A channel to the process that started this one would be lost.
  if (options === null || process.execve === undefined || process.send !== undefined) return;
  process.execve(execPath, [execPath, ...options, script, ...args], env);
}
