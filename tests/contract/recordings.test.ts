import { afterEach, describe, expect, test } from "vitest";
import { startSimulator, type Simulator } from "../../src/simulator/server.ts";
import { SCALE, type Case } from "./case.ts";
import { CASES } from "./cases.ts";
import { createClient, type Json, type Reply } from "./client.ts";
import { keysOf, normalise, shapeOf } from "./normalise.ts";
import { readRecording, recordingNames, type Recording } from "./recordings.ts";
import { seedFromAnswer, seedFromRequest, seedParents } from "./seed.ts";
import { UNCOVERED } from "./uncovered.ts";

let sim: Simulator | undefined;

afterEach(async () => {
  await sim?.close();
  sim = undefined;
});

const covered = recordingNames().filter((name) => !UNCOVERED.has(name));

describe("the simulator answers as the real server did", () => {
  test.each(covered)("%s", async (name) => {
    const recording = readRecording(name);
    const given: Case = CASES[name] ?? {};
    sim = await startSimulator({ timeScale: given.timeScale ?? SCALE });
    await arrange(sim, recording, given);
    const reply = await replay(sim, recording, given);
    expect(reply.status).toBe(recording.status);
    const type = recording.responseHeaders["content-type"];
    if (type !== undefined) expect(reply.headers.get("content-type")).toBe(type);
    const left = given.without ?? [];
    for (const key of left) expect(reply.json).not.toHaveProperty(key);
    const expected = left.length === 0 ? recording.response : omit(recording.response, left);
    compare(reply.json, expected, given.compare ?? "exact");
  });
});

describe("the list of recordings", () => {
  test("every recording is either replayed or listed with a reason", () => {
    const names = recordingNames();
    expect(names.length).toBeGreaterThan(300);
    expect([...UNCOVERED.keys()].filter((name) => !names.includes(name))).toEqual([]);
    expect(Object.keys(CASES).filter((name) => !covered.includes(name))).toEqual([]);
  });

  test("what is listed as not covered is really not answered, or says why", () => {
    const reasons = new Set(UNCOVERED.values());
    for (const reason of reasons) expect(reason.length).toBeGreaterThan(20);
  });

  test("no key, cookie or session was recorded", () => {
    for (const name of recordingNames()) {
      const { requestHeaders } = readRecording(name);
      const key = requestHeaders["x-api-key"];
      expect(key === undefined || key === "<key>", name).toBe(true);
      const cookie = requestHeaders.cookie;
      expect(cookie === undefined || cookie === "<session>", name).toBe(true);
    }
  });
});

/** A create makes its answer; an error shows no row; a missing row must stay missing. */
async function arrange(simulator: Simulator, recording: Recording, given: Case): Promise<void> {
  const { state } = simulator;
  const { response } = recording;
  const creates = /\.(create|assignToProject)$/.test(recording.path);
  if (recording.status < 300 && !creates) seedFromAnswer(state, response);
  if (recording.status !== 404) {
    seedFromRequest(state, recording.query);
    seedFromRequest(state, typeof recording.body === "string" ? null : recording.body);
  }
  seedParents(state);
  if (response?.uniqueConfigKey !== undefined)
    state.serials.domain = Number(response.uniqueConfigKey) - 1;
  await given.arrange?.(simulator, recording);
}

async function replay(simulator: Simulator, recording: Recording, given: Case): Promise<Reply> {
  const { "x-api-key": hasKey, ...headers } = recording.requestHeaders;
  const key = hasKey === undefined ? undefined : (given.apiKey ?? simulator.apiKey);
  const client = createClient(simulator.url, key);
  const path = given.path?.(recording) ?? `${recording.path}${queryOf(recording.query)}`;
  const { method, body } = recording;
  const sends = !["GET", "OPTIONS"].includes(method);
  const type = sends && body !== null ? { "content-type": "application/json" } : {};
  return client.raw(path, {
    method,
    headers: { ...type, ...headers },
    ...(sends && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
}

function queryOf(query: Recording["query"]): string {
  if (query === null || Object.keys(query).length === 0) return "";
  const entries = Object.entries(query).map(([name, value]): [string, string] => [
    name,
    typeof value === "object" ? JSON.stringify(value) : String(value),
  ]);
  return `?${new URLSearchParams(entries).toString()}`;
}

function omit(value: Json, keys: readonly string[]): Json {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

function compare(actual: Json, expected: Json, how: NonNullable<Case["compare"]>): void {
  if (how === "type") expect(typeof actual).toBe(typeof expected);
  else if (how === "lines") expect(linesOf(actual)).toEqual(linesOf(expected));
  else if (how === "shape") expect(shapeOf(actual)).toEqual(shapeOf(expected));
  else {
    expect(normalise(actual)).toEqual(normalise(expected));
    expect(keysOf(actual)).toEqual(keysOf(expected));
  }
}

/** Sorted, without the ids of swarm services. */
function linesOf(text: string): string[] {
  const lines = String(normalise(text)).split("\n");
  return lines.map((line) => line.replace(/\(id: \w{25}\)/, "(id)")).sort();
}
