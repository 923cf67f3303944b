import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Lock } from "../../src/ports-store.ts";
import { createLock } from "../../src/store/lock.ts";
import { until } from "../support/until.ts";

let stateDir: string;
const locks: Lock[] = [];
const children: ChildProcess[] = [];

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "capstan-lock-"));
});
afterEach(async () => {
  for (const lock of locks.splice(0)) lock.release();
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  rmSync(stateDir, { recursive: true, force: true });
});

function lockOf(holder: string, dir = stateDir): Lock {
  const lock = createLock({ stateDir: dir, holder });
  locks.push(lock);
  return lock;
}

async function holdElsewhere(): Promise<ChildProcess> {
  const script = fileURLToPath(new URL("../support/lock-process.ts", import.meta.url));
  const child = fork(script, [stateDir], { execArgv: ["--disable-warning=ExperimentalWarning"] });
  children.push(child);
  expect(await once(child, "message")).toEqual(["mine", undefined]);
  return child;
}

test("W12 two that want it: the first has it, the second is told who, and gets it after the release", () => {
  const first = lockOf("capstan run, instance default", join(stateDir, "new"));
  const second = lockOf("capstan apply", join(stateDir, "new"));
  expect(first.take()).toBeNull();
  expect(first.take()).toBeNull();
  expect(second.take()).toMatch(/^capstan run, instance default \(process \d+ on .+\)$/);
  second.release();
  expect(second.take()).not.toBeNull();
  first.release();
  first.release();
  expect(second.take()).toBeNull();
  expect(first.take()).toMatch(/^capstan apply/);
});

test("W12 it does not outlive its process, also when that is killed", async () => {
  const child = await holdElsewhere();
  const lock = lockOf("capstan run, instance default");
  expect(lock.take()).toContain(`process ${child.pid}`);
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
  await until("it is free", () => lock.take() === null);
});

test("W12 a file that is deleted under it is taken anew, or lost to whoever came first", () => {
  const first = lockOf("one");
  const second = lockOf("two");
  expect(first.take()).toBeNull();
  rmSync(stateDir, { recursive: true });
  expect(first.take()).toBeNull();
  expect(second.take()).toMatch(/^one/);
  rmSync(stateDir, { recursive: true });
  expect(second.take()).toBeNull();
  expect(first.take()).toMatch(/^two/);
});

test("W12 a damaged lock keeps nobody from starting, and is taken from nobody", async () => {
  writeFileSync(
    join(stateDir, "lock.sqlite"),
    "no database, but long enough to look like one".repeat(40),
  );
  const first = lockOf("capstan run, instance default");
  expect(first.take()).toBeNull();
  expect(lockOf("capstan apply").take()).toMatch(/^capstan run/);
  first.release();

  const child = await holdElsewhere();
  writeFileSync(
    join(stateDir, "lock.sqlite"),
    "spoilt under its feet, again and again ".repeat(40),
  );
  expect(first.take()).not.toBeNull();
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await until("it is free", () => first.take() === null)).toBe(true);
});

test("without words of who has it, it is another Capstan", () => {
  expect(lockOf("one").take()).toBeNull();
  rmSync(join(stateDir, "lock-holder.txt"));
  expect(lockOf("two").take()).toBe("another Capstan");
});

test("a state folder that cannot be used is told as such", () => {
  const file = join(stateDir, "file");
  writeFileSync(file, "");
  chmodSync(file, 0o600);
  expect(() => lockOf("one", file).take()).toThrow(/STATE_DIR .*is not a folder/);
});
