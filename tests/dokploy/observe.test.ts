// Law R3: the list, whole or not at all.
import { expect, test } from "vitest";
import { failureOf, item, platformOn, recording, refusalItem, serve } from "./support.ts";
import type { Reply } from "./support.ts";

type Items = [unknown, unknown, unknown, unknown];

const four = recording("trpc-batch-four-lists").response as Items;

const listed = (reply: Reply) => serve(() => reply);

test("the recorded lists become one snapshot", async () => {
  const { url, asked } = await listed({ json: four });
  const snapshot = await platformOn(url).list();
  expect(asked).toHaveLength(1);
  expect(snapshot.projects).toEqual([
    {
      projectId: "fwPI06te8e3h7TV3rsNVQ",
      name: "ai-stack-bob",
      description: "x",
      variables: {},
      createdAt: "2026-11-22T07:51:18.784Z",
      environments: [
        {
          environmentId: "7UgLrWBbOFXMDKsGl2Lhy",
          name: "production",
          isDefault: true,
          services: [
            {
              kind: "application",
              id: "E6HU1V9AO4qj1NLzzaRnH",
              name: "opencode",
              appName: "bob-opencode-mghbca",
              description: expect.stringContaining("key=app/opencode") as string,
              createdAt: "2026-11-22T07:51:18.905Z",
              serverId: null,
              status: "done",
            },
          ],
        },
      ],
    },
  ]);
  expect(snapshot.swarm?.get("bob-opencode-mghbca")).toEqual({
    id: "s8074pxv655i",
    appName: "bob-opencode-mghbca",
    image: "localhost:5000/tiny:1",
    running: 1,
    wanted: 1,
  });
});

test.each<[string, Reply, string]>([
  ["an HTML page", { status: 200, text: "<!doctype html><html></html>" }, "DOKPLOY_URL"],
  ["cut off", { text: JSON.stringify(four).slice(0, 500) }, ""],
  ["of another shape", { json: [item({ projects: [] }), four[1], four[2], four[3]] }, ""],
  ["without its first half", { json: [item(null), four[1], four[2], four[3]] }, ""],
  [
    "a failure of one half",
    {
      status: 207,
      json: [
        four[0],
        refusalItem(500, "INTERNAL_SERVER_ERROR", "project.allForPermissions", "boom"),
        four[2],
        four[3],
      ],
    },
    "",
  ],
  ["a proxy's plain 404", { status: 404, text: "404 page not found\n" }, "proxy"],
  ["an empty 404", { status: 404 }, "proxy"],
  ["another server's 404", { status: 404, json: { error: "no such page" } }, "DOKPLOY_URL"],
  ["a bad gateway", { status: 502, text: "<html>502</html>" }, "proxy"],
  ["lost on the way", { cut: "before" }, "running"],
])("R3 a list that is %s ends in an error", async (_, reply, hint) => {
  const { url } = await listed(reply);
  const error = await failureOf(platformOn(url).list());
  expect(error.code).toBe("unavailable");
  expect(error.hint ?? "").toContain(hint);
});

test("R3 a list that only a member's key sees is forbidden, not empty", async () => {
  const { response } = recording("permission-denied-allForPermissions");
  const { message } = response as { message: string };
  const denied = refusalItem(401, "UNAUTHORIZED", "project.allForPermissions", message);
  const { url } = await listed({ status: 207, json: [item([]), denied, four[2], four[3]] });
  expect((await failureOf(platformOn(url).list())).code).toBe("forbidden");
});

test("R3 lists that disagree twice are believed neither way", async () => {
  const { url, asked } = await listed({ json: [item([]), four[1], four[2], four[3]] });
  const error = await failureOf(platformOn(url).list());
  expect(error.code).toBe("unavailable");
  expect(error.message).toContain("disagree");
  expect(asked).toHaveLength(2);
});

