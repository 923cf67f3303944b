// Controllers in processes of their own (`controller-process.ts`), loaded before they are needed.
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";

export interface Nursery {
  /** A child that has loaded everything and waits for its settings. Another one starts in its place. */
  take(): Promise<ChildProcess>;
  /** Kills all children that still run. */
  close(): Promise<void>;
}

/** Keeps this many children loaded. */
export function createNursery(ready: number): Nursery {
  const entry = join(import.meta.dirname, "controller-process.ts");
  const waiting: Promise<ChildProcess>[] = [];
  const born = new Set<ChildProcess>();
  function bear(): Promise<ChildProcess> {
    const child = fork(entry, [], {
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    born.add(child);
    child.once("exit", () => born.delete(child));
    return new Promise((resolve, reject) => {
      child.once("message", () => resolve(child));
      child.once("error", reject);
      child.once("exit", () => reject(new Error("a child ended while it loaded")));
    });
  }
  for (let index = 0; index < ready; index++) waiting.push(bear());
  return {
    take(): Promise<ChildProcess> {
      const child = waiting.shift() ?? bear();
      waiting.push(bear());
      return child;
    },
    async close(): Promise<void> {
      await Promise.allSettled(waiting);
      await Promise.all([...born].map((child) => end(child)));
    },
  };
}

/** Kills the child and waits until it is gone. */
export function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}
