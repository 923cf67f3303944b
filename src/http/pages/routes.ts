// The pages: the portal at `/`, the dashboard below it. Each is rendered here and comes alive in the
// browser. Nobody who may not see a page learns anything but the way to sign in.
import { Hono } from "hono";
import type { Context } from "hono";
import type { Clock } from "../../lib/clock.ts";

import type { StaticFiles } from "../static/files.ts";
import { staticRoutes } from "../static/routes.ts";
import { htmlAnswer, renderDocument, themeOf } from "./document.ts";
import type { Parts, WithClock } from "./parts.ts";
import type { PageData } from "./page-data.ts";
import { portalParts } from "./portal.ts";

export interface PagesDeps {
  readonly data: PageData;
  readonly files: StaticFiles;
  readonly clock: Clock;
  /** Where somebody signs in to come back to `path`, which begins with `/`. */
  readonly signInPath: (path: string) => string;
}

async function show<T extends WithClock>(
  deps: PagesDeps,
  context: Context,
  parts: Parts<T>,
  status = 200,
): Promise<Response> {
  const { raw } = context.req;
  const { pathname, search } = new URL(raw.url);
  const now = new Date(deps.clock.now()).toISOString();
  const data = { ...parts.data, now, theme: themeOf(raw) } as T;
  const text = await renderDocument(deps.files, { ...parts, data, path: `${pathname}${search}` });
  return htmlAnswer(raw, text, status);
}

function toSignIn(deps: PagesDeps, context: Context): Response {
  const { pathname, search } = new URL(context.req.raw.url);
  return context.redirect(deps.signInPath(`${pathname}${search}`), 303);
}

async function portal(deps: PagesDeps, context: Context): Promise<Response> {
  const { data } = deps;
  const person = await data.person(context.req.raw, "portal");
  if (person === null) return toSignIn(deps, context);
  const parts = await portalParts(data, person, context.req.raw);
  return parts === null ? context.redirect("/stacks", 302) : show(deps, context, parts);
}

export function pagesRoutes(deps: PagesDeps): Hono {
  const app = new Hono();
  app.route("/static", staticRoutes(deps.files));
  app.get("/", (context) => portal(deps, context));
  return app;
}
