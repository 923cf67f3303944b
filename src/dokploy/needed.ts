// The procedures without which Capstan cannot work: a server's own description must name them all. A test holds
// that this list is what the adapter calls.

import { managedKinds } from "../model/kinds/table.ts";
import { removeCall } from "./services.ts";

const verbs = ["create", "deploy", "move", "one", "readLogs", "update"];

const ofServices = managedKinds.flatMap((kind) => [
  ...verbs.map((verb) => `${kind}.${verb}`),
  removeCall({ kind, id: "" }).procedure,
]);

const others: readonly string[] = [
  "deployment.all",
  "deployment.queueList",
  "deployment.readLogs",
  "docker.getConfig",
  "docker.getServiceContainersByAppName",
  "domain.create",
  "domain.delete",
  "domain.update",
  "environment.create",
  "environment.remove",
  "mounts.create",
  "mounts.remove",
  "mounts.update",
  "port.create",
  "port.delete",
  "port.update",
  "project.all",
  "project.allForPermissions",
  "project.create",
  "project.one",
  "project.remove",
  "project.update",
  "redirects.create",
  "redirects.delete",
  "redirects.update",
  "security.create",
  "security.delete",
  "security.update",
  "settings.getDokployVersion",
  "swarm.getNodeApps",
  "swarm.getNodes",
  "user.get",
];

export const neededProcedures: readonly string[] = [...ofServices, ...others].sort();
