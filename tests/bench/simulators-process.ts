// Several simulators in a process of their own. Usage: simulators-process.ts COUNT TIME_SCALE; prints their addresses and
// key as one line of JSON, then, for each line on standard input, what they were asked since the last one. Ends with it.
import { createInterface } from "node:readline";
import { startSimulator } from "../../src/simulator/server.ts";
import type { Simulator } from "../../src/simulator/server.ts";

export interface Asked {
  readonly requests: number;
  readonly writes: number;
}

const [count = "1", timeScale = "1"] = process.argv.slice(2);
const simulators: Simulator[] = [];
for (let index = 0; index < Number(count); index += 1) {
  simulators.push(await startSimulator({ latency: "measured", timeScale: Number(timeScale) }));
}
const apiKey = simulators[0]?.apiKey ?? "";
process.stdout.write(`${JSON.stringify({ urls: simulators.map(({ url }) => url), apiKey })}\n`);
const questions = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
while ((await questions.next()).done !== true) {
  const asked: Asked = {
    requests: simulators.reduce((sum, { log }) => sum + log.entries.length, 0),
    writes: simulators.reduce((sum, { log }) => sum + log.writes().length, 0),
  };
  for (const { log } of simulators) log.clear();
  process.stdout.write(`${JSON.stringify(asked)}\n`);
}
await Promise.all(simulators.map((simulator) => simulator.close()));
