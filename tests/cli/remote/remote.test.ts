// Commands against a real controller: its HTTP server, its engine and a simulated Dokploy.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { until } from "../../support/until.ts";
import { createWorld, manifest, type Printed, type World } from "../world.ts";

let world: World;
let controllers: { interrupt: () => void; ended: Promise<Printed> }[] = [];
beforeEach(async () => {
  world = await createWorld();
  world.environment.RESYNC_INTERVAL = "1s";
});
afterEach(async () => {
  for (const { interrupt } of controllers) interrupt();
  await Promise.all(controllers.map(({ ended }) => ended));
  controllers = [];
  await world.close();
});

/** Starts `capstan run` and points the commands at it. */
async function start() {
  const { stage, ended } = world.begin("run", "--source", "stacks");
  let interrupted = false;
  const interrupt = (): void => {
    // A second Ctrl-C would end the process at once.
    if (!interrupted) stage.interrupt();
    interrupted = true;
  };
  const controller = { interrupt, ended };
  controllers.push(controller);
  world.environment.CAPSTAN_URL = await until("the controller listens", () =>
    /health (\S+)\/health/.exec(stage.terminal.err())?.at(1),
  );
  return controller;
}

async function get(name: string) {
  const { code, out, err } = await world.capstan("get", "stack", name, "-o", "json");
  if (code !== 0) throw new Error(err);
  return JSON.parse(out);
}

const isReady = (name: string) =>
  until(`${name} is ready`, async () => {
    const { code, out } = await world.capstan("get", "stack", name, "-o", "json");
    return code === 0 && JSON.parse(out).ready === true;
  });

/** Waits with an answer of the controller; before Git was read there is none. */
const isFor = (name: string, reason: string) =>
  until(`${name} is ${reason}`, async () => {
    const { code, out } = await world.capstan("get", "stack", name, "-o", "json");
    return code === 0 && JSON.parse(out).reason === reason;
  });

const deployments = () => [...world.simulator.state.deployments.values()];

async function ready(...names: readonly string[]) {
  for (const name of names) {
    await world.write({ [`stacks/${name}.yaml`]: manifest(name) });
  }
  const controller = await start();
  for (const name of names) await isReady(name);
  return controller;
}

describe("get", () => {
  test("shows all stacks as table, JSON and YAML", async () => {
    await ready("alpha", "beta");
    const table = await world.capstan("get", "stacks");
    expect(table).toMatchObject({ code: 0, err: "" });
    expect(table.out).toMatch(
      /^NAME +READY +STATE +REVISION +WHY, OR WHERE\nalpha +yes +Ready +\w/,
    );
    const json = JSON.parse((await world.capstan("get", "stacks", "-o", "json")).out);
    expect(json.stacks.map(({ name }: { name: string }) => name)).toEqual(["alpha", "beta"]);
    const { out } = await world.capstan("get", "stacks", "-o", "yaml");
    expect(parse(out)).toMatchObject({
      stacks: [{ name: "alpha", ready: true }, { name: "beta" }],
    });
  });

  test("shows one stack with its services and why they were deployed", async () => {
    await ready("alpha");
    const { out } = await world.capstan("get", "stack", "alpha");
    expect(out).toMatch(/^ready +True Ready: in sync and healthy$/m);
    expect(out).toMatch(/^services\n {2}web +1\/1 +nginx:1$/m);
    expect(out).toMatch(
      /^deployed last, and why\n {2}web +\d{4}-\d\d-\d\d [\d:]+ {2}new application \(alpha\.yaml:6, [0-9a-f]{12}\)$/m,
    );
  });
});

test("get stack shows what is done by the clock, and its newest run", async () => {
  const schedules = 'schedules: { nightly: { cron: "0 2 * * *", command: "exit 1" } }';
  const text = manifest("alpha").replace("rollout:", `${schedules}, rollout:`);
  await world.write({ "stacks/alpha.yaml": text });
  await start();
  await isReady("alpha");
  const shown = async () => (await world.capstan("get", "stack", "alpha")).out;
  expect(await shown()).toMatch(/^ {2}web +schedule nightly +has not run yet$/m);
  const { url, apiKey, state } = world.simulator;
  const [schedule] = state.schedules.values();
  await fetch(`${url}/api/schedule.runManually`, {
    method: "POST",
    headers: { "x-api-key": apiKey, "content-type": "application/json" },
    body: JSON.stringify({ scheduleId: schedule!.scheduleId }),
  });
  expect(await shown()).toMatch(/^ {2}web +schedule nightly +error, \d{4}-\d\d-\d\d [\d:]+$/m);
});

/** Without those of the lease, which a controller has whatever it does. */
const stackWrites = () =>
  world.simulator.log
    .writes()
    .filter(({ procedures }) => !procedures.every((name) => name.startsWith("tag.")));

