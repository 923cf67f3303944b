// The watch that proves who wrote: it tells a write of whoever has not the lease.
import { expect, onTestFinished, test } from "vitest";
import { leaseText } from "../../src/model/lease-text.ts";
import { startSimulator } from "../../src/simulator/server.ts";
import { watchWrites } from "./write-watch.ts";

test("a write counts as a trespass unless it comes from the process whose lease stands there", async () => {
  const simulator = await startSimulator();
  onTestFinished(() => simulator.close());
  const writes = watchWrites(simulator);
  for (const [apiKey, pid] of [
    ["key-a", 1],
    ["key-b", 2],
  ] as const) {
    simulator.state.addKey({ key: apiKey, role: "owner" });
    writes.knows(apiKey, pid);
  }
  const ask = async (key: string, procedure: string, body: object): Promise<void> => {
    const headers = { "x-api-key": key, "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const answer = await fetch(`${simulator.url}/api/${procedure}`, init);
    expect(answer.status).toBe(200);
  };
  await ask("key-a", "project.create", { name: "nobody leads" });
  expect(writes.trespasses).toEqual(["1 project.create of process 1, lease of nobody"]);
  const held = leaseText({
    ...{ state: "held", by: "capstan run", host: "a", pid: 1, version: "1", writer: "w" },
    ...{ number: 1, ttlMs: 5_000, since: "2026-01-01T00:00:00Z", until: "2026-01-01T00:00:05Z" },
  });
  await ask("key-a", "tag.create", { name: "capstan/default", color: held });
  await ask("key-a", "project.create", { name: "its own" });
  expect(writes.trespasses).toHaveLength(1);
  await ask("key-b", "project.create", { name: "another's" });
  expect(writes.trespasses.slice(1)).toEqual(["4 project.create of process 2, lease of 1"]);
  expect(writes.count()).toBe(3);
});
