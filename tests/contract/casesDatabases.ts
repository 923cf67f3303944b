/** The cases of databases, and of what docker shows of them. */
import type { DatabaseRow } from "../../src/simulator/kinds/databaseRow.ts";
import { databaseId } from "../../src/simulator/kinds/newDatabase.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { newMount } from "../../src/simulator/rows.ts";
import { SCALE, type Case } from "./case.ts";
import { createClient } from "./client.ts";

/** Deploys the recorded database for real, with a crash after it or without. */
const inspectedDatabase = (crashes: boolean): Case => ({
  ...(crashes && { without: ["PreviousSpec"] }),
  // The second update is looked at before swarm has judged it.
  timeScale: crashes ? 1 : SCALE,
  arrange: async (sim, { query, response }) => {
    const client = createClient(sim.url, sim.apiKey);
    const { project } = sim.state.addProject({ name: "p" });
    const row = sim.state.addDatabase(project.projectId, "postgres", {
      name: "db",
      databaseName: "db",
      databaseUser: "u",
      databasePassword: "p",
      dockerImage: "localhost:5000/tiny:1",
      env: 'A=1\nB="two words"',
      args: ["/bin/httpd", "-f", "-p", "8080"],
      memoryLimit: "67108864",
      cpuLimit: "250000000",
      labelsSwarm: { "capstan.want": "abc.1" },
      networkSwarm: [{ Target: "dokploy-network", Aliases: ["rec-postgres-alias"] }],
    });
    row.appName = response.Spec.Name;
    for (const mount of sim.state.mounts.values()) mount.volumeName = `${row.appName}-data`;
    const postgresId = databaseId("postgres", row);
    await client.post("postgres.deploy", { postgresId });
    if (crashes) {
      const dockerImage = "localhost:5000/crash:1";
      const labelsSwarm = { "capstan.want": "abc.2" };
      sim.state.editDatabase("postgres", postgresId, { dockerImage, labelsSwarm, args: [] });
      await client.post("postgres.deploy", { postgresId });
    }
    const service = sim.state.swarmServices.get(row.appName);
    service!.ID = `${query?.containerId}${service!.ID.slice(12)}`;
  },
});

/** What the recordings of one postgres do not all show of it. */
const recorded: Partial<DatabaseRow> = {
  appName: "rec-postgres-z9hds8",
  databaseUser: "u",
  dockerImage: "localhost:5000/tiny:1",
};

const runsDatabase: Case = {
  arrange: (sim) => {
    for (const [id, row] of sim.state.postgres) {
      const { applicationStatus } = row;
      sim.state.runDatabase("postgres", id);
      row.applicationStatus = applicationStatus;
    }
  },
};

const noRegistry: Case = { arrange: (sim) => sim.faults.image("", "unreachable") };

/** The postgres that a request names runs, with what its answer does not show of it. */
const runsRecorded: Case = {
  arrange: (sim) => {
    for (const [postgresId, row] of sim.state.postgres) {
      Object.assign(row, recorded);
      const volume = { volumeName: `${row.appName}-data`, mountPath: "/var/lib/postgresql/data" };
      const mount = newMount(createRandom(1), { type: "volume", ...volume, postgresId });
      sim.state.mounts.set(mount.mountId, mount);
      sim.state.runDatabase("postgres", postgresId);
    }
  },
};

export const DATABASE_CASES: Readonly<Record<string, Case>> = {
  "docker.getConfig-service-database": inspectedDatabase(false),
  "docker.getConfig-service-database-crashing": inspectedDatabase(true),
  "postgres.changePassword": runsRecorded,
  "postgres.deploy-image-missing": noRegistry,
  "postgres.deploy-no-such-image": {
    arrange: (sim) => {
      for (const row of sim.state.postgres.values()) row.dockerImage = "localhost:5000/none:9";
      sim.faults.image("none:9", "missing");
    },
  },
  "postgres.rebuild-live": runsRecorded,
  "postgres.reload-live": runsRecorded,
  "postgres.saveExternalPort": noRegistry,
  "postgres.start-live": runsDatabase,
  "postgres.stop-live": runsDatabase,
  "redis.deploy": noRegistry,
};