test("H7 redeploy pulls and rolls out again with no change in Git, and says who asked", async () => {
  await ready("alpha");
  const before = deployments().length;
  const { code, out } = await world.capstan("redeploy", "alpha", "--service", "web");
  expect({ code, out }).toEqual({ code: 0, out: "alpha is being deployed again\n" });
  await until("it was deployed again", () => deployments().length === before + 1);
  await isReady("alpha");
  const reason = "a local operator asked for a redeploy";
  const { history } = await until("the reason is the person, and its run has ended", async () => {
    const now = await get("alpha");
    const ended = JSON.stringify(now.history).includes(reason);
    return now.lastDeploys[0].reason.startsWith(reason) && ended ? now : null;
  });
  expect(history.flatMap(({ actions }: { actions: object[] }) => actions)).toContainEqual(
    expect.objectContaining({
      title: "deploy app/web",
      status: "done",
      reason: expect.stringMatching(`^${reason} `),
    }),
  );
  expect(deployments().at(-1)).toMatchObject({ description: expect.stringContaining(reason) });
  const events = await world.capstan("events", "--stack", "alpha");
  expect(events.out).toContain("a local operator asked for a redeploy of web");
  expect(deployments()).toHaveLength(before + 1);
});

test("H6 suspend stops all writes of a stack, restarts included, until resume", async () => {
  const controller = await ready("alpha");
  await world.capstan("suspend", "alpha");
  await isFor("alpha", "WaitingSuspended");
  world.simulator.log.clear();
  await world.write({ "stacks/alpha.yaml": manifest("alpha", "nginx:2") });
  await until("the change is planned", async () => (await get("alpha")).plan.actions.length > 0);
  expect(await get("alpha")).toMatchObject({
    ready: false,
    message: expect.stringContaining("suspended by a local operator"),
    suspended: { by: "a local operator" },
  });
  controller.interrupt();
  await controller.ended;
  await start();
  await until("it is planned after the restart", async () => {
    const { code, out } = await world.capstan("get", "stack", "alpha", "-o", "json");
    return code === 0 && JSON.parse(out).plan?.actions.length > 0;
  });
  await world.capstan("reconcile", "alpha");
  await until("it was looked at", async () =>
    (await world.capstan("events")).out.includes("asked for a reconcile"),
  );
  expect(stackWrites()).toEqual([]);
  await world.capstan("resume", "alpha");
  await isReady("alpha");
  const images = [...world.simulator.state.applications.values()].map((one) => one.dockerImage);
  expect(images).toEqual(["nginx:2"]);
});

test("what Git suspends stays suspended, whatever a person resumes", async () => {
  const text = manifest("alpha").replace("spec:", "spec:\n  suspend: true");
  await world.write({ "stacks/alpha.yaml": text });
  await start();
  await isFor("alpha", "WaitingSuspended");
  const { out } = await world.capstan("resume", "alpha");
  expect(out).toBe("alpha stays suspended: its manifest says `suspend: true`\n");
  expect(stackWrites()).toEqual([]);
});

test("events are paged, and each page names the command for the one before", async () => {
  await ready("alpha");
  await world.capstan("suspend", "alpha");
  await world.capstan("resume", "alpha");
  await isReady("alpha");
  const told = async (...more: readonly string[]) => {
    const args = ["events", "--stack", "alpha", ...more];
    const { out, err } = await world.capstan(...args);
    const next = /^Older events: capstan (.*)$/m.exec(err)?.[1]?.split(" ") ?? null;
    return { lines: out.trimEnd().split("\n"), next };
  };
  const paged: string[] = [];
  for (let page = await told("--limit", "2"); ;) {
    paged.unshift(...page.lines);
    if (page.next === null) break;
    expect(page.lines).toHaveLength(2);
    page = await told(...page.next.slice(3));
  }
  const bare = (lines: readonly string[]) => lines.map((line) => line.replaceAll(/ +/g, " "));
  // More may have happened meanwhile.
  const whole = (await told("--limit", "1000")).lines.slice(0, paged.length);
  expect(bare(paged)).toEqual(bare(whole));
  expect(paged.length).toBeGreaterThan(4);
  expect((await told("--before", "0-0")).lines).toEqual(["Nothing is older."]);
});

test("O6 approve-prune lets exactly the held list go", async () => {
  await ready("alpha", "beta", "gamma", "omega");
  await world.write({ "stacks/alpha.yaml": null, "stacks/beta.yaml": null });
  const projects = (): readonly string[] =>
    [...world.simulator.state.projects.values()].map(({ name }) => name).sort();
  const held = await until("two wait", async () => {
    const { out } = await world.capstan("get", "stacks", "-o", "json");
    const { stacks } = JSON.parse(out);
    const waiting = stacks.filter((one: { reason: string }) => one.reason === "WaitingApproval");
    return waiting.length === 2 ? (waiting[0].message as string) : null;
  });
  const digest = /capstan approve-prune ([0-9a-f]{12})$/.exec(held)?.[1] ?? "";
  const other = digest.replace(/^./, (first) => (first === "0" ? "1" : "0"));
  const wrong = await world.capstan("approve-prune", other);
  expect(wrong.code).toBe(1);
  expect(wrong.err).toContain(`${other} does not match the list that waits`);
  expect(wrong.err).toContain(digest);
  expect(projects()).toEqual(["alpha", "beta", "gamma", "omega"]);
  expect((await world.capstan("approve-prune", digest)).code).toBe(0);
  await until("both are gone", () => projects().join() === "gamma,omega");
  const { out } = await world.capstan("events");
  expect(out).toContain(`a local operator approved the removal ${digest}, of alpha, beta`);
  const again = await world.capstan("approve-prune", digest);
  expect(again.err).toContain("no removal waits for an approval");
});

