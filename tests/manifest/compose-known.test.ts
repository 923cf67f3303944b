// What Capstan makes of compose files as public software has them: what must run, what the others find on the network, what
// reaches the host, and what stays on the server.
import { join } from "node:path";
import { expect, test } from "vitest";
import { aliasesOf, hostAccessOf, replicasOf, volumesOf } from "../../src/model/kinds/table.ts";
import { load, readFolder, serviceOf, stackOf } from "./support.ts";

const folder = join(import.meta.dirname, "cases/compose-files-of-well-known-kinds");
const stack = stackOf(load(readFolder(folder, (path) => path === "expected.txt")));

interface Known {
  /** Containers that must run; of a service of every node one. */
  readonly parts: number;
  readonly names: readonly string[];
  readonly reaches: readonly string[];
  readonly volumes: readonly string[];
}

const known: Readonly<Record<string, Known>> = {
  papers: {
    parts: 5,
    names: [],
    reaches: ["page: /srv/scans of the host"],
    volumes: ["x_data", "x_media", "x_pgdata", "x_redisdata"],
  },
  flows: { parts: 5, names: [], reaches: [], volumes: ["x_db", "x_dags", "x_logs"] },
  watch: {
    parts: 4,
    names: ["grafana", "boards"],
    reaches: [
      "node: the processes of the host (pid: host)",
      "node: / of the host (read-only)",
      "cadvisor: everything on the host (privileged)",
      "cadvisor: a device of the host (/dev/kmsg)",
      "cadvisor: the docker socket (/var/run/docker.sock)",
      "cadvisor: /sys of the host (read-only)",
    ],
    volumes: ["x_metrics", "x_boards"],
  },
  signin: {
    parts: 3,
    names: [],
    reaches: ["worker: the docker socket (/var/run/docker.sock)"],
    volumes: ["x_database", "x_certs"],
  },
  meet: {
    parts: 5,
    names: [],
    reaches: [
      "bridge-a: port 10000/udp of the host",
      "recorder: more rights on the host (SYS_ADMIN)",
    ],
    volumes: [],
  },
  vote: {
    parts: 5,
    names: [],
    reaches: ["vote: port 15080/tcp of the host"],
    volumes: ["x_db-data"],
  },
  post: {
    parts: 2,
    names: [],
    reaches: [
      "mail: more rights on the host (NET_ADMIN)",
      "mail: more rights on the host (SYS_PTRACE)",
      "mail: ${CONFIG_DIR:-/srv/mail}/config of the host",
      "mail: port 25/tcp of the host",
      "mail: port 465/tcp of the host",
      "mail: port 587/tcp of the host",
      "mail: port 127.0.0.1:4190/tcp of the host",
      "mail: port [::1]:993/tcp of the host",
    ],
    volumes: ["post-data", "x_certs"],
  },
  photos: {
    parts: 5,
    names: ["server"],
    reaches: [
      "server: ${LIBRARY:?say where they are} of the host",
      "server: /etc/localtime of the host (read-only)",
      "microservices: a device of the host (/dev/dri)",
      "microservices: ${LIBRARY:?say where they are} of the host",
      "microservices: /etc/localtime of the host (read-only)",
      "learning: devices of the host (GPUs)",
    ],
    volumes: ["x_models", "x_pgdata"],
  },
};

test.each(Object.entries(known))("%s", (name, expected) => {
  const service = serviceOf(stack, `compose/${name}`);
  expect({
    parts: replicasOf(service),
    names: aliasesOf(service),
    reaches: hostAccessOf(service).map(({ part, text }) => `${part}: ${text}`),
    volumes: volumesOf(service, "x"),
  }).toEqual(expected);
  const keeps = expected.volumes.length > 0 ? "retain" : "delete";
  expect(service.deletionPolicy).toBe(keeps);
});

test("each file of the folder is looked at", () => {
  expect(stack.services.map(({ name }) => name)).toEqual(Object.keys(known).sort());
});
