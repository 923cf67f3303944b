// Once for all workers: the process that starts programs for them.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runnerVariable } from "./run-program.ts";

export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-runner-"));
  const path = join(folder, "socket");
  const runner = fork(fileURLToPath(new URL("program-runner.ts", import.meta.url)), [path]);
  await once(runner, "message");
  process.env[runnerVariable] = path;
  return async () => {
    const ended = once(runner, "exit");
    runner.disconnect();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
}
