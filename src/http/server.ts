// The HTTP server beside a running controller: how it is, for load balancers and for people, and the API
// for operators. Errors are RFC 9457 problem details.
import { Hono } from "hono";
import type { EngineState } from "../engine/engine.ts";
import type { StackStatus } from "../model/status.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/logger.ts";
import { apiInProcess, createApi } from "./api/api.ts";
import type { Api, ApiDeps } from "./api/api.ts";
import { createAuth } from "./auth/auth.ts";
import type { Auth, AuthDeps } from "./auth/auth.ts";
import { refusal } from "./auth/verdict.ts";
import { guard, noGuardSettings } from "./guard.ts";
import type { GuardSettings } from "./guard.ts";
import { cardShell, textShell } from "./pages/shell.ts";
import { siteRoutes } from "./site.ts";
import { createStaticFiles } from "./static/files.ts";
import { healthOf } from "./health.ts";
import { listen } from "./listen.ts";
import type { Listening } from "./listen.ts";
import { metricsRoutes } from "./metrics.ts";
import type { MetricsDeps } from "./metrics.ts";
import { nothingAt, problem, unexpected } from "./problem.ts";
import { webhookRoutes } from "./webhooks.ts";
import type { WebhookDeps } from "./webhooks.ts";

export interface ServerDeps {
  readonly state: () => EngineState;
  readonly stacks: () => readonly StackStatus[];
  /** Takes secrets out of texts of unknown origin. */
  readonly redact: (text: string) => string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  /** Who may; without it nobody but programs of this machine. */
  readonly auth?: AuthDeps;
  readonly guard?: GuardSettings;
  /** What /api/v1 is about; without it there is none. */
  readonly api?: ApiDeps;
  /** Without it there is no /metrics. */
  readonly metrics?: MetricsDeps;
  /** Without it there is no /webhooks. */
  readonly webhooks?: WebhookDeps;
  /** What answers agents at /mcp; without it there is none. */
  readonly mcp?: (parts: AgentParts) => AgentServer;
  /** The key in the links of commits' checks: it opens the page of that commit and nothing else. */
  readonly commitKey?: (sha: string) => string;
}

export interface AgentParts {
  /** The API's routes, below `/api`. */
  readonly api: (request: Request) => Promise<Response> | Response;
  readonly version: string;
  readonly logger: Logger;
}

export interface AgentServer {
  /** Of whoever may look at the API. */
  readonly handle: (request: Request) => Promise<Response>;
  readonly close: () => Promise<void>;
}

export interface HttpServer extends Listening {
  /** How many streams of events are open. */
  watching(): number;
}

const standby =
  "another process is the active one; this one is on standby, and takes over when that ends";

/** The routes, without a socket. */
export function createRoutes(
  deps: ServerDeps,
  api: Api | null,
  auth: Auth,
  site: Hono | null = null,
  agents: AgentServer | null = null,
): Hono {
  const app = new Hono();
  guard(app, auth, deps.guard ?? noGuardSettings, deps);

  app.get("/health", (context) => {
    const { version, redact } = deps;
    const state = deps.state();
    const stacks = deps.stacks();
    return context.json(healthOf({ state, stacks, nowMs: deps.clock.now(), version, redact }));
  });
  app.get("/healthz", (context) => context.text("ok\n"));
  app.get("/readyz", (context) => {
    const { ready, waitsFor } = deps.state();
    // Everybody may ask here: who holds it is told to operators only. Where it hands on what it is asked for, it serves.
    const isHandedOn = (deps.api?.hand?.("/") ?? null) !== null;
    if (waitsFor !== null && !isHandedOn) return problem(503, standby);
    if (ready) return context.text("ok\n");
    return problem(503, "Git and the server have not both been read yet");
  });

  app.route("/", auth.routes);
  if (api !== null) app.route("/api", api.app);
  if (agents !== null) {
    app.all("/mcp", async ({ req: { raw } }) => {
      const verdict = await auth.access(raw, "viewer");
      return verdict.kind === "refused" ? refusal(verdict) : agents.handle(raw);
    });
  }
  const { metrics, webhooks } = deps;
  if (metrics !== undefined) app.route("/metrics", metricsRoutes(metrics, auth.access));
  if (webhooks !== undefined) app.route("/webhooks", webhookRoutes(webhooks, deps));
  if (site !== null) app.route("/", site);
  app.on(["POST", "PUT", "PATCH", "DELETE"], ["/health", "/healthz", "/readyz", "/metrics"], () =>
    problem(405, "this address is for reading", { Allow: "GET, HEAD" }),
  );
  app.notFound((context) => nothingAt(context.req.path));
  app.onError(unexpected(deps.logger));
  return app;
}

/** Listens when it resolves. Throws `invalid` with a hint when port or address cannot be had. */
export async function startHttpServer(
  deps: ServerDeps,
  options: { readonly host: string; readonly port: number },
): Promise<HttpServer> {
  let listening: Listening | null = null;
  const isLoopback = (): boolean => listening?.isLoopback === true;
  const { clock, logger, redact, version } = deps;
  const files = createStaticFiles();
  const auth = createAuth(
    { tokens: [], ...deps.auth, page: cardShell(files) },
    { isLoopback, clock, logger },
  );
  const edge = {
    ...auth,
    page: textShell(files, "/api/docs", ["docs.css"]),
    clock,
    logger,
    redact,
    version,
  };
  const api = deps.api === undefined ? null : createApi(deps.api, edge);
  const site =
    deps.api === undefined || api === null
      ? null
      : siteRoutes(
          {
            files,
            clock,
            redact,
            engine: deps.api.engine,
            portal: deps.api.portal ?? null,
            commitKey: deps.commitKey ?? null,
          },
          api,
          auth,
        );
  const agents =
    api === null
      ? null
      : (deps.mcp?.({
          api: apiInProcess(api, logger),
          version,
          logger,
        }) ?? null);
  const routes = createRoutes(deps, api, auth, site, agents);
  const ending = (): void => {
    api?.close();
    void agents?.close();
  };
  try {
    listening = await listen(routes.fetch, { ...options, ending });
    return { ...listening, watching: () => api?.watching() ?? 0 };
  } catch (error) {
    ending();
    throw error;
  }
}
