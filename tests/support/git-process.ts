// What runs on this machine, as /proc tells: for tests of killed processes and of argument lists.
import { readdir, readFile } from "node:fs/promises";

export interface RunningProcess {
  readonly pid: number;
  readonly args: string;
}

/** All processes with `text` among their arguments or in their environment; zombies are not running. */
export async function processesWith(text: string): Promise<readonly RunningProcess[]> {
  const found: RunningProcess[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const [args, environment] = await Promise.all([
      readFile(`/proc/${name}/cmdline`, "utf8").catch(() => ""),
      readFile(`/proc/${name}/environ`, "utf8").catch(() => ""),
    ]);
    if (args.includes(text) || environment.includes(text)) {
      found.push({ pid: Number(name), args: args.replaceAll("\0", " ") });
    }
  }
  return found;
}

/** Waits until `check` answers something other than null, false or an empty list. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T> | T,
): Promise<NonNullable<T>> {
  const end = performance.now() + 60_000;
  for (;;) {
    const value = await check();
    const empty = value === null || value === false || (Array.isArray(value) && value.length === 0);
    if (!empty) return value as NonNullable<T>;
    if (performance.now() > end) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
