// `capstan adopt` beside a controller: that one writes, and only where it would write markers alone.
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseMarker } from "../../../src/model/marker.ts";
import { until } from "../../support/until.ts";
import { createWorld } from "../world.ts";
import type { Printed, World } from "../world.ts";

let world: World;
let controller: { interrupt: () => void; ended: Promise<Printed> } | null = null;

beforeEach(async () => {
  world = await createWorld();
  world.environment.RESYNC_INTERVAL = "1h";
  const { state } = world.simulator;
  for (const name of ["alpha", "beta"]) {
    const { project } = state.addProject({ name });
    const row = state.addApplication(project.projectId, {
      ...{ name: "web", sourceType: "docker", dockerImage: "nginx:1", autoDeploy: false },
    });
    state.runApplication(row.applicationId);
  }
  // Outside of its window the controller only says what it would do.
  await world.write({
    "stacks/alpha.yaml": manifest("alpha", "nginx:1"),
    "stacks/beta.yaml": manifest("beta", "nginx:2"),
  });
  const { stage, ended } = world.begin("run", "--source", "stacks");
  controller = { interrupt: () => stage.interrupt(), ended };
  const address = await until("the controller listens", () =>
    /health (\S+)\/health/.exec(stage.terminal.err())?.at(1),
  );
  world.environment.CAPSTAN_URL = address;
  await until("it has read all", async () => (await fetch(`${address}/readyz`)).status === 200);
});

afterEach(async () => {
  controller?.interrupt();
  await controller?.ended;
  controller = null;
  await world.close();
});

function manifest(name: string, image: string): string {
  const closed =
    image === "nginx:1" ? [] : ['  sync: { windows: [{ allow: "0 0 29 2 1", for: 1m }] }'];
  return [
    "apiVersion: capstan/v1",
    "kind: Stack",
    `metadata: { name: ${name} }`,
    "spec:",
    "  adopt: true",
    ...closed,
    "  applications:",
    `    web: { image: "${image}", ignore: [aliases] }`,
    "",
  ].join("\n");
}

const marked = (): readonly string[] =>
  [...world.simulator.state.projects.values()].flatMap(({ name, description }) =>
    parseMarker(description) === null ? [] : [name],
  );

test("what would change is refused with what that is, and the rest is taken over", async () => {
  const { code, err } = await world.capstan("adopt", "alpha", "beta");
  expect(code).toBe(1);
  expect(err).toContain("Not adopted, as that would change the server: beta");
  expect(err).toContain("configure web");
  expect(marked()).toEqual(["alpha"]);
  expect(world.simulator.log.count("application.deploy")).toBe(0);
  expect((await world.capstan("adopt", "alpha")).code).toBe(0);
});

test("a folder, and a call without names, are refused with what to do instead", async () => {
  expect((await world.capstan("adopt", "--source", "stacks")).err).toBe(
    "error: CAPSTAN_URL is set, and that controller reads Git\n" +
      "hint:  commit the manifests with `adopt: true` and push them: it takes over what is as they say, " +
      "and would remove what it does not find in its Git; unset CAPSTAN_URL only for another server\n",
  );
  expect((await world.capstan("adopt")).err).toContain("name the stacks to adopt");
});
