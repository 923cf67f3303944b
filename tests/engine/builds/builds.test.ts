// A stack that waits for the build of its image: which run counts, and what each end of it means.
import { beforeEach, describe, expect, test } from "vitest";
import { buildVerdict, commitOf } from "../../../src/engine/builds/build-runs.ts";
import { buildSources, repositoryOf } from "../../../src/engine/builds/build-sources.ts";
import { createBuilds } from "../../../src/engine/builds/builds.ts";
import type { Builds } from "../../../src/engine/builds/builds.ts";
import { createEndedRuns } from "../../../src/engine/builds/ended-runs.ts";
import { CapstanError } from "../../../src/lib/errors.ts";
import type { DesiredStack } from "../../../src/model/desired.ts";
import type { RunState, WorkflowRun } from "../../../src/model/forge.ts";
import type { Action } from "../../../src/model/plan.ts";
import type { Signal } from "../../../src/ports-telemetry.ts";
import { webStack } from "../../support/web-stack.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";
import type { VirtualClock } from "../../support/virtual-clock.ts";
import { waking } from "../../support/wakeups.ts";

const wanted = { repository: "acme/shop", workflow: "build.yaml" };
const run = (number: number, state: RunState, headSha = `${number}`.repeat(40)): WorkflowRun => ({
  id: String(number),
  number,
  title: "Build",
  workflow: "build.yaml",
  branch: "main",
  headSha,
  state,
  url: `https://git.example.com/acme/shop/actions/runs/${number}`,
  startedAtMs: 0,
});
const image = "ghcr.io/acme/shop:1.4.2";

describe("the run that counts", () => {
  test.each([
    ["success", "green"],
    ["running", "running"],
    ["waiting", "running"],
    ["failure", "held"],
    ["cancelled", "held"],
  ] as const)("a newest run that is %s makes it %s", (state, kind) => {
    expect(buildVerdict(image, wanted, [run(2, state), run(1, "success")]).kind).toBe(kind);
  });

  test("a skipped run built nothing: the one before it counts", () => {
    expect(buildVerdict(image, wanted, [run(3, "skipped"), run(2, "failure")]).kind).toBe("held");
    expect(buildVerdict(image, wanted, [run(3, "skipped"), run(2, "success")]).kind).toBe("green");
  });

  test("no run at all holds the stack and says where was looked", () => {
    const verdict = buildVerdict(image, wanted, []);
    expect(verdict).toMatchObject({
      kind: "held",
      message: "no run of build.yaml is found in acme/shop",
    });
  });

  test("an image that names its commit waits for the run of that commit", () => {
    const tagged = "ghcr.io/acme/shop:main-3f9c2ab";
    const older = run(1, "success", `3f9c2ab${"0".repeat(33)}`);
    expect(buildVerdict(tagged, wanted, [run(2, "failure"), older]).kind).toBe("green");
    expect(buildVerdict(tagged, wanted, [run(2, "success")]).kind).toBe("held");
  });

  test("versions and dates are no commits", () => {
    expect(commitOf("acme/shop:1.4.2")).toBeNull();
    expect(commitOf("acme/shop:20261122")).toBeNull();
    expect(commitOf("localhost:5000/acme/shop")).toBeNull();
    expect(commitOf("acme/shop:sha-3f9c2ab@sha256:aa")).toBe("3f9c2ab");
  });
});

let clock: VirtualClock;
let answers: () => readonly WorkflowRun[];
let asked: number;
let woken: string[];
let builds: Builds;
const stack: DesiredStack = (() => {
  const plain = webStack({ image }, { name: "shop" });
  const [web] = plain.services;
  if (web === undefined) throw new Error("no service");
  return { ...plain, services: [{ ...web, rollout: { ...web.rollout, after: wanted } }] };
})();
const service = stack.services[0]?.key ?? "";
const newImage = [
  { type: "configure-service", service, changes: [{ path: "image", was: "a", is: image }] },
  { type: "rollout", service, changes: [] },
] as unknown as readonly Action[];

beforeEach(() => {
  clock = createVirtualClock();
  asked = 0;
  woken = [];
  answers = () => [run(1, "success")];
  builds = createBuilds({
    forge: {
      runs: async () => {
        asked += 1;
        return answers();
      },
    },
    clock,
    wakeups: waking((name) => void woken.push(name)),
  });
});

