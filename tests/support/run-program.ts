// Runs a program as `src/lib/spawn.ts` does, in a small process that does so for all workers
// (`program-runner.ts`, started once by `global-setup.ts`): the system copies the page tables of a process that
// starts another one, and from a worker with all of Capstan in it each start costs 20 ms of CPU. Outside of
// vitest, the program is started directly.
import { createConnection } from "node:net";
import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import { CapstanError } from "../../src/lib/errors.ts";
import { runProgram as runHere } from "../../src/lib/spawn.ts";
import type { ProgramRequest, ProgramResult } from "../../src/lib/spawn.ts";

/** Where the runner listens; absent outside of vitest. */
export const runnerVariable = "CAPSTAN_TEST_RUNNER";

/** One line to the runner: a program to run, or the id of one to stop. */
export type RunnerRequest =
  | { readonly id: number; readonly stop: true }
  | {
      readonly id: number;
      readonly request: Omit<ProgramRequest, "stdin" | "signal">;
      readonly stdin: string;
    };

/** One line from it. Bytes are in base64. */
export type RunnerAnswer = { readonly id: number } & (
  | { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }
  | {
      readonly error: {
        readonly code: CapstanError["code"];
        readonly message: string;
        readonly hint?: string;
      };
    }
);

const waiting = new Map<number, (answer: RunnerAnswer) => void>();
let ids = 0;
let connected: Socket | null = null;

function connect(path: string): Socket {
  const socket = createConnection(path);
  const lines = createInterface({ input: socket });
  lines.on("error", () => undefined);
  lines.on("line", (line) => {
    const answer = JSON.parse(line) as RunnerAnswer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
    // It keeps the worker alive only while something runs.
    if (waiting.size === 0) socket.unref();
  });
  socket.on("close", () => {
    connected = null;
    const error = { code: "unavailable", message: "the test's program runner ended" } as const;
    for (const [id, settle] of waiting) settle({ id, error });
    waiting.clear();
  });
  return socket;
}

/** Promises what `runProgram` of `src/lib/spawn.ts` does. */
export async function runProgram(request: ProgramRequest): Promise<ProgramResult> {
  const path = process.env[runnerVariable];
  if (path === undefined) return runHere(request);
  const { signal, stdin, ...rest } = request;
  if (signal?.aborted) throw new CapstanError("cancelled", `${request.title} was cancelled`);
  connected ??= connect(path);
  const socket = connected;
  const send = (line: RunnerRequest): void => void socket.write(`${JSON.stringify(line)}\n`);
  const id = ids++;
  const stop = (): void => {
    send({ id, stop: true });
  };
  socket.ref();
  signal?.addEventListener("abort", stop, { once: true });
  const answer = await new Promise<RunnerAnswer>((resolve) => {
    waiting.set(id, resolve);
    const bytes = Buffer.from(stdin ?? new Uint8Array()).toString("base64");
    send({ id, request: { cwd: process.cwd(), ...rest }, stdin: bytes });
  });
  signal?.removeEventListener("abort", stop);
  if ("error" in answer) {
    const { code, message, hint } = answer.error;
    throw new CapstanError(code, message, hint === undefined ? {} : { hint });
  }
  const { exitCode, stdout, stderr } = answer;
  return { exitCode, stdout: Buffer.from(stdout, "base64"), stderr };
}
