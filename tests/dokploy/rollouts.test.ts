// Following deployments, from the recordings.
import { deploymentsCall } from "../../src/dokploy/services.ts";
import { kinds, managedKinds } from "../../src/model/kinds/table.ts";
import { expect, test } from "vitest";
import { agoMs, readTask } from "../../src/dokploy/docker-words.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import { apps, item, platformOn, recording, refusalItem, serve } from "./support.ts";

const responseOf = (name: string): unknown => recording(name).response;

test("queue, swarm and rows of those in flight are one request", async () => {
  const { url, asked } = await serve(() => ({
    json: [
      item(responseOf("deployment.queueList-3")),
      item(responseOf("swarm.getNodeApps-healthy-and-crashing")),
      item(responseOf("swarm.getNodes")),
      item(responseOf("deployment.all")),
    ],
  }));
  const seen = await platformOn(url).observeRollouts(apps("6MZre6lkr7tqP6lR7nfZA"));
  expect(asked).toHaveLength(1);
  expect(seen.queue.map(({ title, state }) => [title, state])).toEqual([
    ["fast-behind-slow", "waiting"],
    ["slow2", "waiting"],
    ["slow1", "active"],
  ]);
  expect(seen.swarm?.get("crashing-pvtvlb")).toMatchObject({ running: 0, wanted: 1 });
  expect([...seen.rows.keys()]).toEqual(["6MZre6lkr7tqP6lR7nfZA"]);
  expect(seen.rows.get("6MZre6lkr7tqP6lR7nfZA")).toEqual([
    {
      deploymentId: "IQZtOX1NSg_SxUFzz-t9n",
      title: "gitops rev abc",
      status: "done",
      createdAt: "2026-11-22T05:58:59.345Z",
    },
  ]);
});

test("R3 an empty swarm seen while following a rollout that failed is looked at twice, as others may run", async () => {
  const nodes = item(responseOf("swarm.getNodes"));
  const [row] = responseOf("deployment.all") as readonly object[];
  const { url } = await serve(({ procedure }) =>
    procedure.includes("deployment.queueList")
      ? { json: [item([]), item([]), nodes, item([{ ...row, status: "error" }])] }
      : { json: [item(responseOf("swarm.getNodeApps-healthy-and-crashing")), nodes] },
  );
  const { swarm } = await platformOn(url).observeRollouts(apps("6MZre6lkr7tqP6lR7nfZA"));
  expect(swarm?.has("crashing-pvtvlb")).toBe(true);
});

test("an application that is gone has no rows, as one that was never deployed, and neither is asked for again", async () => {
  const { url, asked } = await serve(() => ({
    status: 207,
    json: [
      item(responseOf("deployment.queueList-3")),
      item(responseOf("swarm.getNodeApps-healthy-and-crashing")),
      item(responseOf("swarm.getNodes")),
      refusalItem(404, "NOT_FOUND", "deployment.all", "Application not found"),
      item([]),
    ],
  }));
  const seen = await platformOn(url).observeRollouts(apps("gone", "new"));
  expect([...seen.rows]).toEqual([
    ["gone", []],
    ["new", []],
  ]);
  expect(asked).toHaveLength(1);
});

test("what really runs is told by its label and its update, and what is gone is absent", async () => {
  const { url } = await serve(() => ({
    json: [
      item(responseOf("docker.getConfig-service-healthy")),
      item(responseOf("docker.getConfig-service-rolled-back")),
      item(null),
      item({ Id: "sha256:1", RepoTags: ["an image of that name"] }),
    ],
  }));
  const live = await platformOn(url).liveServices(["a", "b", "c", "d"]);
  expect([...live]).toEqual([
    ["a", { want: "3f9c0aa1b2c4.1", updateState: null }],
    ["b", { want: "3f9c0aa1b2c4.1", updateState: "rollback_completed" }],
  ]);
});

test.each([
  [
    "docker.getServiceContainersByAppName-crashing",
    [
      ["ready", false, 4_000, ""],
      ["failed", true, 5_000, "task: non-zero exit (2)"],
      ["failed", true, 11_000, "task: non-zero exit (2)"],
    ],
  ],
  ["docker.getServiceContainersByAppName-healthy", [["running", false, 11_000, ""]]],
  [
    "docker.getServiceContainersByAppName-rolled-back",
    [
      ["running", false, 7_000, ""],
      ["failed", true, 13_000, "task: non-zero exit (7)"],
      ["shutdown", false, 0, ""],
    ],
  ],
] as const)("tasks of %s", async (name, expected) => {
  const { url } = await serve(() => ({ json: responseOf(name) }));
  const tasks = await platformOn(url).tasks("web");
  expect(tasks.map(({ state, failed, ageMs, error }) => [state, failed, ageMs, error])).toEqual(
    expected,
  );
});

test.each([
  ["Failed 5 seconds ago", 5_000],
  ["Running about a minute ago", 60_000],
  ["Shutdown less than a second ago", 0],
  ["Running Less than a second ago", 0],
  ["Running About an hour ago", 3_600_000],
  ["Running 2 hours ago", 7_200_000],
  ["Complete 3 days ago", 259_200_000],
  ["Running 2 weeks ago", 1_209_600_000],
  ["Running 1 second ago", 1_000],
  ["Pending", null],
])("docker's words %s", (words, ms) => {
  expect(agoMs(words)).toBe(ms);
});

test("P7 a flood in place of docker's words is no time, and takes none to read", () => {
  expect(agoMs(`Running ${"1".repeat(1_000_000)}`)).toBeNull();
});

test("a process that ends by itself without an error does not stay either", () => {
  expect(readTask({ currentState: "Complete 3 seconds ago", error: "" })).toEqual({
    state: "complete",
    error: "the process ended by itself",
    ageMs: 3_000,
    failed: true,
  });
});

test("P5 P7 logs are their last lines, without secrets and terminal codes", async () => {
  const redactor = createRedactor();
  redactor.register("s3cret-value");
  const { url, asked } = await serve(() => ({
    json: `first\n\u001b[31mred s3cret-value\u001b[0m\r\n${"x".repeat(5_000)}\n\n`,
  }));
  const lines = await platformOn(url, { redactor }).buildLog("id", 2);
  expect(lines[0]).toBe("red (secret)");
  expect(lines[1]?.length).toBe(2_000);
  expect(asked[0]?.query.get("tail")).toBe("2");
});

test("the recorded log of a failed build ends with its reason", async () => {
  const { url } = await serve(() => ({ json: responseOf("deployment.readLogs-bad-image") }));
  const lines = await platformOn(url).buildLog("id", 20);
  expect(lines.join("\n")).toContain("manifest for localhost:5000/nope:9 not found");
});

test.each(managedKinds)(
  "a %s has rows of deployments exactly where it goes through the queue",
  (kind) => {
    const hasRows = deploymentsCall({ kind, id: "x" }) !== null;
    expect(hasRows).toBe(kinds[kind].deploys === "queued");
  },
);