test("a new image waits until its runs are known, and goes out when the newest is green", async () => {
  expect(builds.wait(stack, newImage)?.reason).toBe("build");
  await clock.advance(0);
  expect(woken).toEqual(["shop"]);
  expect(builds.wait(stack, newImage)).toBeNull();
});

test("a build under way is asked for again, and many stacks ask once", async () => {
  answers = () => [run(1, "running")];
  builds.wait(stack, newImage);
  builds.wait({ ...stack, name: "shop2" }, newImage);
  await clock.advance(0);
  expect(asked).toBe(1);
  expect(woken.sort()).toEqual(["shop", "shop2"]);
  const waits = builds.wait(stack, newImage);
  expect(waits).toMatchObject({ reason: "build", afterMs: 30_000 });
  await clock.advance(30_000);
  answers = () => [run(1, "success")];
  builds.wait(stack, newImage);
  await clock.advance(0);
  expect(builds.wait(stack, newImage)).toBeNull();
});

test("a delivery of the host makes what is known old at once", async () => {
  answers = () => [run(1, "running")];
  builds.wait(stack, newImage);
  await clock.advance(0);
  answers = () => [run(1, "success")];
  builds.changed();
  builds.wait(stack, newImage);
  await clock.advance(0);
  expect(builds.wait(stack, newImage)).toBeNull();
});

test("what brings no new image waits for no build", () => {
  const env = [
    { type: "configure-service", service, changes: [{ path: "env.A", was: "1", is: "2" }] },
    { type: "rollout", service, changes: [] },
  ] as unknown as readonly Action[];
  expect(builds.wait(stack, env)).toBeNull();
  expect(asked).toBe(0);
});

test("a host that cannot be asked holds the stack and says why", async () => {
  answers = () => {
    throw new CapstanError("unavailable", "git.example.com cannot be reached");
  };
  builds.wait(stack, newImage);
  await clock.advance(0);
  expect(builds.wait(stack, newImage)).toMatchObject({
    reason: "build-held",
    message: `${service}: runs of build.yaml: git.example.com cannot be reached`,
  });
});

test("without a Git host it is held, never let go unseen", async () => {
  builds = createBuilds({ forge: null, clock, wakeups: waking((name) => void woken.push(name)) });
  builds.wait(stack, newImage);
  await clock.advance(0);
  expect(builds.wait(stack, newImage)?.message).toContain("FORGE");
});

test("the latest runs are listed with the stacks that name them", async () => {
  const [status] = await builds.list([stack, { ...stack, name: "shop2" }]);
  expect(status).toMatchObject({ ...wanted, stacks: ["shop", "shop2"], error: null });
  expect(status?.runs.map(({ number }) => number)).toEqual([1]);
});

describe("an image in the host's own registry", () => {
  test("names its repository", () => {
    expect(repositoryOf("git.example.com/acme/shop:1.2", "git.example.com")).toBe("acme/shop");
    expect(repositoryOf("ghcr.io/acme/shop@sha256:aa", "ghcr.io")).toBe("acme/shop");
    expect(repositoryOf("git.example.com:3000/acme/shop/web:1", "git.example.com:3000")).toBe(
      "acme/shop",
    );
    for (const other of ["nginx:1", "acme/shop:1", "ghcr.io/acme/shop", "git.example.com/shop:1"]) {
      expect(repositoryOf(other, "git.example.com"), other).toBeNull();
    }
    expect(repositoryOf("git.example.com/../shop", "git.example.com")).toBeNull();
    expect(repositoryOf(image, null)).toBeNull();
  });

  const guessed = webStack({ image }, { name: "blog" });
  const listing = (runs: () => readonly WorkflowRun[], queries: object[] = []): Builds =>
    createBuilds({
      forge: {
        runs: async (query) => {
          queries.push(query);
          return runs();
        },
      },
      registryHost: "ghcr.io",
      clock,
      wakeups: waking((name) => void woken.push(name)),
    });

  test("is shown with all that runs in its repository, and waits for none of it", async () => {
    const queries: object[] = [];
    const all = listing(() => [run(2, "failure"), run(1, "success")], queries);
    expect(all.wait(guessed, newImage)).toBeNull();
    const [status] = await all.list([guessed]);
    expect(queries).toEqual([{ repository: "acme/shop", limit: 20 }]);
    expect(status).toMatchObject({ repository: "acme/shop", workflow: null, stacks: ["blog"] });
    expect(status?.runs).toHaveLength(2);
  });

  test("that has no repository of its name, or one without CI, is passed over", async () => {
    for (const code of ["not-found", "unsupported"] as const) {
      const none = listing(() => {
        throw new CapstanError(code, "acme/shop is not there");
      });
      expect(await none.list([guessed])).toEqual([]);
    }
    const refused = listing(() => {
      throw new CapstanError("forbidden", "the token may not");
    });
    expect(await refused.list([guessed])).toMatchObject([{ error: "the token may not" }]);
  });

  test("is no guess where its stack names the workflow", () => {
    const both = { ...stack, services: [...stack.services, ...guessed.services] };
    expect(buildSources([both, guessed], "ghcr.io")).toEqual([
      { repository: "acme/shop", workflow: null, stacks: ["blog"] },
      { ...wanted, stacks: ["shop"] },
    ]);
  });
});

