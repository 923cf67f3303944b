/** The table of all procedures the simulator knows, by their full names. */
import { z } from "zod";
import { databaseRouter } from "./kinds/databaseRouter.ts";
import { databaseKinds } from "./kinds/databases.ts";
import { nothing, query } from "./procedure.ts";
import type { Procedure, Router } from "./procedure.ts";
import { applicationRouter } from "./procedures/application.ts";
import { applicationRunRouter } from "./procedures/applicationRun.ts";
import { applicationSourceRouter } from "./procedures/applicationSource.ts";
import { backupRouter } from "./procedures/backup.ts";
import { composeRouter } from "./procedures/compose.ts";
import { deploymentRouter } from "./procedures/deployment.ts";
import { destinationRouter } from "./procedures/destination.ts";
import { domainRouter } from "./procedures/domain.ts";
import { environmentRouter } from "./procedures/environment.ts";
import {
  bitbucketRouter,
  giteaRouter,
  githubRouter,
  gitlabRouter,
} from "./procedures/gitProviders.ts";
import { mountsRouter } from "./procedures/mounts.ts";
import {
  gitProviderRouter,
  registryRouter,
  sshKeyRouter,
  vaultProviderRouter,
} from "./procedures/named.ts";
import { portRouter } from "./procedures/port.ts";
import { projectRouter } from "./procedures/project.ts";
import { redirectsRouter } from "./procedures/redirects.ts";
import { scheduleRouter } from "./procedures/schedule.ts";
import { securityRouter } from "./procedures/security.ts";
import { serverRouter, settingsRouter, userRouter } from "./procedures/settings.ts";
import { dockerRouter, swarmRouter } from "./procedures/swarm.ts";
import { tagRouter } from "./procedures/tag.ts";
import { volumeBackupsRouter } from "./procedures/volumeBackups.ts";
import type { Call } from "./world.ts";

const ROUTERS: Readonly<Record<string, Router>> = {
  project: projectRouter,
  environment: environmentRouter,
  application: { ...applicationRouter, ...applicationSourceRouter, ...applicationRunRouter },
  domain: domainRouter,
  mounts: mountsRouter,
  port: portRouter,
  security: securityRouter,
  redirects: redirectsRouter,
  schedule: scheduleRouter,
  backup: backupRouter,
  volumeBackups: volumeBackupsRouter,
  destination: destinationRouter,
  sshKey: sshKeyRouter,
  gitProvider: gitProviderRouter,
  github: githubRouter,
  gitlab: gitlabRouter,
  gitea: giteaRouter,
  bitbucket: bitbucketRouter,
  registry: registryRouter,
  vaultProvider: vaultProviderRouter,
  deployment: deploymentRouter,
  swarm: swarmRouter,
  docker: dockerRouter,
  settings: {
    ...settingsRouter,
    getOpenApiDocument: query(nothing, (_input, call) => describe(call)),
  },
  user: userRouter,
  server: serverRouter,
  compose: composeRouter,
  ...Object.fromEntries(databaseKinds.map((kind) => [kind, databaseRouter(kind)])),
  tag: tagRouter,
};

export const PROCEDURES: ReadonlyMap<string, Procedure> = new Map(
  Object.entries(ROUTERS).flatMap(([router, procedures]) =>
    Object.entries(procedures).map(([name, one]) => [`${router}.${name}`, one] as const),
  ),
);

/** What the server says of itself; `tables.undescribed` names what it lacks: `port.create`, `application.update env`. */
function describe({ world }: Call): object {
  const { version, undescribed } = world.tables;
  const info = { title: "Dokploy API", description: "Endpoints for dokploy", version };
  const paths = [...PROCEDURES]
    .filter(([name]) => !undescribed.has(name))
    .map(([name, procedure]) => [`/${name}`, describeOne(name, procedure, undescribed)] as const);
  return { openapi: "3.1.0", info, paths: Object.fromEntries(paths) };
}

function describeOne(
  name: string,
  { kind, schema }: Procedure,
  undescribed: ReadonlySet<string>,
): object {
  const whole = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  // An input that may be absent as a whole is described as if it never was.
  const json = whole.anyOf?.find(({ properties }) => properties !== undefined) ?? whole;
  const known = Object.entries(json.properties ?? {}).filter(
    ([field]) => !undescribed.has(`${name} ${field}`),
  );
  const required = json.required ?? [];
  if (kind === "mutation") {
    const body = { type: "object", properties: Object.fromEntries(known), required };
    return { post: { requestBody: { content: { "application/json": { schema: body } } } } };
  }
  const parameters = known.map(([field, of]) => ({
    in: "query",
    name: field,
    schema: of,
    required: required.includes(field),
  }));
  return { get: { parameters } };
}
