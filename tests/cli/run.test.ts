// What a person sees of a controller that starts: on a terminal, and where logs are read.
import { describe, expect, test } from "vitest";
import { run } from "../../src/cli/run.ts";
import { CapstanError } from "../../src/lib/errors.ts";
import { until } from "../support/until.ts";
import { act, createFakeEngine, createStage, type StageOptions } from "./support.ts";

const empty = new CapstanError(
  "not-found",
  "https://git.example.com/stacks.git has no commits yet",
  {
    kind: "no-commits",
    hint: "push a first commit to branch main",
  },
);

/** Begins to run, and presses Ctrl-C when the engine was started. */
async function start(error: CapstanError | null, options: StageOptions = {}, logged = "") {
  const engine = createFakeEngine({
    inventory: async () => {
      if (error !== null) throw error;
      return await createFakeEngine().inventory();
    },
  });
  const stage = createStage({
    ...options,
    engine: {
      ...engine,
      state: () => ({ ...engine.state(), sourceError: logged === "" ? null : logged }),
      start: () => {
        engine.start();
        stage.interrupt();
      },
    },
  });
  return { ...(await act(run, stage, {})), asked: engine.asked };
}

describe("a repository with nothing in it", () => {
  test("does not end it: it keeps trying, and says what to push", async () => {
    const { code, err, asked } = await start(empty);
    expect(code).toBe(0);
    expect(asked).toContain("start");
    expect(err).toContain(
      "https://git.example.com/stacks.git has no commits yet (push a first commit to branch main); waiting for the first commit\n" +
        "A clone of it gets its first files from `capstan init FOLDER`\n",
    );
  });

  test("is told once where the log tells it too", async () => {
    const message = `${empty.message} (${empty.hint ?? ""})`;
    const { err } = await start(empty, {}, message);
    expect(err).not.toContain("no commits yet");
    expect(err).toContain("Waiting for the first commit\n");
    expect((await start(empty, { io: { live: true } }, message)).err).toContain("no commits yet");
  });

  test("is not one that does not exist: that ends it", async () => {
    const missing = new CapstanError(
      "not-found",
      "x.git cannot be read: there is no such repository",
    );
    await expect(start(missing)).rejects.toBe(missing);
  });
});

test("a server that is out of reach does not end it", async () => {
  const { code, err } = await start(new CapstanError("unavailable", "it cannot be reached"));
  expect(code).toBe(0);
  expect(err).toContain("it cannot be reached; Capstan keeps trying\n");
  expect(err).not.toContain("init FOLDER");
});

test("how to push to its own repository is told with commands that work here", async () => {
  const { err } = await start(null, { session: { ownRepository: "/data/stacks.git" } });
  expect(err).toContain("  git clone /data/stacks.git my-stacks\n  capstan init my-stacks ");
});

describe("a portal that cannot make stacks", () => {
  const hindrance = { message: "Git has no valid template ai-stack", hint: "commit it" };
  const line =
    "The portal on http://127.0.0.1:3000/ cannot make stacks: Git has no valid template ai-stack (commit it)\n";

  test("is told at the start", async () => {
    const { err } = await start(null, { session: { portalHindrance: async () => hindrance } });
    expect(err).toContain(line);
  });

  test("is told once, and again when it can", async () => {
    const engine = createFakeEngine();
    let now: typeof hindrance | null = hindrance;
    const portalHindrance = async () => now;
    const stage = createStage({ engine, session: { portalHindrance } });
    const running = act(run, stage, {});
    const said = (): string => stage.terminal.err();
    await until("it was told", () => said().includes(line));
    engine.tell({ kind: "revision" });
    now = null;
    engine.tell({ kind: "revision" });
    await until("it is told", () => said().includes("makes stacks now"));
    stage.interrupt();
    const { err } = await running;
    expect(err.split(line)).toHaveLength(2);
  });
});
