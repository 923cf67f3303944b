// The small process that runs programs for all workers (`run-program.ts` says why). A request and its answer
// are a line each on a socket. It ends with its parent.
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { CapstanError } from "../../src/lib/errors.ts";
import { runProgram } from "../../src/lib/spawn.ts";
import type { RunnerAnswer, RunnerRequest } from "./run-program.ts";

const server = createServer((socket) => {
  const running = new Map<number, AbortController>();
  socket.on("error", () => undefined);
  socket.on("close", () => {
    for (const controller of running.values()) controller.abort();
  });
  const answer = (line: RunnerAnswer): void => void socket.write(`${JSON.stringify(line)}\n`);
  const lines = createInterface({ input: socket });
  // It passes the socket's errors on: a worker that ended in the middle of a request must not end this process.
  lines.on("error", () => undefined);
  lines.on("line", (line) => {
    const asked = JSON.parse(line) as RunnerRequest;
    const { id } = asked;
    if ("stop" in asked) {
      running.get(id)?.abort();
      return;
    }
    const controller = new AbortController();
    running.set(id, controller);
    const stdin = Buffer.from(asked.stdin, "base64");
    void runProgram({ ...asked.request, stdin, signal: controller.signal })
      .then(
        ({ exitCode, stdout, stderr }) => {
          answer({ id, exitCode, stdout: stdout.toString("base64"), stderr });
        },
        (error: unknown) => {
          const { code, message, hint } =
            error instanceof CapstanError ? error : new CapstanError("internal", String(error));
          answer({ id, error: { code, message, ...(hint === undefined ? {} : { hint }) } });
        },
      )
      .finally(() => running.delete(id));
  });
});
process.once("disconnect", () => process.exit(0));
server.listen(process.argv[2], () => process.send?.("listening"));
