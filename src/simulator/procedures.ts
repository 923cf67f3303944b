/** The table of all procedures the simulator knows, by their full names. */
import { databaseRouter } from "./kinds/databaseRouter.ts";
import { databaseKinds } from "./kinds/databases.ts";
import { nothing, query } from "./procedure.ts";
import type { Procedure, Router } from "./procedure.ts";
import { applicationRouter } from "./procedures/application.ts";
import { applicationRunRouter } from "./procedures/applicationRun.ts";
import { applicationSourceRouter } from "./procedures/applicationSource.ts";
import { composeRouter } from "./procedures/compose.ts";
import { deploymentRouter } from "./procedures/deployment.ts";
import { domainRouter } from "./procedures/domain.ts";
import { environmentRouter } from "./procedures/environment.ts";
import { mountsRouter } from "./procedures/mounts.ts";
import { portRouter } from "./procedures/port.ts";
import { projectRouter } from "./procedures/project.ts";
import { redirectsRouter } from "./procedures/redirects.ts";
import { securityRouter } from "./procedures/security.ts";
import { serverRouter, settingsRouter, userRouter } from "./procedures/settings.ts";
import { dockerRouter, swarmRouter } from "./procedures/swarm.ts";
import { tagRouter } from "./procedures/tag.ts";

const ROUTERS: Readonly<Record<string, Router>> = {
  project: projectRouter,
  environment: environmentRouter,
  application: { ...applicationRouter, ...applicationSourceRouter, ...applicationRunRouter },
  domain: domainRouter,
  mounts: mountsRouter,
  port: portRouter,
  security: securityRouter,
  redirects: redirectsRouter,
  deployment: deploymentRouter,
  swarm: swarmRouter,
  docker: dockerRouter,
  settings: { ...settingsRouter, getOpenApiDocument: query(nothing, () => describe()) },
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

/** What the server says of itself, without the schemas: nobody reads those here. */
function describe(): object {
  const info = { title: "Dokploy API", description: "Endpoints for dokploy", version: "v0.30.2" };
  const paths = Object.fromEntries([...PROCEDURES.keys()].map((name) => [`/${name}`, {}]));
  return { openapi: "3.1.0", info, paths };
}
