// `capstan log-ingest` as a process: what it needs, and that nothing is lost when it ends.
import { tmpdir } from "node:os";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startCapstan } from "../support/capstan-process.ts";
import type { CapstanProcess } from "../support/capstan-process.ts";
import { startFakeLoki } from "../support/fake-loki.ts";
import type { FakeLoki } from "../support/fake-loki.ts";

let loki: FakeLoki;
const processes: CapstanProcess[] = [];
beforeEach(async () => {
  loki = await startFakeLoki();
});
afterEach(async () => {
  for (const one of processes.splice(0)) await one.close();
  await loki.close();
});

function ingest(environment: Readonly<Record<string, string>>): CapstanProcess {
  const started = startCapstan(["log-ingest"], {
    folder: tmpdir(),
    environment: { PORT: "0", ...environment },
  });
  processes.push(started);
  return started;
}

test("takes events, and sends what it has when it is stopped", async () => {
  const token = "ingest-token-0123456789";
  const one = ingest({ LOKI_URL: loki.url, LOG_INGEST_TOKEN: token, HOST: "127.0.0.1" });
  const address = await one.address();
  const answer = await fetch(`${address}/ingest`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ msg: "last words", stack: "alice" }),
  });
  expect(answer.status).toBe(202);
  one.signal("SIGTERM");
  expect(await one.ended).toBe(0);
  expect(loki.lines).toMatchObject([
    { labels: { service: "ai-stack", instance: "default" }, metadata: { stack: "alice" } },
  ]);
  expect(one.err()).not.toContain(token);
});

test("says what it needs", async () => {
  const lost = ingest({ HOST: "127.0.0.1" });
  expect(await lost.ended).toBe(1);
  expect(lost.err()).toMatch(/^error: LOKI_URL is not set.*\nhint: {2}set LOKI_URL/);
  const open = ingest({ LOKI_URL: loki.url });
  expect(await open.ended).toBe(1);
  expect(open.err()).toMatch(/^error: LOG_INGEST_TOKEN is not set.*\nhint: {2}set it to a token/);
});

test("needs no token where only this machine reaches it", async () => {
  const one = ingest({ LOKI_URL: loki.url, HOST: "127.0.0.1" });
  const address = await one.address();
  expect((await fetch(`${address}/ingest`, { method: "POST", body: "{}" })).status).toBe(202);
});
