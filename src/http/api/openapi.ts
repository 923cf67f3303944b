// The API's description in OpenAPI, generated from the schemas that requests are checked by. Pure.
import { OpenAPIHono } from "@hono/zod-openapi";
import type { RouteConfig } from "@hono/zod-openapi";

export interface Mounted {
  /** `/api/v1` */
  readonly base: string;
  readonly routes: readonly RouteConfig[];
}

export type ApiDocument = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

const intro = `Capstan keeps a Dokploy server in sync with a Git repository. This API tells what it does and why, and takes requests.

Errors are problem details (RFC 9457) with a \`hint\` where there is something to do. Nothing here holds the value of a secret.`;

const tags = [
  { name: "Stacks", description: "Stacks, their resources, plans and logs." },
  { name: "Changes", description: "What operators ask of stacks. The next run carries it out." },
  { name: "Events", description: "What happened, and what happens." },
  { name: "Commits", description: "Results of commits." },
  { name: "Controller", description: "The controller as a whole." },
  { name: "Builds", description: "Runs of the Git host's CI that build images." },
  { name: "Portal", description: "Stacks that people ask for by name." },
  { name: "Health", description: "For load balancers, alarms and Git hosts." },
  { name: "Description", description: "What you read." },
];

/** `sessionCookie`: its name. */
export function apiDocument(
  mounted: readonly Mounted[],
  about: { readonly version: string; readonly sessionCookie: string },
): ApiDocument {
  const app = new OpenAPIHono();
  const { openAPIRegistry: registry } = app;
  registry.registerComponent("securitySchemes", "token", {
    type: "http",
    scheme: "bearer",
    description: "A token of API_TOKENS, as `capstan token` makes them.",
  });
  registry.registerComponent("securitySchemes", "session", {
    type: "apiKey",
    in: "cookie",
    name: about.sessionCookie,
    description: `Of a person who signed in; over https its name is __Host-${about.sessionCookie}.`,
  });
  for (const { base, routes } of mounted) {
    for (const route of routes) registry.registerPath({ ...route, path: `${base}${route.path}` });
  }
  const used = new Set(mounted.flatMap(({ routes }) => routes).flatMap((one) => one.tags ?? []));
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Capstan",
      version: about.version,
      description: intro,
      license: { name: "MIT", url: "https://opensource.org/license/mit" },
    },
    servers: [{ url: "/" }],
    tags: tags.filter(({ name }) => used.has(name)),
  });
}
