// The addresses beside the API that programs ask, for its description; `http/server.ts` answers them.
import { createRoute, z } from "@hono/zod-openapi";
import type { RouteConfig } from "@hono/zod-openapi";
import { errorResponses } from "./errors.ts";

const health = z
  .object({
    status: z.enum(["ok", "degraded"]),
    timestamp: z.iso.datetime(),
    version: z.string(),
    service: z.literal("capstan"),
    activeDeployments: z.number(),
    stacks: z.object({ ready: z.number(), waiting: z.number(), failed: z.number() }),
    problems: z.number().describe("Mistakes in manifests."),
    errors: z
      .object({ source: z.string().optional(), platform: z.string().optional() })
      .describe("Why Git or the server cannot be read; empty when both can."),
  })
  .openapi("Health");

const plain = { "text/plain": { schema: { type: "string" as const } } };

function probe(path: string, id: string, summary: string, errors: readonly number[]) {
  return createRoute({
    method: "get",
    path,
    operationId: id,
    tags: ["Health"],
    summary,
    security: [],
    responses: { 200: { description: "Yes", content: plain }, ...errorResponses(errors) },
  });
}

export const healthRoutes: readonly RouteConfig[] = [
  createRoute({
    method: "get",
    path: "/health",
    operationId: "getHealth",
    tags: ["Health"],
    summary: "How the controller is",
    description: "200 as long as the process works, also when Git or Dokploy is down.",
    security: [],
    responses: {
      200: { description: "The answer", content: { "application/json": { schema: health } } },
      ...errorResponses([500]),
    },
  }),
  probe("/healthz", "isAlive", "Whether the process works", [500]),
  probe("/readyz", "isReady", "Whether Git and the server were read", [500, 503]),
  probe("/metrics", "readMetrics", "Metrics in Prometheus' text format", [401, 429, 500]),
  createRoute({
    method: "post",
    path: "/webhooks/{host}",
    operationId: "receiveWebhook",
    tags: ["Health"],
    summary: "A delivery of the Git host",
    description: "Signed with WEBHOOK_SECRET, as each host does it.",
    security: [],
    parameters: [
      {
        name: "host",
        in: "path",
        required: true,
        schema: { type: "string", enum: ["gitea", "forgejo", "github", "gitlab"] },
      },
    ],
    responses: {
      202: { description: "Taken" },
      ...errorResponses([400, 401, 404, 413, 500, 503]),
    },
  }),
];
