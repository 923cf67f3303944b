// The simulator in a process of its own, with the latencies that were measured on a real Dokploy.
// Usage: simulator-process.ts TIME_SCALE; prints its address and ends when its standard input closes.
import { startSimulator } from "../../src/simulator/server.ts";

const simulator = await startSimulator({
  latency: "measured",
  timeScale: Number(process.argv[2]),
});
process.stdout.write(`${simulator.url} ${simulator.apiKey}\n`);
process.stdin.resume();
process.stdin.on("end", () => {
  void simulator.close();
});
