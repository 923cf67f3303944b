import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type CapstanError, isCapstanError } from "../../src/lib/errors.ts";
import { runProgram, type ProgramRequest } from "../../src/lib/spawn.ts";
import { eventually, processesWith } from "../support/git-process.ts";

/** A shell script with a mark in its environment by which all its children are found. */
function script(
  text: string,
  more: Partial<ProgramRequest> = {},
): ProgramRequest & { mark: string } {
  const mark = `mark-${randomUUID()}`;
  return {
    mark,
    program: "sh",
    args: ["-c", text],
    env: { PATH: process.env.PATH ?? "", MARK: mark },
    title: "the script",
    timeoutMs: 10_000,
    maxStdoutBytes: 1_000_000,
    ...more,
  };
}

async function failure(promise: Promise<unknown>): Promise<CapstanError> {
  const error: unknown = await promise.then(
    () => new Error("it did not fail"),
    (thrown: unknown) => thrown,
  );
  if (!isCapstanError(error)) throw error;
  return error;
}

test("standard input and output are bytes, and any exit code is an answer", async () => {
  const bytes = Buffer.from([0, 255, 10, 13, 128]);
  const result = await runProgram(script("cat; echo oops >&2; exit 3", { stdin: bytes }));
  expect(result).toEqual({ exitCode: 3, stdout: bytes, stderr: "oops\n" });
});

test("nothing of the environment is inherited", async () => {
  process.env.CAPSTAN_TEST_CANARY = "canary";
  const { stdout } = await runProgram(script("env"));
  delete process.env.CAPSTAN_TEST_CANARY;
  expect(stdout.toString()).not.toContain("canary");
});

test("a program that reads nothing of a large input does no harm", async () => {
  const result = await runProgram(script("exit 0", { stdin: Buffer.alloc(5_000_000) }));
  expect(result.exitCode).toBe(0);
});

test("R6 a hung program and its children are killed at the time-out", async () => {
  const request = script("sleep 1000 & sleep 1000 & wait", { timeoutMs: 200 });
  const error = await failure(runProgram(request));
  expect(error.code).toBe("unavailable");
  expect(error.message).toBe("the script did not end within 200 ms");
  await eventually("all are gone", async () => (await processesWith(request.mark)).length === 0);
});

test("R6 children that ignore SIGTERM, and those that outlive their parent, are killed too", async () => {
  const request = script(
    "trap '' TERM; (trap '' TERM; while :; do sleep 0.05; done) & while :; do sleep 0.05; done",
    { timeoutMs: 100, killAfterMs: 100 },
  );
  expect((await failure(runProgram(request))).code).toBe("unavailable");
  await eventually("all are gone", async () => (await processesWith(request.mark)).length === 0);
});

test("a child that left the group and holds the output does not hold up the answer", async () => {
  const request = script("setsid sleep 1000 & exit 0");
  expect((await runProgram(request)).exitCode).toBe(0);
  const [child] = await processesWith(request.mark);
  expect(child?.args).toContain("sleep 1000");
  process.kill(child!.pid, "SIGKILL");
  await eventually("it ended", async () => (await processesWith(request.mark)).length === 0);
});

test("an abort kills the group and is told as cancelled", async () => {
  const controller = new AbortController();
  const request = script("sleep 1000 & wait", { signal: controller.signal });
  const running = failure(runProgram(request));
  await eventually("it runs", async () => (await processesWith(request.mark)).length >= 2);
  controller.abort();
  expect((await running).code).toBe("cancelled");
  expect((await failure(runProgram(request))).code).toBe("cancelled");
  await eventually("all are gone", async () => (await processesWith(request.mark)).length === 0);
});

test("too much output ends the program; of standard error the end is kept", async () => {
  const loud = script("while :; do echo 0123456789; done", { maxStdoutBytes: 10_000 });
  expect((await failure(runProgram(loud))).message).toBe(
    "the script printed more than 10000 bytes",
  );
  await eventually("it is gone", async () => (await processesWith(loud.mark)).length === 0);
  const chatty = await runProgram(script("seq 100000 >&2; echo last >&2"));
  expect(chatty.stderr.length).toBeLessThanOrEqual(64 * 1024);
  expect(chatty.stderr.endsWith("100000\nlast\n")).toBe(true);
});

test("a program that is not there is told by name, with what to do", async () => {
  const error = await failure(runProgram(script("", { program: "no-such-program", args: ["x"] })));
  expect(error.message).toBe("no-such-program cannot be started: ENOENT");
  expect(error.hint).toContain("install no-such-program");
});

test("P5 arguments and variables appear in no error", async () => {
  const canary = "canary-5e2a";
  const errors = [
    await failure(runProgram(script(`sleep 1000 # ${canary}`, { timeoutMs: 50 }))),
    await failure(runProgram(script(`echo ${canary}`, { maxStdoutBytes: 1 }))),
    await failure(runProgram(script("", { args: [canary], program: "no-such-program" }))),
    await failure(runProgram(script(`\0${canary}`))),
    await failure(runProgram(script("", { env: { TOKEN: `\0${canary}` } }))),
  ];
  for (const error of errors) {
    expect(`${error.stack ?? ""} ${error.hint ?? ""} ${String(error.cause)}`).not.toContain(canary);
  }
});

test("what runs dies with the process that started it", async () => {
  const mark = `mark-${randomUUID()}`;
  const module = fileURLToPath(new URL("../../src/lib/spawn.ts", import.meta.url));
  const parent = `
    import { runProgram } from ${JSON.stringify(module)};
    const env = { PATH: process.env.PATH, MARK: ${JSON.stringify(mark)} };
    void runProgram({ program: "sh", args: ["-c", "echo up >&2; sleep 1000 & wait"], env,
      title: "x", timeoutMs: 60000, maxStdoutBytes: 10 });
    process.stdin.once("data", () => process.exit(0));
  `;
  const controller = new AbortController();
  const running = runProgram(
    script("", {
      program: process.execPath,
      args: ["--input-type=module", "-e", parent],
      stdin: Buffer.from("go"),
      signal: controller.signal,
    }),
  );
  expect((await running).exitCode).toBe(0);
  await eventually("all are gone", async () => (await processesWith(mark)).length === 0);
});
