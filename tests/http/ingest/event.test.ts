// What is understood of events that nobody agreed on.
import { describe, expect, test } from "vitest";
import { readBody } from "../../../src/http/ingest/body.ts";
import { readEvent, stackName } from "../../../src/http/ingest/event.ts";
import { eventTimeMs } from "../../../src/http/ingest/event-time.ts";

const nowMs = Date.parse("2026-06-01T12:00:00Z");

function entryOf(value: unknown, stack: string | null = null) {
  const read = readEvent(value, { stack, nowMs });
  if (!read.ok) throw new Error(read.detail);
  return read.entry;
}
const lineOf = (value: unknown, stack: string | null = null): unknown =>
  JSON.parse(entryOf(value, stack).line);

describe("an event", () => {
  test("has its fields under our names, and all others as they are", () => {
    const entry = entryOf({
      "@timestamp": "2026-06-01T11:59:00+00:00",
      severity: "WARNING",
      message: "session began",
      stack_name: "Alice",
      event: "session.start",
      service: "opencode",
      data: { user: "a", tokens: 12 },
    });
    expect(entry).toMatchObject({
      atMs: nowMs - 60_000,
      service: "ai-stack",
      level: "warn",
      metadata: { stack: "alice", kind: "session.start", component: "opencode" },
    });
    expect(JSON.parse(entry.line)).toEqual({
      time: "2026-06-01T11:59:00.000Z",
      level: "warn",
      msg: "session began",
      stack: "alice",
      event: "session.start",
      service: "opencode",
      data: { user: "a", tokens: 12 },
    });
  });

  test("without a time, level or message is taken, with the stack of its request", () => {
    expect(lineOf({ type: "ping" }, "bob")).toEqual({
      time: "2026-06-01T12:00:00.000Z",
      level: "info",
      msg: "ping",
      stack: "bob",
      type: "ping",
    });
    expect(lineOf("just words", "bob")).toMatchObject({ msg: "just words", stack: "bob" });
    expect(entryOf({ msg: "x" }).metadata).toEqual({ stack: "unknown" });
    expect(entryOf({ msg: "x", stack: null }).metadata).toEqual({ stack: "unknown" });
  });

  test("may name its stack in an object, and its own name comes before the request's", () => {
    expect(entryOf({ stack: { name: "alice", id: 3 } }, "bob").metadata.stack).toBe("alice");
  });

  test.each([
    [30, "info"],
    [50, "error"],
    [60, "fatal"],
    [7, "info"],
    ["ERR", "error"],
    ["critical", "fatal"],
    ["Trace", "trace"],
    ["loud", "info"],
    [{}, "info"],
  ])("with the level %j is %s", (level, expected) => {
    expect(entryOf({ level }).level).toBe(expected);
  });

  test("that names a stack which cannot be one is refused", () => {
    for (const stack of ["Not A Label", "-x", "x".repeat(41), 5, {}, "a/b"]) {
      expect(readEvent({ msg: "x", stack }, { stack: null, nowMs })).toMatchObject({ ok: false });
    }
  });

  test("that is no object or text is refused, as is what is nested too deeply", () => {
    const deep = JSON.parse(`{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`) as unknown;
    for (const value of [5, null, true, [], deep]) {
      expect(readEvent(value, { stack: null, nowMs })).toMatchObject({ ok: false });
    }
  });

  test("cannot change an object's prototype", () => {
    const value = JSON.parse('{"msg":"x","__proto__":{"polluted":true}}') as unknown;
    expect(entryOf(value).line).toContain('"msg":"x"');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test("has long words cut where it is looked for by them", () => {
    expect(entryOf({ kind: "k".repeat(500) }).metadata.kind).toHaveLength(100);
  });
});

test("times are understood in all their units", () => {
  for (const value of [
    nowMs / 1_000,
    nowMs,
    nowMs * 1_000,
    `${nowMs}000000`,
    "2026-06-01T12:00:00Z",
    "2026-06-01T14:00:00+02:00",
    `${nowMs / 1_000}.000`,
  ]) {
    expect(eventTimeMs(value)).toBe(nowMs);
  }
  for (const value of ["soon", "", -5, 0, Number.NaN, Infinity, 1e30, null, {}, "9".repeat(80)]) {
    expect(eventTimeMs(value)).toBeNull();
  }
});

test("names of stacks are DNS labels of 40 characters", () => {
  expect(stackName(" Alice-2 ")).toBe("alice-2");
  for (const name of ["", "a_b", "a.b", "-a", "a-", "x".repeat(41), 7]) {
    expect(stackName(name)).toBeNull();
  }
});

describe("a body", () => {
  const values = (text: string, type = "application/json"): unknown => {
    const read = readBody(text, type);
    return read.ok ? read.events.map((event) => (event === undefined ? "bad" : event.value)) : read;
  };

  test.each([
    ["an object", '{"a":1}', [{ a: 1 }]],
    ["an object over several lines", '{\n  "a": 1\n}', [{ a: 1 }]],
    ["an array", '[{"a":1},"b"]', [{ a: 1 }, "b"]],
    ["no events", "[]", []],
    ["lines", '{"a":1}\n{"a":2}\r\n\n', [{ a: 1 }, { a: 2 }]],
    ["lines, one of them broken", '{"a":1}\n{"a":\n{"a":3}', [{ a: 1 }, "bad", { a: 3 }]],
    [
      "a wrapped list",
      '{"stack":"x","events":[{"a":1},{"stack":"y"}]}',
      [{ stack: "x", a: 1 }, { stack: "y" }],
    ],
    ["a byte order mark", '\ufeff{"a":1}', [{ a: 1 }]],
  ])("is %s", (_what, text, expected) => {
    expect(values(text)).toEqual(expected);
    expect(values(text, "application/x-www-form-urlencoded")).toEqual(expected);
  });

  test("of NDJSON has one event a line, also when it is one line", () => {
    expect(values("[1]\n[2]", "application/x-ndjson")).toEqual([[1], [2]]);
    expect(values('{"a":1}', "application/x-ndjson")).toEqual([{ a: 1 }]);
  });

  test("of plain text has one message a line", () => {
    expect(values('hello\n42\n{"a":1}\n{broken', "text/plain; charset=utf-8")).toEqual([
      "hello",
      "42",
      { a: 1 },
      "{broken",
    ]);
  });

  test("that is nothing of these is refused", () => {
    for (const text of ["", "  \n", "not json", "not\njson"]) {
      expect(values(text)).toMatchObject({ ok: false });
    }
  });
});
