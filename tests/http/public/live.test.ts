// What the stream tells, as values: the dashboard's state, and the lines of a followed log.
import { describe, expect, test } from "vitest";
import type { Overview } from "../../../src/http/api/shapes/dashboard.ts";
import { liveFrom, withMessages } from "../../../src/http/public/dashboard/live/live.ts";
import { share } from "../../../src/http/public/dashboard/stack/rollout-tab.ts";
import {
  emptyLog,
  gravity,
  mostLines,
  pieces,
  searchLog,
  withLogMessage,
} from "../../../src/http/public/dashboard/stack/log-state.ts";
import { someEvents } from "../../support/pages-events.ts";
import { someStacks, timesAt } from "../../support/pages-stacks.ts";

const times = timesAt(Date.parse("2026-11-28T12:00:00Z"));
const stacks = someStacks(times);
const overview = { problems: 0, approvals: [] } as unknown as Overview;
const live = liveFrom(overview, stacks, []);
const names = (value: typeof live): readonly string[] => [...value.stacks.keys()];
const same = (stack: (typeof stacks)[number]): unknown => JSON.parse(JSON.stringify(stack));

describe("the stream", () => {
  test("that repeats what is known changes nothing, so that nothing is drawn", () => {
    const again = stacks.map((stack) => ({ type: "stack", data: same(stack) }));
    const messages = [
      { type: "overview", data: { problems: 0, approvals: [] } },
      { type: "reset", data: { stacks: stacks.map(({ name }) => name) } },
      ...again,
    ];
    expect(withMessages(live, messages)).toBe(live);
  });

  test("changes the stack that it names, and leaves the others the same objects", () => {
    const changed = { ...stacks[0]!, state: "ready" };
    const next = withMessages(live, [{ type: "stack", data: changed }]);
    expect(next.stacks.get("shop")?.state).toBe("ready");
    expect(next.stacks.get("blog")).toBe(live.stacks.get("blog"));
  });

  test("takes away what is gone, one by one or by what a new beginning does not name", () => {
    const gone = withMessages(live, [{ type: "gone", data: { name: "shop" } }]);
    expect(names(gone)).not.toContain("shop");
    const reset = withMessages(live, [{ type: "reset", data: { stacks: ["blog"] } }]);
    expect(names(reset)).toEqual(["blog"]);
  });

  test("keeps each event once, the newest first, and not without end", () => {
    const [one] = someEvents(times);
    const twice = withMessages(live, [
      { type: "event", data: one },
      { type: "event", data: one },
    ]);
    expect(twice.events).toHaveLength(1);
    const many = Array.from({ length: 800 }, (_, index) => ({
      type: "event",
      data: { ...one, id: `e-${index}` },
    }));
    const { events } = withMessages(live, many);
    expect(events).toHaveLength(500);
    expect(events[0]?.id).toBe("e-799");
  });

  test("of a newer server with a message that is not known here does no harm", () => {
    expect(withMessages(live, [{ type: "later", data: null }])).toBe(live);
  });
});

describe("a log", () => {
  const lines = (service: string, ...texts: readonly [at: string | null, text: string][]) => ({
    service: `app/${service}`,
    name: service,
    lines: texts.map(([at, text]) => ({ at, text })),
  });
  const log = withLogMessage(
    withLogMessage(
      emptyLog,
      "lines",
      lines(
        "web",
        ["2026-11-28T12:00:01.000Z", "one"],
        ["2026-11-28T12:00:03.000Z", "three"],
        [null, "at trace"],
      ),
    ),
    "lines",
    lines("worker", ["2026-11-28T12:00:02.000Z", "two"]),
  );

  test("of several services is in the order of time; lines without one stay behind theirs", () => {
    expect(log.lines.map(({ text }) => text)).toEqual(["one", "two", "three", "at trace"]);
    expect(new Set(log.lines.map(({ number }) => number)).size).toBe(4);
  });

  test("is bounded, and loses its oldest lines first", () => {
    const many = Array.from({ length: mostLines + 10 }, (_, index): [null, string] => [
      null,
      `${index}`,
    ]);
    const full = withLogMessage(emptyLog, "lines", lines("web", ...many));
    expect(full.lines).toHaveLength(mostLines);
    expect(full.lines[0]?.text).toBe("10");
  });

  test("shows no colours of terminals, and says what could not be read", () => {
    const escape = String.fromCharCode(27);
    const coloured = withLogMessage(
      emptyLog,
      "lines",
      lines("web", [null, `${escape}[31mred${escape}[0m`]),
    );
    expect(coloured.lines[0]?.text).toBe("red");
    const problem = withLogMessage(coloured, "problem", { message: "no answer" });
    expect(problem).toMatchObject({ problem: "no answer", isEnded: false });
    expect(withLogMessage(problem, "end", { message: "gone" })).toMatchObject({ isEnded: true });
    expect(withLogMessage(problem, "lines", lines("web")).problem).toBeNull();
  });

  test("is searched without regard to capitals, and the found text is marked", () => {
    expect(searchLog(log.lines, "TWO").map(({ text }) => text)).toEqual(["two"]);
    expect(pieces("a Two and two", "two")).toEqual(["a ", "Two", " and ", "two", ""]);
    expect(pieces("nothing", "two")).toEqual(["nothing"]);
  });

  test.each([
    ["ERROR relation does not exist", "bad"],
    ["level=warn slow", "wait"],
    ["no terror here", null],
  ])("%s is %s", (text, tone) => {
    expect(gravity(text)).toBe(tone);
  });
});

test("a phase lies in its rollout to scale, and is never too short to be seen", () => {
  const whole = { from: 0, to: 10_000 };
  expect(share({ from: 2_000, to: 7_000 }, whole)).toEqual({ x: 200, width: 500 });
  expect(share({ from: 0, to: 1 }, whole)).toEqual({ x: 0, width: 8 });
  expect(share({ from: 10_000, to: 10_000 }, whole)).toEqual({ x: 992, width: 8 });
});
