// `capstan apply` beside a controller: asked to do it where CAPSTAN_URL names it, refused where it only has
// the state.
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../../support/until.ts";
import { createWorld, manifest, type Printed, type World } from "../world.ts";

let world: World;
let controller: { interrupt: () => void; ended: Promise<Printed>; err: () => string } | null = null;
beforeEach(async () => {
  world = await createWorld();
  // What is asked for is done at once, not at the next resync.
  world.environment.RESYNC_INTERVAL = "1h";
  world.environment.POLL_SCHEDULE = "0 0 1 1 *";
});
afterEach(async () => {
  controller?.interrupt();
  await controller?.ended;
  controller = null;
  await world.close();
});

async function start(): Promise<void> {
  const { stage, ended } = world.begin("run", "--source", "stacks");
  controller = { interrupt: () => stage.interrupt(), ended, err: () => stage.terminal.err() };
  const address = await until("the controller listens", () =>
    /health (\S+)\/health/.exec(stage.terminal.err())?.at(1),
  );
  world.environment.CAPSTAN_URL = address;
  await until("it has read all", async () => (await fetch(`${address}/readyz`)).status === 200);
}

const images = () =>
  [...world.simulator.state.applications.values()].map(({ dockerImage }) => dockerImage).sort();

test("it asks the controller to look at Git now, follows it to the end and tells how it ended", async () => {
  await world.write({ "stacks/a.yaml": manifest("alpha"), "stacks/b.yaml": manifest("beta") });
  await start();
  const first = await world.capstan("apply");
  expect(first).toMatchObject({ code: 0 });
  expect(first.out).toMatch(/^2 of 2 stacks ready at [0-9a-f]{12}\n$/);
  expect(first.err).toContain("does the work: only one process writes.\n");
  expect(first.err.split("· alpha  web: runs; watching it for 50ms\n")).toHaveLength(2);

  await world.write({ "stacks/a.yaml": manifest("alpha", "nginx:2") });
  const second = await world.capstan("apply", "--stack", "alpha");
  expect(second.out).toMatch(/^✓ alpha {2}ready\n1 of 1 stack ready at /);
  expect(second.code).toBe(0);
  expect(images()).toEqual(["nginx:1", "nginx:2"]);
  expect(second.err.split("· alpha  configure web (image changed in Git)\n")).toHaveLength(2);
});

test("who has read up to an event gets what came after it, and nothing again", async () => {
  await world.write({ "stacks/a.yaml": manifest("alpha") });
  await start();
  const events = async (query: string): Promise<readonly { id: string }[]> => {
    const answer = await fetch(`${world.environment.CAPSTAN_URL ?? ""}/api/v1/events?${query}`);
    return ((await answer.json()) as { events: readonly { id: string }[] }).events;
  };
  await until("alpha is ready", async () => (await events("kind=rollout")).length > 3);
  await world.capstan("apply");
  const all = (await events("limit=1000")).map(({ id }) => id);
  expect(all.length).toBeGreaterThan(5);
  const after = await events(`after=${all.at(-3) ?? ""}`);
  expect(after.map(({ id }) => id)).toEqual(all.slice(-2));
});

test("what waits or is broken is told with why, and the exit code is 1", async () => {
  await world.write({ "stacks/a.yaml": manifest("alpha") });
  await start();
  await world.write({
    "stacks/b.yaml": manifest("beta").replace("spec:", "spec:\n  dependsOn: [delta]"),
    "stacks/d.yaml": manifest("delta").replace("spec:", "spec:\n  suspend: true"),
    "stacks/c.yaml": manifest("gamma").replace("image:", "imagee:"),
  });
  const { code, out } = await world.capstan("apply");
  expect(code).toBe(1);
  expect(out).toMatch(/^… beta +waits \(dependency\): waits for delta: it is suspended in Git$/m);
  expect(out).toMatch(/^… delta +waits \(suspended\): /m);
  expect(out).toMatch(/^c\.yaml:6:\d+ `applications\.web\.imagee` is unknown/m);
  const unknown = await world.capstan("apply", "--stack", "alhpa");
  expect(unknown).toMatchObject({ code: 1, out: "" });
  expect(unknown.err).toContain("hint:  did you mean `alpha`?\n");
});

test("a controller shows its documentation to everybody, also where nobody may sign in", async () => {
  await world.write({ "stacks/a.yaml": manifest("alpha") });
  world.environment.API_TOKENS = `zoe:viewer:${"0".repeat(64)}`;
  await start();
  const address = world.environment.CAPSTAN_URL ?? "";
  const page = await fetch(`${address}/docs/how-to/secrets`);
  expect([page.status, page.headers.get("Content-Security-Policy")?.split(";")[0]]).toEqual([
    200,
    "default-src 'self'",
  ]);
  expect(await page.text()).toContain('<h1 id="use-secrets">');
  expect((await fetch(`${address}/stacks`, { redirect: "manual" })).status).toBe(303);
});

test("a folder of its own is refused: the controller has another source", async () => {
  world.environment.CAPSTAN_URL = "http://127.0.0.1:1";
  const { code, err } = await world.capstan("apply", "--source", "stacks");
  expect(code).toBe(1);
  expect(err).toBe(
    "error: CAPSTAN_URL is set, and that controller has its own source\n" +
      "hint:  drop --source and push to that controller's Git; unset CAPSTAN_URL only for another server\n",
  );
});

test("W12 without CAPSTAN_URL, on the state of a controller, it says so and writes nothing", async () => {
  await world.write({ "stacks/a.yaml": manifest("alpha") });
  await start();
  delete world.environment.CAPSTAN_URL;
  await until("all is done", () => images().length === 1);
  await world.write({ "mine/a.yaml": manifest("alpha", "nginx:2"), "mine/b.yaml": manifest("b") });
  const { code, out, err } = await world.capstan("apply", "--source", "mine");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(
    /^error: capstan run, instance default, \(process \d+ on .+\) works with the same STATE_DIR: nothing is written\nhint: {2}set CAPSTAN_URL to its address/,
  );
  expect(world.simulator.state.projects.size).toBe(1);
  expect(images()).toEqual(["nginx:1"]);
});