test("R3 lists that disagree about a database are believed neither way: its project may look empty", async () => {
  const projects = structuredClone(
    (four[0] as { result: { data: { json: { environments: Record<string, unknown>[] }[] } } })
      .result.data.json,
  );
  projects[0]!.environments[0]!.postgres = [{ postgresId: "p1" }];
  const { url } = await listed({ json: [item(projects), four[1], four[2], four[3]] });
  expect((await failureOf(platformOn(url).list())).message).toContain("disagree");
});

test("services of a kind that Capstan does not know count as services of their project", async () => {
  const { url } = await listed({
    json: {
      environments: [
        { name: "production", isDefault: true, applications: [], clickhouse: [{ id: "c" }] },
        { name: "staging", redis: [{ redisId: "r" }] },
      ],
    },
  });
  expect(await platformOn(url).servicesIn("p")).toBe(2);
  const gone = recording("project.one-missing");
  const empty = await listed({ status: gone.status, json: gone.response });
  expect(await platformOn(empty.url).servicesIn("p")).toBe(0);
});

test("R3 something made during the call is seen by asking once more", async () => {
  let count = 0;
  const { url } = await serve(() => ({
    json: ++count === 1 ? [item([]), four[1], four[2], four[3]] : four,
  }));
  expect((await platformOn(url).list()).projects).toHaveLength(1);
});

test.each<[string, unknown, unknown]>([
  ["no node is shown", item([]), item([])],
  ["the node list has no value", item([]), item(null)],
  [
    "the node list failed",
    item([]),
    refusalItem(500, "INTERNAL_SERVER_ERROR", "swarm.getNodes", "x"),
  ],
  ["the service list has no value", item(null), four[3]],
  [
    "a count of replicas is not understood",
    item([{ ID: "a", Name: "b", Image: "c", Replicas: "many" }]),
    four[3],
  ],
])("R3 the swarm is not believed when %s", async (_, apps, nodes) => {
  const { url } = await listed({ json: [four[0], four[1], apps, nodes] });
  const snapshot = await platformOn(url).list();
  expect(snapshot.swarm).toBeNull();
  expect(snapshot.projects).toHaveLength(1);
});

test("R3 an empty swarm beside a node, said twice, is an empty swarm", async () => {
  const swarm = [item([]), four[3]];
  const { url } = await serve(({ procedure }) => ({
    json: procedure.includes("project.all") ? [four[0], four[1], ...swarm] : swarm,
  }));
  expect((await platformOn(url).list()).swarm?.size).toBe(0);
});

test("R3 an empty swarm where something should run is looked at twice, as docker may have come back in between", async () => {
  const { url, asked } = await serve(({ procedure }) =>
    procedure.includes("project.all")
      ? { json: [four[0], four[1], item([]), four[3]] }
      : { json: [four[2], four[3]] },
  );
  expect((await platformOn(url).list()).swarm?.size).toBe(1);
  expect(asked).toHaveLength(2);
});

test("R3 an empty swarm beside applications whose deployments failed is looked at twice, as what ran before still runs", async () => {
  const failed = JSON.parse(
    JSON.stringify(four[1]).replaceAll('"applicationStatus":"done"', '"applicationStatus":"error"'),
  ) as unknown;
  const { url } = await serve(({ procedure }) =>
    procedure.includes("project.all")
      ? { json: [four[0], failed, item([]), four[3]] }
      : { json: [four[2], four[3]] },
  );
  expect((await platformOn(url).list()).swarm?.size).toBe(1);
});

test("replicas are counted whatever docker adds to them", async () => {
  const apps = ["1/1 (max 2 per node)", "0/0", "2/3"].map((Replicas, index) => ({
    ID: `id${index}`,
    Name: `app${index}`,
    Image: "x",
    Replicas,
  }));
  const { url } = await listed({ json: [four[0], four[1], item(apps), four[3]] });
  const { swarm } = await platformOn(url).list();
  expect([...(swarm?.values() ?? [])].map(({ running, wanted }) => [running, wanted])).toEqual([
    [1, 1],
    [0, 0],
    [2, 3],
  ]);
});
