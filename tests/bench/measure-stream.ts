// What it costs to tell many who watch of many events. `measure-stream.ts WATCHERS EVENTS_A_SECOND SECONDS` serves an engine
// that does nothing but tell, with watchers in a process of their own; prints one line of JSON.
import { spawn } from "node:child_process";
import { get } from "node:http";
import { createInterface } from "node:readline";
import { createRedactor } from "../../src/lib/redact.ts";
import { createFakeEngine } from "../cli/support.ts";
import { serveEngine } from "../support/serve-engine.ts";

export interface StreamFigures {
  readonly told: number;
  /** The fewest that any of them got. */
  readonly fewest: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  /** From the last event until the last of them had it. */
  readonly lagMs: number;
  readonly peakMemoryMiB: number;
}

/** Counts events of each connection until all have `expected`, and says so. */
function watch(url: string, watchers: number, expected: number): void {
  let done = 0;
  let begun = 0;
  const counts = Array.from({ length: watchers }, () => 0);
  for (let index = 0; index < watchers; index += 1) {
    get(`${url}/api/v1/stream`, { headers: { accept: "text/event-stream" } }, (answer) => {
      let rest = "";
      let isFirst = true;
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        if (isFirst) begun += 1;
        if (isFirst && begun === watchers) process.stdout.write("ready\n");
        isFirst = false;
        const lines = `${rest}${chunk}`.split("\n");
        rest = lines.pop() ?? "";
        counts[index] =
          (counts[index] ?? 0) + lines.filter((line) => line === "event: event").length;
        if ((counts[index] ?? 0) < expected) return;
        answer.destroy();
        done += 1;
        if (done === watchers) process.stdout.write(`${Math.min(...counts)}\n`);
      });
    });
  }
}

async function serve(watchers: number, perSecond: number, seconds: number): Promise<void> {
  const engine = createFakeEngine();
  const redactor = createRedactor();
  // As many as a large installation has.
  for (let index = 0; index < 500; index += 1) redactor.register(`a-secret-value-number-${index}`);
  const server = await serveEngine(engine, { redact: (text) => redactor.redact(text) });
  const told = perSecond * seconds;
  const child = spawn(
    process.execPath,
    [import.meta.filename, "watch", server.address, String(watchers), String(told)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  const cpu = process.cpuUsage();
  const began = performance.now();
  const tickMs = 20;
  let count = 0;
  while (count < told) {
    const due = Math.min(told, Math.floor(((performance.now() - began) / 1_000) * perSecond));
    for (; count < due; count += 1) {
      const message = `deploy app/web of stack ${count % 500}: image changed in Git`;
      engine.tell({ stack: `s${count % 500}`, kind: "action", message });
    }
    await new Promise((resolve) => setTimeout(resolve, tickMs));
  }
  const last = performance.now();
  const { value } = await lines.next();
  const { user, system } = process.cpuUsage(cpu);
  const figures: StreamFigures = {
    ...{ told, fewest: Number(value), cpuMs: (user + system) / 1_000 },
    ...{ wallMs: performance.now() - began, lagMs: performance.now() - last },
    peakMemoryMiB: process.resourceUsage().maxRSS / 1_024,
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  await server.close();
  process.exit(0);
}

const [first = "10", second = "1000", third = "10", fourth = "0"] = process.argv.slice(2);
if (first === "watch") watch(second, Number(third), Number(fourth));
else await serve(Number(first), Number(second), Number(third));
