// Compose services, from their first line in Git to what is left of them, for both types: made, changed, drifted,
// crashed, removed, kept and taken over. `done` proves nothing of them: containers' states and labels do.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseMarker } from "../../src/model/marker.ts";
import { accessViews } from "../../src/plan/render/host-access.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { composeStack, empty, file } from "../support/compose-stack.ts";
import type { Type } from "../support/compose-stack.ts";
import { until } from "../support/until.ts";

const secret = "canary secret's $value #1 \\n";
let scenario: Scenario;
beforeEach(async () => {
  scenario = await createFastScenario({ secrets: { "queue-key": secret } });
});
afterEach(() => scenario.close());

const state = () => scenario.simulator.state;
const row = () => [...state().compose.values()][0]!;
const stored = () => parse(row().composeFile) as { services: Record<string, { labels: unknown }> };
const outcome = () => scenario.engine().stacks()[0]?.outcome;
const calls = (procedure: string): number =>
  scenario.simulator.log.entries.filter(({ procedures }) => procedures.includes(procedure)).length;
const deploys = (): number => calls("compose.deploy");

interface Running {
  readonly image: string;
  readonly want: string | undefined;
  readonly env: readonly string[];
}

/** What runs, by the name that its service has in the file. */
function running(): Readonly<Record<string, Running>> {
  const { appName } = row();
  const containers = state().composeProjects.get(appName)?.containers ?? [];
  const services = [...state().swarmServices.values()].filter((one) =>
    one.appName.startsWith(`${appName}_`),
  );
  return Object.fromEntries([
    ...containers.map(({ service, image, labels, env }): [string, Running] => [
      service,
      {
        ...{ image, want: labels["capstan.want"] },
        env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
      },
    ]),
    ...services.map(({ appName: name, spec }): [string, Running] => {
      const { Image, Labels, Env = [] } = spec.TaskTemplate.ContainerSpec;
      const want = Labels?.["capstan.want"];
      return [name.slice(appName.length + 1), { image: Image, want, env: Env }];
    }),
  ]);
}

