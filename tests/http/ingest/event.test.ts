// What is understood of events that nobody agreed on.
import { describe, expect, test, vi } from "vitest";
import { readBody } from "../../../src/http/ingest/body.ts";
import { readEvent, stackName } from "../../../src/http/ingest/event.ts";
import { eventTimeMs } from "../../../src/http/ingest/event-time.ts";

const nowMs = Date.parse("2026-06-01T12:00:00Z");

const redact = (text: string): string => text.replaceAll("canary-secret", "(secret)");

function read(value: unknown, stack: string | null = null) {
  return readEvent(value, { stack, nowMs, redact });
}
function entryOf(value: unknown, stack: string | null = null) {
  const read = readEvent(value, { stack, nowMs, redact });
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
      expect(read({ msg: "x", stack })).toMatchObject({
        ok: false,
        detail:
          "stack is not a stack's name (1 to 40 of a-z, 0-9 and -), and the request names no stack",
      });
      expect(read({ msg: "x", stack_name: stack }, "bob")).toMatchObject({ ok: false });
    }
  });

  test("with a stack trace as its stack keeps it as `trace`, with the stack of its request", () => {
    const trace = "Error: disk is full\n    at write (/app/disk.js:1:2)";
    const entry = entryOf({ level: "error", message: "disk is full", stack: trace }, "bob");
    expect(entry.metadata).toEqual({ stack: "bob" });
    expect(JSON.parse(entry.line)).toEqual({
      time: "2026-06-01T12:00:00.000Z",
      level: "error",
      msg: "disk is full",
      stack: "bob",
      trace,
    });
    expect(lineOf({ msg: "x", stack: ["at a", "at b"] }, "bob")).toMatchObject({
      stack: "bob",
      trace: ["at a", "at b"],
    });
  });

  test("with a stack trace is of the stack that it names under another name", () => {
    expect(lineOf({ stack: "Error\n at x", stack_name: "alice", trace: "id-1" }, "bob")).toEqual({
      time: "2026-06-01T12:00:00.000Z",
      level: "info",
      msg: "",
      stack: "alice",
      trace: "id-1",
      sender_trace: "Error\n at x",
    });
  });

  test("has the first of several names that says something, and what is left over never wins", () => {
    expect(lineOf({ msg: null, message: "disk is full" })).toMatchObject({ msg: "disk is full" });
    expect(lineOf({ msg: "", message: "disk is full" })).toMatchObject({ msg: "disk is full" });
    expect(lineOf({ kind: 5, event: "disk.full" })).toMatchObject({ msg: "disk.full", kind: 5 });
    const timestamp = "2026-06-01T11:00:00Z";
    expect(lineOf({ timestamp, time: "x", level: null, severity: "error", stack: "" })).toEqual({
      time: "2026-06-01T11:00:00.000Z",
      level: "error",
      msg: "",
      stack: "unknown",
      sender_time: "x",
    });
    expect(
      lineOf({ time: "soon", ts: timestamp, level: "loud", lvl: 50, sender_time: "mine" }),
    ).toMatchObject({
      time: "2026-06-01T11:00:00.000Z",
      level: "error",
      sender_level: "loud",
      sender_time: "mine",
      sender_sender_time: "soon",
    });
  });

  test("keeps a time or level that is not understood", () => {
    expect(lineOf({ timestamp: "soon", level: "loud" })).toMatchObject({
      time: "2026-06-01T12:00:00.000Z",
      timestamp: "soon",
      level: "info",
      sender_level: "loud",
    });
  });

  test.each(["constructor", "__proto__", "valueof"])("with the level %s is info", (level) => {
    expect(entryOf({ level }).level).toBe("info");
  });

  test("over 256 KB is refused before secrets are looked for in it", () => {
    const seen = vi.fn(redact);
    const value = { msg: "é".repeat(131_072) };
    expect(readEvent(value, { stack: null, nowMs, redact: seen })).toEqual({
      ok: false,
      detail: "it is larger than 262144 bytes",
    });
    const fields = Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`f${n}`, 0]));
    expect(readEvent(fields, { stack: null, nowMs, redact: seen })).toMatchObject({ ok: false });
    expect(seen).not.toHaveBeenCalled();
    expect(read({ msg: "é".repeat(131_000) })).toMatchObject({ ok: true });
  });

  test("loses secrets in its line and in what it is looked for by, before that is cut", () => {
    const long = `${"k".repeat(95)}canary-secret`;
    const { line, metadata } = entryOf({ msg: "canary-secret", kind: long, app: "canary-secret" });
    expect(line).not.toContain("canary");
    expect(metadata).toEqual({
      stack: "unknown",
      kind: `${"k".repeat(95)}(secr`,
      component: "(secret)",
    });
    expect(entryOf({ msg: "x" }, "canary-secret").metadata).toEqual({ stack: "(secret)" });
  });

  test("that is no object or text is refused, as is what is nested too deeply", () => {
    const deep = JSON.parse(`{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`) as unknown;
    for (const value of [5, null, true, [], deep]) {
      expect(read(value)).toMatchObject({ ok: false });
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

  test.each([
    ["an array", `[${"{},".repeat(1_000)}{}]`, "application/json"],
    ["a wrapped list", `{"logs":[${"1,".repeat(1_000)}1]}`, "application/json"],
    ["lines", "{}\n".repeat(1_001), "application/x-ndjson"],
    ["broken lines", "{\n".repeat(1_001), "application/json"],
    ["text", "x\r\n".repeat(1_001), "text/plain"],
  ])(
    "of more than 1,000 events in %s is refused, and none of them is read",
    (_what, text, type) => {
      const parse = vi.spyOn(JSON, "parse");
      try {
        expect(readBody(text, type)).toMatchObject({
          ok: false,
          status: 413,
          detail: expect.stringContaining("1000 events"),
        });
        expect(parse.mock.calls.length).toBeLessThanOrEqual(1);
      } finally {
        parse.mockRestore();
      }
    },
  );

  test("of 1,000 events is read, and blank lines are none", () => {
    expect(values(`${"\n \r\n".repeat(5_000)}${"1\n\n".repeat(1_000)}`)).toHaveLength(1_000);
    expect(values("  indented\n\tmore\n", "text/plain")).toEqual(["  indented", "\tmore"]);
  });

  test("has at most 2,048 bytes beside its list, as each event gets them", () => {
    const long = (length: number): string => `{"events":[{}],"x":"${"y".repeat(length)}"}`;
    expect(values(long(2_040))).toEqual([{ x: "y".repeat(2_040) }]);
    const deep = `{"events":[{}],"x":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
    for (const text of [long(2_041), deep]) {
      expect(values(text)).toEqual({
        ok: false,
        status: 413,
        detail: "what stands next to the list of events has at most 2048 bytes",
      });
    }
  });

  test("has no event made of what stands next to its list alone", () => {
    expect(values('{"stack":"x","events":[null,5,"text"]}')).toEqual([null, 5, "text"]);
  });

  test("that is nothing of these is refused", () => {
    for (const text of ["", "  \n", "not json", "not\njson"]) {
      expect(values(text)).toMatchObject({ ok: false });
    }
  });
});
