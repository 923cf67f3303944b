// The API's own description: as OpenAPI for programs, and as a page for people. Everybody may read it.
import { createRoute } from "@hono/zod-openapi";
import type { PageShell } from "../auth/sign-in-page.ts";
import { docsPage } from "./docs-page.ts";
import type { Endpoint } from "./endpoint.ts";
import { errorResponses } from "./errors.ts";
import { healthRoutes } from "./health-routes.ts";
import { apiDocument } from "./openapi.ts";
import type { Mounted } from "./openapi.ts";
import { deployRoutes } from "./portal.ts";
import { routes } from "./routes.ts";

export interface DescriptionParts {
  readonly version: string;
  /** The name of the cookie of people who signed in. */
  readonly sessionCookie: string;
  readonly page: PageShell;
}

const jsonType = "application/json";
const htmlType = "text/html; charset=utf-8";

function described(path: string, id: string, summary: string, type: string): Endpoint["route"] {
  const content = {
    [type]: { schema: { type: type === jsonType ? "object" : "string" } },
  } as const;
  return createRoute({
    method: "get",
    path,
    operationId: id,
    tags: ["Description"],
    summary,
    security: [],
    responses: { 200: { description: "The answer", content }, ...errorResponses([429, 500]) },
  });
}

const openApiRoute = described("/openapi.json", "getOpenApi", "This description", jsonType);
const docsRoute = described("/docs", "getDocs", "This description as a page", "text/html");

/** Everything that is described, with where it is mounted. */
export const mounted: readonly Mounted[] = [
  { base: "/api", routes: deployRoutes.map(({ route }) => route) },
  { base: "/api/v1", routes: routes.map(({ route }) => route) },
  { base: "/api", routes: [openApiRoute, docsRoute] },
  { base: "", routes: healthRoutes },
];

/** Addresses below `/api`. What they answer is made when somebody asks for it first. */
export function createDescription(parts: DescriptionParts): readonly Endpoint[] {
  let made: { readonly json: string; readonly docs: ReturnType<typeof docsPage> } | null = null;
  const answers = (): NonNullable<typeof made> => {
    if (made !== null) return made;
    const document = apiDocument(mounted, parts);
    made = { json: JSON.stringify(document), docs: docsPage(document) };
    return made;
  };
  const answer = (text: string, type: string): Response =>
    new Response(text, { headers: { "Content-Type": type } });
  return [
    {
      method: "GET",
      path: "/openapi.json",
      needs: "anybody",
      route: openApiRoute,
      handle: () => answer(answers().json, jsonType),
    },
    {
      method: "GET",
      path: "/docs",
      needs: "anybody",
      route: docsRoute,
      handle: ({ req }) => answer(parts.page({ ...answers().docs, request: req.raw }), htmlType),
    },
  ];
}
