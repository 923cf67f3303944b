// All addresses below /api/v1, each described in the file of its subject.
import { buildRoutes } from "./builds.ts";
import { commitRoutes } from "./commits.ts";
import type { Endpoint } from "./endpoint.ts";
import { eventRoutes } from "./events.ts";
import { logRoutes } from "./logs.ts";
import { manifestRoutes } from "./manifests.ts";
import { overviewRoutes } from "./overview.ts";
import { portalRoutes } from "./portal.ts";
import { changeRoutes } from "./stack-changes.ts";
import { stackRoutes } from "./stacks.ts";
import { streamRoutes } from "./stream.ts";

export const routes: readonly Endpoint[] = [
  ...stackRoutes,
  ...logRoutes,
  ...changeRoutes,
  ...manifestRoutes,
  ...portalRoutes,
  ...eventRoutes,
  ...streamRoutes,
  ...commitRoutes,
  ...overviewRoutes,
  ...buildRoutes,
];
