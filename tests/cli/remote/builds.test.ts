// `capstan get builds`, and the builds of one stack: what people and programs get to see of them.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { runProgram } from "../../../src/cli/program.ts";
import type { BuildStatus } from "../../../src/engine/builds/builds.ts";
import type { HttpServer } from "../../../src/http/server.ts";
import { serveEngine } from "../../support/serve-engine.ts";
import { buildRun } from "../../support/build-run.ts";
import { until } from "../../support/until.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";
import { createFakeEngine, createStage, status } from "../support.ts";

let server: HttpServer;
let builds: readonly BuildStatus[];

const shop: BuildStatus = {
  repository: "acme/shop",
  workflow: "build.yaml",
  stacks: ["shop", "shop2"],
  runs: [
    buildRun(9, "running", { headSha: `3f9c2ab${"0".repeat(33)}` }),
    ...[8, 7, 6].map((number) => buildRun(number, "success")),
  ],
  error: null,
};
const blog: BuildStatus = {
  repository: "acme/blog",
  workflow: "image.yaml",
  stacks: ["blog"],
  runs: [],
  error: "git.example.com cannot be reached",
};

beforeEach(async () => {
  builds = [blog, shop];
  const engine = createFakeEngine();
  engine.setStacks([status("shop", { kind: "converged" }), status("lone", { kind: "converged" })]);
  Object.assign(engine, {
    builds: async (stack?: string) =>
      builds.filter(({ stacks }) => stack === undefined || stacks.includes(stack)),
  });
  server = await serveEngine(engine);
});
afterEach(() => server.close());

const remoteSettings = () => ({ url: server.address, token: null, named: false });

async function run(...args: readonly string[]) {
  const stage = createStage({ factories: { remoteSettings } });
  const code = await runProgram(stage.context, args);
  return { code, out: stage.terminal.out(), err: stage.terminal.err() };
}

describe("get builds", () => {
  test("shows the newest three runs of each workflow, and why there are none", async () => {
    const { code, out, err } = await run("get", "builds");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const lines = out.trimEnd().split("\n");
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(
      /^REPOSITORY +WORKFLOW +RUN +STATUS +COMMIT +BRANCH +STARTED +STACKS +WHERE, OR WHY NOT$/,
    );
    expect(lines[1]).toMatch(/^acme\/blog +image\.yaml +- .* blog +git\.example\.com cannot be/);
    expect(lines[2]).toMatch(
      /^acme\/shop +build\.yaml +#9 +running +3f9c2ab +main +1970-01-01 00:00:09 +shop,shop2 +https:\S+\/runs\/9$/,
    );
    expect(out).not.toContain("#6");
  });

  test("tells programs more", async () => {
    const json = JSON.parse((await run("get", "builds", "-o", "json")).out);
    expect(json).toMatchObject({ total: 2, builds: [{ runs: [] }, { repository: "acme/shop" }] });
    expect(json.builds[1].runs).toHaveLength(4);
    expect(parse((await run("get", "builds", "-o", "yaml")).out)).toEqual(json);
  });

  test("says how a build becomes known where none is", async () => {
    builds = [];
    expect(await run("get", "builds")).toMatchObject({
      code: 0,
      out: expect.stringContaining("rollout.after"),
    });
  });

  test("says that nothing runs in a repository that was found", async () => {
    builds = [{ ...shop, runs: [] }];
    expect((await run("get", "builds")).out).toMatch(
      /build\.yaml +- +unknown .* no run is found$/m,
    );
  });

  test("a text of the host can do nothing to a terminal", async () => {
    builds = [{ ...shop, runs: [buildRun(1, "failure", { branch: "\u001b[2Jmain\n" })] }];
    const { out } = await run("get", "builds");
    expect(out).not.toContain("\u001b");
    expect(out.trimEnd().split("\n")).toHaveLength(2);
  });

  test("--watch prints again when a run has ended, and not before", async () => {
    const clock = createVirtualClock();
    const stage = createStage({ factories: { remoteSettings }, clock });
    const ended = runProgram(stage.context, ["get", "builds", "--watch"]);
    const shown = (): number => stage.terminal.out().split("REPOSITORY").length - 1;
    await until("it has been shown", () => shown() === 1);
    builds = [{ ...shop, runs: [buildRun(9, "failure")] }];
    await until("it is shown anew", async () => {
      await clock.advance(5_000);
      return shown() === 2;
    });
    expect(stage.terminal.out()).toMatch(/#9 +failure/);
    stage.interrupt();
    expect(await ended).toBe(0);
    expect(shown()).toBe(2);
    expect(clock.pending()).toBe(0);
  });
});

test("get stack shows the newest three builds of its images, and nothing where it has none", async () => {
  const { out } = await run("get", "stack", "shop");
  expect(out).toMatch(
    /^builds of its images, the newest first\n {2}acme\/shop +build\.yaml #9 +running +3f9c2ab +main +1970-01-01 00:00:09 +Change 9 https:\S+\n/m,
  );
  expect(out.match(/build\.yaml #/g)).toHaveLength(3);
  builds = [{ ...shop, runs: [], error: "no Git host is set" }];
  expect((await run("get", "stack", "shop")).out).toMatch(/^ {2}acme\/shop +build\.yaml +no Git/m);
  expect((await run("get", "stack", "lone")).out).not.toContain("builds");
});