test("H6 reconcile passes over a closed sync window once, and no later commit with it", async () => {
  const closed = 'sync: { windows: [ { allow: "0 0 29 2 *", for: 1m, timezone: UTC } ] }';
  const text = (image: string) => manifest("alpha", image).replace("spec:", `spec:\n  ${closed}`);
  await world.write({ "stacks/alpha.yaml": text("nginx:1") });
  await start();
  await isFor("alpha", "WaitingWindow");
  await world.capstan("reconcile", "alpha");
  await isReady("alpha");
  const { out } = await world.capstan("events", "--stack", "alpha");
  expect(out).toContain("a local operator asked for a reconcile, outside its sync windows");
  await world.write({ "stacks/alpha.yaml": text("nginx:2") });
  await isFor("alpha", "WaitingWindow");
  const images = [...world.simulator.state.applications.values()].map((one) => one.dockerImage);
  expect(images).toEqual(["nginx:1"]);
});

test("W12 a process that waits for another one takes nothing that it would lose", async () => {
  await ready("alpha");
  const first = world.environment.CAPSTAN_URL ?? "";
  await start();
  expect(world.environment.CAPSTAN_URL).not.toBe(first);
  for (const what of ["suspend", "resume", "redeploy", "reconcile"]) {
    const { code, err } = await world.capstan(what, "alpha");
    expect(code).toBe(1);
    expect(err).toContain("another process is the active one\nhint:  ask that process");
  }
  world.environment.CAPSTAN_URL = first;
  expect((await world.capstan("reconcile", "alpha")).code).toBe(0);
});

test("P6 with API_TOKENS a command needs CAPSTAN_TOKEN, and its name is who asked", async () => {
  const { out } = await world.capstan("token", "ops", "--role", "operator");
  const line = (name: string): string => new RegExp(`^${name}=(.+)$`, "m").exec(out)?.[1] ?? "";
  await world.write({ "stacks/alpha.yaml": manifest("alpha") });
  world.environment.API_TOKENS = line("API_TOKENS");
  await start();
  const refused = await world.capstan("suspend", "alpha");
  expect(refused.err).toContain("wants a token\nhint:  set CAPSTAN_TOKEN");
  world.environment.CAPSTAN_TOKEN = line("CAPSTAN_TOKEN");
  await isReady("alpha");
  expect((await world.capstan("suspend", "alpha")).code).toBe(0);
  expect((await get("alpha")).suspended.by).toBe("ops");
});

test("logs prints what a service printed", async () => {
  await ready("alpha");
  const { code, out, err } = await world.capstan(
    "logs",
    "alpha",
    "--service",
    "web",
    "--lines",
    "5",
  );
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out.split("\n").length).toBeLessThanOrEqual(6);
  const unknown = await world.capstan("logs", "alpha", "--service", "wbe");
  expect(unknown.err).toBe("error: alpha has no service wbe\nhint:  did you mean `web`?\n");
});

test("events --watch goes on as it happens, until Ctrl-C", async () => {
  await ready("alpha");
  const { stage, ended } = world.begin("events", "--stack", "alpha", "--watch", "-o", "json");
  await until("it is connected", () => stage.terminal.out() !== "");
  await world.capstan("suspend", "alpha");
  await until("it was told", () => stage.terminal.out().includes("a local operator suspended it"));
  stage.interrupt();
  const { code, out } = await ended;
  expect(code).toBe(0);
  for (const line of out.trim().split("\n")) expect(JSON.parse(line).stack).toBe("alpha");
});

test("P5 a secret is in nothing that the API tells", async () => {
  world.environment.SECRET_API_KEY = "canary-value-one";
  const secret = manifest("alpha").replace(
    "rollout",
    'env: { KEY: "x$(secrets.api-key)" }, command: "echo canary-value-one", rollout',
  );
  await world.write({ "stacks/alpha.yaml": secret });
  await start();
  await isReady("alpha");
  await world.capstan("suspend", "alpha");
  await world.write({ "stacks/alpha.yaml": secret.replace("x$(", "y$(") });
  await until("the change is planned", async () => (await get("alpha")).plan.actions.length > 0);
  const printed = await Promise.all(
    [
      ["get", "stacks", "-o", "json"],
      ["get", "stack", "alpha", "-o", "yaml"],
      ["get", "stack", "alpha"],
      ["events", "-o", "json"],
      ["logs", "alpha"],
      ["redeploy", "alpha", "--service", "canary-value-one"],
    ].map((args) => world.capstan(...args)),
  );
  const text = printed.map(({ out, err }) => out + err).join("\n");
  const plan = await fetch(`${world.environment.CAPSTAN_URL}/api/v1/plan`);
  expect(text + (await plan.text())).not.toContain("canary-value");
});
