// Runs a program to its end in a process group of its own: at a time-out, an abort, too much output or
// the end of this process the whole group is killed, the program's own children included. Errors name
// the operation only, never arguments or variables, as these may hold secrets.
import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { CapstanError } from "./errors.ts";

export interface ProgramRequest {
  readonly program: string;
  readonly args: readonly string[];
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** What errors call it: `git fetch`. */
  readonly title: string;
  readonly cwd?: string;
  readonly stdin?: Uint8Array;
  readonly timeoutMs: number;
  readonly maxStdoutBytes: number;
  /** More output is thrown away instead of being a failure. */
  readonly cutStdout?: boolean;
  /** Between SIGTERM and SIGKILL; 2 s by default. */
  readonly killAfterMs?: number;
  readonly signal?: AbortSignal;
}

export interface ProgramResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  /** Its last 64 KiB. */
  readonly stderr: string;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

const maxStderrBytes = 64 * 1024;
/** How long the output may stay open after the program's own end before it is cut. */
const lingerMs = 1_000;

const liveGroups = new Set<number>();

function killGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // Nobody left in it.
  }
}

function killLiveGroups(): void {
  for (const group of liveGroups) killGroup(group, "SIGKILL");
}

/**
 * Runs a program; any exit code is an answer. Throws `unavailable` when it cannot be started, takes too
 * long or prints too much, `cancelled` when `signal` aborted. Nobody of its group runs on afterwards.
 */
export async function runProgram(request: ProgramRequest): Promise<ProgramResult> {
  const { signal, title } = request;
  const cancelled = (): CapstanError => new CapstanError("cancelled", `${title} was cancelled`);
  if (signal?.aborted) throw cancelled();
  const child = start(request);
  return new Promise((resolve, reject) => {
    const { pid } = child;
    if (pid === undefined) {
      child.once("error", (error) => {
        reject(notStarted(request, error));
      });
      return;
    }
    enlist(pid);
    // A signal that cannot be delivered; what matters is seen at `close`.
    child.on("error", () => undefined);
    const timers = new Set<NodeJS.Timeout>();
    const after = (ms: number, run: () => void): void => {
      timers.add(setTimeout(run, ms));
    };
    let failure: CapstanError | null = null;
    let exited = false;
    const cut = (): void => {
      killGroup(pid, "SIGKILL");
      // A grandchild that left the group would keep the pipes open forever.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const stop = (error: CapstanError): void => {
      if (failure !== null) return;
      failure = error;
      if (exited) {
        cut();
        return;
      }
      killGroup(pid, "SIGTERM");
      after(request.killAfterMs ?? 2_000, cut);
    };
    const onAbort = (): void => {
      stop(cancelled());
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    after(request.timeoutMs, () => {
      stop(new CapstanError("unavailable", `${title} did not end within ${request.timeoutMs} ms`));
    });
    const stdout = collect(child.stdout, request.maxStdoutBytes, () => {
      if (request.cutStdout === true) return;
      stop(
        new CapstanError(
          "unavailable",
          `${title} printed more than ${request.maxStdoutBytes} bytes`,
          { hint: "that is far more than there should be: see what it reads" },
        ),
      );
    });
    const stderr = collectTail(child.stderr, maxStderrBytes);
    child.stdin.on("error", () => undefined); // It ended without reading all: its exit code tells.
    child.stdin.end(request.stdin ?? new Uint8Array());
    child.once("exit", () => {
      exited = true;
      if (failure === null) after(lingerMs, cut);
      else cut();
    });
    child.once("close", (exitCode) => {
      for (const timer of timers) clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      killGroup(pid, "SIGKILL");
      dismiss(pid);
      if (failure !== null) reject(failure);
      else resolve({ exitCode, stdout: stdout(), stderr: stderr() });
    });
  });
}

function start(request: ProgramRequest): Child {
  try {
    return spawn(request.program, [...request.args], {
      env: { ...request.env },
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      ...(request.cwd === undefined ? {} : { cwd: request.cwd }),
    });
  } catch {
    // Node quotes the argument in its message: it stays out.
    throw new CapstanError("invalid", `${request.title} was given an argument that cannot be used`);
  }
}

function notStarted(request: ProgramRequest, error: Error): CapstanError {
  const reason = (error as NodeJS.ErrnoException).code ?? "it did not start";
  return new CapstanError("unavailable", `${request.program} cannot be started: ${reason}`, {
    hint: `install ${request.program} and check that PATH names its folder`,
  });
}

function collect(stream: Readable, maxBytes: number, tooMuch: () => void): () => Buffer {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    const room = Math.max(0, maxBytes - size);
    size += chunk.byteLength;
    if (room > 0) chunks.push(chunk.subarray(0, room));
    if (size > maxBytes) tooMuch();
  });
  return () => Buffer.concat(chunks);
}

function collectTail(stream: Readable, maxBytes: number): () => string {
  let tail = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-maxBytes);
  });
  return () => tail.toString("utf8");
}

/** One listener for all groups, and none while nothing runs. */
function enlist(group: number): void {
  if (liveGroups.size === 0) process.on("exit", killLiveGroups);
  liveGroups.add(group);
}

function dismiss(group: number): void {
  liveGroups.delete(group);
  if (liveGroups.size === 0) process.off("exit", killLiveGroups);
}