async function push(type: Type, extra: readonly string[] = [], content = file): Promise<void> {
  await scenario.push({ "shop.yaml": composeStack(type, extra), "queue.compose.yaml": content });
}
async function apply(): Promise<boolean> {
  return (await scenario.apply()).ok;
}
/** What a process that begins now would do. */
async function plansNow() {
  await scenario.restart();
  return (await scenario.engine().plan()).plans;
}
async function nothingLeftToDo(): Promise<void> {
  scenario.writes();
  expect(await apply()).toBe(true);
  expect(scenario.writes()).toEqual([]);
}
async function post(procedure: string, body: object): Promise<void> {
  const answer = await fetch(`${scenario.simulator.url}/api/${procedure}`, {
    method: "POST",
    headers: { "x-api-key": scenario.simulator.apiKey, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(answer.ok).toBe(true);
}

describe.each(["docker-compose", "stack"] as const)("of type %s", (type) => {
  test("H1 W1 it is made in two writes, deployed once, and every service of it carries the label", async () => {
    await push(type);
    scenario.writes();
    expect(await apply()).toBe(true);
    const written = scenario.simulator.log.writes().flatMap(({ procedures }) => procedures);
    expect(written.filter((one) => one.includes("compose."))).toEqual([
      "compose.create",
      "compose.update",
      "compose.deploy",
      "compose.update",
    ]);
    expect(row()).toMatchObject({
      ...{ name: "queue", composeType: type, sourceType: "raw", autoDeploy: false },
      ...{ isolatedDeployment: false, composeStatus: "done" },
    });
    const marker = parseMarker(row().description)!;
    expect(marker).toMatchObject({ owner: "default/shop", key: "compose/queue", keep: true });
    expect(marker.done).toEqual(marker.want);
    const want = `${marker.want!.hash}.1`;
    expect(running()).toMatchObject({ web: { want }, worker: { want } });
    // The secret arrives letter by letter, and stands nowhere else.
    expect(running().web?.env).toContain(`KEY=${secret}`);
    expect(running().web?.env).toContain("MODE=fast");
    expect(row().composeFile).not.toContain("canary");
    expect(JSON.stringify(scenario.engine().stacks())).not.toContain("canary");
    expect(deploys()).toBe(1);
    await nothingLeftToDo();
  });

  test("W6 a changed file deploys once more, a comment, an order or a description does not", async () => {
    await push(type);
    await apply();
    await push(type, ["description: Orders"], file.replace("# a queue", "# the queue"));
    expect(await apply()).toBe(true);
    expect(row().description).toContain("Orders");
    expect(deploys()).toBe(1);
    await push(type, ["description: Orders"], file.replace("worker:1", "worker:2"));
    const plans = await plansNow();
    const changes = plans.flatMap(({ actions }) => actions.flatMap((one) => one.changes));
    expect(changes).toEqual([
      {
        path: "file.services.worker",
        was: "image ghcr.io/acme/worker:1",
        is: "image ghcr.io/acme/worker:2",
      },
    ]);
    expect(await apply()).toBe(true);
    expect(running().worker?.image).toBe("ghcr.io/acme/worker:2");
    expect(deploys()).toBe(2);
    await nothingLeftToDo();
  });

  test("P10 what newly reaches the host is named once, before anything else", async () => {
    const more = (text: string): string => file.replace("    depends_on: [web]\n", `${text}\n`);
    const socket = '    volumes: ["${SOCKET:-/var/run/docker.sock}:/var/run/docker.sock"]';
    await push(type, [], more(socket));
    const [first] = await plansNow();
    expect(accessViews(first!)).toEqual([
      {
        ...{ service: "compose/queue", part: "worker" },
        reaches: ["the docker socket (${SOCKET:-/var/run/docker.sock})"],
      },
    ]);
    await apply();
    await push(type, [], more(`${socket}\n    ports: ["8088:80"]`));
    const [second] = await plansNow();
    expect(accessViews(second!)).toEqual([
      { service: "compose/queue", part: "worker", reaches: ["port 8088/tcp of the host"] },
    ]);
    await apply();
    await push(type, [], more(`${socket}\n    ports: ["8088:80"]\n    command: work`));
    const [third] = await plansNow();
    expect(third?.actions.map((action) => action.type)).toContain("configure-service");
    expect(accessViews(third!)).toEqual([]);
  });

  test("the plan names a service that leaves the file, and its containers go", async () => {
    await push(type);
    await apply();
    const one =
      file.slice(0, file.indexOf("  worker:")) + file.slice(file.indexOf("volumes:\n  data"));
    await push(type, [], one);
    const plans = await plansNow();
    const changes = plans.flatMap(({ actions }) => actions.flatMap((action) => action.changes));
    expect(changes).toContainEqual({
      path: "file.services.worker",
      was: "image ghcr.io/acme/worker:1",
      is: null,
    });
    expect(await apply()).toBe(true);
    expect(Object.keys(running())).toEqual(["web"]);
    await nothingLeftToDo();
  });

  test("H3 what somebody changed in Dokploy is put back once", async () => {
    await push(type);
    await apply();
    await scenario.restart({ deepCheckIntervalMs: 3_000 });
    scenario.engine().start();
    await until("it is ready", () => outcome()?.kind === "converged");
    row().composeFile = row().composeFile.replace("worker:1", "worker:6");
    await until("drift is healed", () => deploys() === 2 && outcome()?.kind === "converged");
    expect(stored().services.worker).toMatchObject({ image: "ghcr.io/acme/worker:1" });
  });

  test("H2 what was removed by hand runs again, and the deploy says why", async () => {
    await push(type);
    await apply();
    scenario.engine().start();
    await until("it is ready", () => outcome()?.kind === "converged");
    const project = state().composeProjects.get(row().appName)!;
    if (type === "stack") state().removeSwarmService(`${row().appName}_worker`);
    else project.containers = project.containers.filter(({ service }) => service !== "worker");
    await until("it runs again", () => deploys() === 2 && outcome()?.kind === "converged");
    expect(Object.keys(running()).sort()).toEqual(["web", "worker"]);
    const rows = [...state().deployments.values()];
    expect(rows.at(-1)?.description).toContain("removed by hand: worker");
  });

  test("what somebody stopped in Dokploy runs again", async () => {
    await push(type);
    await apply();
    scenario.engine().start();
    await until("it is ready", () => outcome()?.kind === "converged");
    await post("compose.stop", { composeId: row().composeId });
    await until("it runs again", () => deploys() === 2 && outcome()?.kind === "converged");
    expect(Object.keys(running()).sort()).toEqual(["web", "worker"]);
  });

  test("H1 H2 a crash loop is no success although Dokploy says done, and the service is named", async () => {
    scenario.simulator.faults.image("acme/worker", "crash");
    await push(type);
    expect(await apply()).toBe(false);
    expect(row().composeStatus).toBe("done");
    expect(parseMarker(row().description)?.done).toBeNull();
    expect(JSON.stringify(outcome())).toContain("worker");
    expect(deploys()).toBe(1);
  });

  test("W7 a missing image is no success, and said in docker's words", async () => {
    scenario.simulator.faults.image("acme/worker", "missing");
    await push(type);
    expect(await apply()).toBe(false);
    expect(JSON.stringify(outcome())).toMatch(
      type === "stack" ? /No such image: ghcr.io\/acme\/worker:1/ : /manifest for .* not found/,
    );
    expect(deploys()).toBe(type === "stack" ? 1 : 4);
  });

  test("W3 answers that were lost lead to no second service and to no second deploy", async () => {
    for (const procedure of ["compose.create", "compose.update", "compose.deploy"]) {
      scenario.simulator.faults.add({ kind: "answerLost", procedure });
    }
    await push(type);
    scenario.engine().start();
    await until("it is ready", () => outcome()?.kind === "converged");
    expect(state().compose.size).toBe(1);
    expect(deploys()).toBe(1);
  });

  test("O7 with volumes it is kept when it leaves Git, and taken back", async () => {
    await push(type);
    await apply();
    const { composeId } = row();
    await scenario.push({ "shop.yaml": empty });
    expect(await apply()).toBe(true);
    expect(Object.keys(running()).sort()).toEqual(["web", "worker"]);
    const plans = await plansNow();
    expect(plans.flatMap((plan) => plan.notes)).toContainEqual(
      expect.objectContaining({ kind: "retained", message: expect.stringContaining("queue") }),
    );
    await push(type);
    expect(await apply()).toBe(true);
    expect(row().composeId).toBe(composeId);
    expect(deploys()).toBe(1);
    await nothingLeftToDo();
  });

  test("O7 with deletionPolicy: delete it goes, and its volumes stay and are named", async () => {
    await push(type, ["deletionPolicy: delete"]);
    await apply();
    const { appName } = row();
    const notes: string[] = [];
    scenario.engine().onEvent(() => {
      const plans = scenario
        .engine()
        .stacks()
        .map(({ plan }) => plan);
      notes.push(...plans.flatMap((plan) => plan?.notes ?? []).map(({ message }) => message));
    });
    scenario.engine().start();
    await until("it is ready", () => outcome()?.kind === "converged");
    await scenario.push({ "shop.yaml": empty });
    await until("it is removed", () => state().compose.size === 0);
    const told = `compose/queue is removed; its volume ${appName}_data stays on the server`;
    await until("it is told", () => notes.includes(told));
    await until("its containers are gone", () => outcome()?.kind === "converged");
    expect(state().compose.size).toBe(0);
    expect(state().composeProjects.has(appName)).toBe(false);
    expect([...state().swarmServices.keys()]).toEqual([]);
    expect(state().volumes).toContain(`${appName}_data`);
  });

  test("adopting one that is as Git says writes its marker and deploys nothing", async () => {
    await push(type);
    await apply();
    for (const project of state().projects.values()) project.description = "";
    row().description = "Managed from Git by Capstan.";
    await scenario.loseStore();
    const before = deploys();
    await scenario.push({
      "shop.yaml": composeStack(type).replace("spec:\n", "spec:\n  adopt: true\n"),
      "queue.compose.yaml": file,
    });
    expect(await apply(), JSON.stringify(outcome())).toBe(true);
    expect(deploys()).toBe(before);
    expect(parseMarker(row().description)).toMatchObject({ key: "compose/queue" });
    await nothingLeftToDo();
  });
});
