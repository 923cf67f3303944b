import { describe, expect, test } from "vitest";
import { createLiveLines } from "../../src/cli/live-lines.ts";
import { showProgress } from "../../src/cli/progress.ts";
import type { Clock } from "../../src/lib/clock.ts";
import type { Problem } from "../../src/model/desired.ts";
import type { Event, StackStatus } from "../../src/model/status.ts";
import { createFakeEngine, createTerminal, did, status } from "./support.ts";

/** Turned by hand; timers run when their time has come. */
function createHandClock() {
  let nowMs = 0;
  const timers = new Set<{ readonly atMs: number; readonly run: () => void }>();
  const clock: Clock = {
    now: () => nowMs,
    sleep: async () => undefined,
    after(ms, run) {
      const timer = { atMs: nowMs + ms, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
  };
  return {
    clock,
    pending: () => timers.size,
    pass(ms: number) {
      nowMs += ms;
      for (const timer of [...timers].filter(({ atMs }) => atMs <= nowMs)) {
        timers.delete(timer);
        timer.run();
      }
    },
  };
}

/** What a terminal shows after these texts: only the control sequences that are used here. */
function screen(text: string): readonly string[] {
  const rows: string[] = [""];
  let row = 0;
  for (const [part] of text.matchAll(/\u001b\[\d*[AJ]|\r|\n|[^\u001b\r\n]+/g)) {
    const up = /^\u001b\[(\d+)A$/.exec(part);
    if (up !== null) row -= Number(up[1]);
    else if (part === "\u001b[J") rows.splice(row, rows.length, "");
    else if (part === "\n") {
      row += 1;
      rows[row] ??= "";
    } else if (part !== "\r") rows[row] = (rows[row] ?? "") + part;
  }
  return rows;
}

describe("on a terminal", () => {
  test("lines at the bottom are rewritten, and what is printed stays above them", () => {
    const terminal = createTerminal({ live: true });
    const time = createHandClock();
    let lines: readonly string[] = ["shop  deploying"];
    const live = createLiveLines(terminal.io, time.clock, () => lines);
    live.refresh();
    live.print("✓ blog  ready");
    expect(screen(terminal.err())).toEqual(["✓ blog  ready", "⠋ shop  deploying", ""]);
    time.pass(120);
    lines = ["shop  running"];
    live.refresh();
    expect(screen(terminal.err())).toEqual(["✓ blog  ready", "⠙ shop  running", ""]);
    live.stop();
    live.stop();
    expect(screen(terminal.err())).toEqual(["✓ blog  ready", ""]);
    expect(time.pending()).toBe(0);
  });

  test("no line is wider than the terminal, and never more than ten are shown", () => {
    const terminal = createTerminal({ live: true, width: 20 });
    const many = Array.from({ length: 30 }, (_, index) => `stack-${index} with a long message`);
    const live = createLiveLines(terminal.io, createHandClock().clock, () => many);
    live.refresh();
    live.stop();
    const rows = terminal.err().split("\n");
    expect(rows.filter((row) => row.includes("stack-"))).toHaveLength(10);
    expect(rows.some((row) => row.includes("and 20 more"))).toBe(true);
    for (const row of rows.filter((each) => !each.includes("\u001b"))) {
      expect(Array.from(row).length).toBeLessThan(20);
    }
  });

  test("a stack at work shows what it does and for how long, and one line when it is done", () => {
    const terminal = createTerminal({ live: true });
    const time = createHandClock();
    const engine = createFakeEngine();
    const progress = showProgress(engine, terminal.io, time.clock);
    engine.setStacks([status("shop", { kind: "progressing", message: "" })]);
    engine.tell({ stack: "shop", kind: "rollout", message: "app/web: deploying" });
    time.pass(3_000);
    expect(screen(terminal.err())).toEqual(["⠙ shop  web: deploying  3s", ""]);
    engine.setStacks([status("shop", { kind: "converged" })]);
    engine.tell({ stack: "shop", kind: "outcome", message: "in sync" });
    expect(screen(terminal.err())).toEqual(["✓ shop  ready", ""]);
    progress.stop();
    expect(time.pending()).toBe(0);
  });
});

describe("elsewhere", () => {
  function show(tell: (engine: ReturnType<typeof createFakeEngine>) => void): string {
    const terminal = createTerminal();
    const engine = createFakeEngine();
    const progress = showProgress(engine, terminal.io, createHandClock().clock);
    tell(engine);
    progress.stop();
    engine.tell({ stack: "late", message: "is not shown any more" });
    return terminal.err();
  }

  test("every action is a line, what repeats is told once, and no line is rewritten", () => {
    const text = show((engine) => {
      engine.setStacks([status("shop", { kind: "converged" })]);
      engine.tell(did("shop", "create-project", "project shop", { kind: "missing" }));
      engine.tell(did("shop", "rollout", "app/web", { kind: "new", what: "application" }));
      engine.tell(did("shop", "rollout", "app/web", { kind: "resumed" }));
      engine.tell(did("shop", "mark", "project, app/web", { kind: "marker", when: "after" }));
      engine.tell({ stack: "shop", kind: "outcome", message: "in sync" });
      engine.tell({ stack: "shop", kind: "outcome", message: "in sync" });
    });
    expect(text).toBe("· shop  created project shop\n· shop  deploying web\n✓ shop  ready\n");
  });

  test("that what runs is being watched is told, once", () => {
    const rollout = (phase: "starting" | "settling", message: string): Partial<Event> => ({
      stack: "shop",
      kind: "rollout",
      message: `app/web: ${message}`,
      rollout: {
        service: "app/web",
        phase,
        attempt: 1,
        running: 1,
        wanted: 1,
        why: null,
        log: [],
      },
    });
    const text = show((engine) => {
      engine.setStacks([status("shop", { kind: "progressing", message: "" })]);
      for (let times = 0; times < 2; times += 1) {
        engine.tell(rollout("starting", "0 of 1 replicas are running"));
        engine.tell(rollout("settling", "runs; watching it for 30s"));
      }
    });
    expect(text).toBe("· shop  web: runs; watching it for 30s\n");
  });

  test("what drifted is told with why and with its fields", () => {
    const text = show((engine) => {
      const cause = { kind: "drift", change: { what: "fields", fields: ["image"] } } as const;
      engine.tell({
        ...did("shop", "configure-service", "app/web", cause),
        kind: "drift",
        level: "warn",
        changes: [{ path: "image", was: "nginx:2", is: "nginx:1" }],
      });
    });
    expect(text).toBe(
      "· shop  configured web: drift: image changed on the server (image: nginx:2 → nginx:1)\n",
    );
  });

  test("stacks that were as Git says already are not told", () => {
    const text = show((engine) => {
      engine.setStacks([status("quiet", { kind: "converged" })]);
      engine.tell({ stack: "quiet", kind: "outcome", message: "in sync" });
    });
    expect(text).toBe("");
  });

  test("failures, retries and errors of the server are told", () => {
    const text = show((engine) => {
      engine.setStacks([status("shop", { kind: "failed", message: "", retryAfterMs: null })]);
      engine.tell({ stack: "shop", kind: "outcome", level: "warn", message: "no answer" });
      engine.setStacks([status("shop", { kind: "terminal", message: "" })]);
      engine.tell({ stack: "shop", kind: "outcome", level: "error", message: "gave up" });
      engine.tell({ kind: "platform-error", level: "error", message: "cannot be reached" });
    });
    expect(text).toBe("✗ shop  no answer\n✗ shop  gave up\ncannot be reached\n");
  });

  test("a stack that is mended is told, although nothing had to be done", () => {
    const text = show((engine) => {
      engine.setStacks([status("shop", { kind: "terminal", message: "" })]);
      engine.tell({ stack: "shop", kind: "outcome", level: "error", message: "gave up" });
      engine.setStacks([status("shop", { kind: "converged" })]);
      engine.tell({ stack: "shop", kind: "outcome", message: "in sync" });
      engine.tell({ stack: "shop", kind: "outcome", message: "in sync" });
    });
    expect(text).toBe("✗ shop  gave up\n✓ shop  ready\n");
  });

  test("what failed or was not done keeps the order that it was", () => {
    const text = show((engine) => {
      engine.tell({ stack: "a", level: "error", message: "create project a: no room" });
      engine.tell({ stack: "a", message: "create app/web not done: its project is missing" });
    });
    expect(text).toBe(
      "· a  create project a: no room\n· a  create web not done: its project is missing\n",
    );
  });

  test("what was removed has no status any more and is told", () => {
    const text = show((engine) => {
      const cause = { kind: "left-git", what: "stack", kept: false } as const;
      engine.tell(did("zoo", "delete-project", "project zoo", cause));
      engine.tell({ stack: "zoo", kind: "outcome", message: "removed" });
    });
    expect(text).toBe(
      "· zoo  deleted project zoo (its stack is no longer in Git)\n" + "✓ zoo  removed\n",
    );
  });
});

describe("for somebody who follows for long", () => {
  const place = { file: "shop.yaml", line: 3, column: 5 };
  const broken = { place, message: "`imgae` is unknown", hint: "did you mean?", stack: "shop" };
  const first = "shop.yaml:3:5 `imgae` is unknown (did you mean?)";

  function follow(
    problems: readonly Problem[],
    stacks: readonly StackStatus[],
    tell: (engine: ReturnType<typeof createFakeEngine>) => void = () => undefined,
  ): string {
    const terminal = createTerminal();
    const engine = createFakeEngine();
    engine.setStacks(stacks);
    const state = engine.state();
    const known = { ...engine, state: () => ({ ...state, problems }) };
    const progress = showProgress(known, terminal.io, createHandClock().clock, { follow: true });
    tell(engine);
    progress.stop();
    return terminal.err();
  }

  test("mistakes and stacks that are not ready are told from the start", () => {
    const waits = status("blog", {
      kind: "waiting",
      reason: "conflict",
      message: "",
      afterMs: null,
    });
    const nameless = { ...broken, stack: null, hint: null };
    expect(follow([broken, nameless], [waits, status("fine", { kind: "converged" })])).toBe(
      `✗ shop  ${first}\n✗ shop.yaml:3:5 \`imgae\` is unknown\n… blog  \n`,
    );
  });

  test("a mistake is told once, also where its stack fails by it and a commit leaves it", () => {
    const text = follow([broken], [], (engine) => {
      engine.setStacks([status("shop", { kind: "terminal", message: "" })]);
      const message = "shop.yaml:3:5 `imgae` is unknown";
      engine.tell({ stack: "shop", kind: "outcome", level: "error", message });
      engine.tell({ kind: "revision", message: "abc another commit" });
      engine.tell({ stack: "shop", kind: "problem", level: "error", message: first });
      engine.tell({ kind: "revision", message: "def mend it" });
      engine.setStacks([status("shop", { kind: "converged" })]);
      engine.tell({ stack: "shop", kind: "outcome", message: "in sync" });
    });
    expect(text).toBe(`✗ shop  ${first}\nabc another commit\ndef mend it\n✓ shop  ready\n`);
  });

  test("a mistake of a new commit is told, of a document without a name too", () => {
    const text = follow([], [], (engine) => {
      engine.tell({ kind: "revision", message: "abc break it" });
      engine.tell({ kind: "problem", level: "error", message: "a.yaml:1:1 is not a manifest" });
    });
    expect(text).toBe("abc break it\n✗ a.yaml:1:1 is not a manifest\n");
  });
});