test("one stack's builds are asked for alone, and still name all that wait for them", async () => {
  const other = { ...stack, name: "shop2" };
  const blog = webStack({ image }, { name: "blog" });
  expect(await builds.list([stack, other, blog], "blog")).toEqual([]);
  expect(asked).toBe(0);
  expect(await builds.list([stack, other, blog], "shop")).toMatchObject([
    { stacks: ["shop", "shop2"] },
  ]);
});

test("who looks waits a moment for a silent host, and what it says later is there the next time", async () => {
  const answer = Promise.withResolvers<readonly WorkflowRun[]>();
  builds = createBuilds({
    forge: { runs: () => answer.promise },
    clock,
    wakeups: waking(() => undefined),
  });
  const looking = builds.list([stack]);
  await clock.advance(3_000);
  expect(await looking).toMatchObject([{ runs: [], error: "the Git host has not answered yet" }]);
  answer.resolve([run(1, "success")]);
  expect(await builds.list([stack])).toMatchObject([{ runs: [{ number: 1 }], error: null }]);
  expect(clock.pending()).toBe(0);
});

test("P7 of very many workflows a hundred are asked for, and the others say so", async () => {
  const [web] = stack.services;
  if (web === undefined) throw new Error("no service");
  const many = Array.from({ length: 103 }, (_, index) => {
    const after = { repository: `acme/shop${index}`, workflow: "build.yaml" };
    return {
      ...stack,
      name: `s${index}`,
      services: [{ ...web, rollout: { ...web.rollout, after } }],
    };
  });
  const all = await builds.list(many);
  expect(asked).toBe(100);
  expect(all).toHaveLength(103);
  expect(all.filter(({ error }) => error !== null)).toHaveLength(3);
});

describe("runs that ended", () => {
  function world() {
    const ended: string[] = [];
    const count = createEndedRuns((signal) => {
      if (signal.kind === "build-ended") ended.push(signal.result);
    });
    return {
      ended,
      see: (...runs: WorkflowRun[]) => {
        count("list", "acme/shop", runs);
      },
      count,
    };
  }

  test("are counted once, when they are first seen to have ended", () => {
    const { ended, see } = world();
    see(run(2, "running"), run(1, "success"));
    expect(ended).toEqual([]);
    see(run(3, "skipped"), run(2, "failure"), run(1, "success"));
    see(run(3, "skipped"), run(2, "failure"), run(1, "success"));
    expect(ended).toEqual(["skipped", "failure"]);
  });

  test("are counted once though several lists show them, and by repository", () => {
    const { ended, see, count } = world();
    see();
    count("another list", "acme/shop", []);
    see(run(1, "success"));
    count("another list", "acme/shop", [run(1, "success")]);
    expect(ended).toEqual(["success"]);
    count("list of blog", "acme/blog", []);
    count("list of blog", "acme/blog", [run(1, "cancelled")]);
    expect(ended).toEqual(["success", "cancelled"]);
  });

  test("are told of while a stack waits for them", async () => {
    const told: Signal[] = [];
    let state: RunState = "running";
    const watched = createBuilds({
      forge: { runs: async () => [run(1, state)] },
      clock,
      wakeups: waking(() => undefined),
      tell: (signal) => void told.push(signal),
    });
    watched.wait(stack, newImage);
    await clock.advance(0);
    state = "success";
    watched.changed();
    watched.wait(stack, newImage);
    await clock.advance(0);
    expect(told).toEqual([{ kind: "build-ended", result: "success" }]);
  });
});
