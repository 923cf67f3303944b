// All addresses below /api/v1, each described in the file of its subject.
import { buildRoutes } from "./builds.ts";
import { commitRoutes } from "./commits.ts";
import type { Endpoint } from "./endpoint.ts";
import { connectionRoutes } from "./connections.ts";
import { eventRoutes } from "./events.ts";
import { explanationRoutes } from "./explanation.ts";
import { logRoutes } from "./logs.ts";
import { manifestRoutes } from "./manifests.ts";
import { overviewRoutes } from "./overview.ts";
import { portalRoutes } from "./portal.ts";
import { proposalRoutes } from "./proposals.ts";
import { secretRoutes } from "./secrets.ts";
import { changeRoutes } from "./stack-changes.ts";
import { stackRoutes } from "./stacks.ts";
import { streamRoutes } from "./stream.ts";

export const routes: readonly Endpoint[] = [
  ...stackRoutes,
  ...logRoutes,
  ...changeRoutes,
  ...explanationRoutes,
  ...manifestRoutes,
  ...proposalRoutes,
  ...portalRoutes,
  ...eventRoutes,
  ...streamRoutes,
  ...commitRoutes,
  ...overviewRoutes,
  ...connectionRoutes,
  ...buildRoutes,
  ...secretRoutes,
];
