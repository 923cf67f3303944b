// libsql says nothing of the row that it makes, and each of its updates puts defaults over what is not sent.
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseMarker } from "../../src/model/marker.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createFastScenario({ secrets: { "edge-db": "canary-word" } });
});
afterEach(() => scenario.close());

const rollout = "{ stableFor: 0s, timeout: 20s }";
function edge(more = ""): string {
  return `apiVersion: capstan/v1
kind: Stack
metadata: { name: edge }
spec:
  databases:
    one: { type: libsql, user: edge, password: $(secrets.edge-db), rollout: ${rollout}${more} }
    two:
      type: libsql
      user: edge
      password: $(secrets.edge-db)
      replicaOf: http://$(services.one.host):5001
      rollout: ${rollout}
`;
}
const rows = () =>
  [...scenario.simulator.state.libsql.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
const sent = (procedure: string) => scenario.simulator.log.count(procedure);
const isReady = () => scenario.engine().stacks()[0]?.outcome.kind === "converged";

async function nothingLeftToDo(): Promise<void> {
  scenario.writes();
  expect((await scenario.apply()).ok).toBe(true);
  expect(scenario.writes()).toEqual([]);
}

test("W3 each of two is found again after its creation, and the replica comes after its primary", async () => {
  await scenario.push({ "edge.yaml": edge() });
  expect((await scenario.apply()).ok).toBe(true);
  expect(rows().map(({ name, sqldNode }) => [name, sqldNode])).toEqual([
    ["one", "primary"],
    ["two", "replica"],
  ]);
  for (const row of rows()) {
    const marker = parseMarker(row.description)!;
    expect(marker).toMatchObject({ key: `db/${row.name}`, done: marker.want });
    expect(String(row.libsqlId).slice(0, 8)).toBe(marker.id);
  }
  expect([sent("libsql.create"), sent("libsql.deploy"), sent("environment.one")]).toEqual([
    2, 2, 2,
  ]);
  await nothingLeftToDo();
});

test.each(["libsql.create", "environment.one"])(
  "W3 %s without an answer leads to no second database",
  async (procedure) => {
    // As often as a read is asked again.
    const times = procedure === "environment.one" ? 3 : 1;
    scenario.simulator.faults.add({ kind: "answerLost", procedure, times });
    await scenario.push({ "edge.yaml": edge() });
    scenario.engine().start();
    await until("both run", isReady);
    expect(rows()).toHaveLength(2);
    expect([sent("libsql.create"), sent("libsql.deploy")]).toEqual([2, 2]);
  },
);

test("W5 a marker that is written alone resets neither namespaces nor what the row names", async () => {
  await scenario.push({ "edge.yaml": edge(", namespaces: true") });
  expect((await scenario.apply()).ok).toBe(true);
  const [one] = rows();
  scenario.simulator.state.editDatabase("libsql", String(one!.libsqlId), {
    dockerImage: "ghcr.io/acme/libsql:1",
  });
  const deploys = sent("libsql.deploy");
  await scenario.push({ "edge.yaml": edge(", namespaces: true, description: All of it") });
  expect((await scenario.apply()).ok).toBe(true);
  expect(rows()[0]).toMatchObject({
    enableNamespaces: true,
    dockerImage: "ghcr.io/acme/libsql:1",
    description: expect.stringContaining("All of it"),
  });
  expect(sent("libsql.deploy")).toBe(deploys);
  await nothingLeftToDo();
});

test("W5 namespaces that people keep stay as they are whatever else is written", async () => {
  await scenario.push({ "edge.yaml": edge(", ignore: [namespaces]") });
  expect((await scenario.apply()).ok).toBe(true);
  scenario.simulator.state.editDatabase("libsql", String(rows()[0]!.libsqlId), {
    enableNamespaces: true,
  });
  await scenario.push({ "edge.yaml": edge(", ignore: [namespaces], env: { A: b }") });
  expect((await scenario.apply()).ok).toBe(true);
  expect(rows()[0]).toMatchObject({ env: "A=b", enableNamespaces: true });
});
