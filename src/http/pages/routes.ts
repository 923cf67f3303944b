// The pages: the portal at `/`, the dashboard below it. Each is rendered here and comes alive in the
// browser. People who may not see a page learn nothing but the way to sign in.
import { timingSafeEqual } from "node:crypto";
import { Hono } from "hono";
import type { Context } from "hono";
import type { Clock } from "../../lib/clock.ts";
import { isCapstanError } from "../../lib/errors.ts";
import type { Person } from "../../model/person.ts";
import { noticeBody } from "../auth/sign-in-page.ts";
import type { Notice, PageShell } from "../auth/sign-in-page.ts";
import type { Access, Verdict } from "../auth/verdict.ts";
import type { PortalPerson } from "../auth/visitors.ts";
import { createDocs } from "../docs/library.ts";
import { docsRoutes } from "../docs/routes.ts";
import type { StaticFiles } from "../static/files.ts";
import { staticRoutes } from "../static/routes.ts";
import {
  commitParts,
  commitsParts,
  eventsParts,
  problemsParts,
  stackParts,
  stacksParts,
} from "./dashboard.ts";
import { htmlAnswer, renderDocument, themeOf } from "./document.ts";
import type { WithClock } from "./document.ts";
import type { DashboardReads, PortalReads } from "./page-data.ts";
import type { Parts } from "./parts.ts";
import { portalParts } from "./portal.ts";
import { textShell } from "./shell.ts";

export interface PagesDeps {
  readonly files: StaticFiles;
  readonly clock: Clock;
  readonly access: Access;
  readonly portalPerson: PortalPerson;
  readonly reads: DashboardReads;
  /** Null where nothing can be written to Git: `/` leads to the dashboard. */
  readonly portal: PortalReads | null;
  /** The key that a commit's checks carry: it opens the page of that commit and nothing else. */
  readonly commitKey: ((sha: string) => string) | null;
  /** Around what is no page of its own. */
  readonly page: PageShell;
}

async function show<T extends WithClock>(
  deps: PagesDeps,
  context: Context,
  parts: Parts<T>,
): Promise<Response> {
  const { raw } = context.req;
  const { pathname, search } = new URL(raw.url);
  const now = new Date(deps.clock.now()).toISOString();
  const data = { ...parts.data, now, theme: themeOf(raw) } as T;
  const text = renderDocument(deps.files, { ...parts, data, path: `${pathname}${search}` });
  return htmlAnswer(raw, text);
}

function notice(
  deps: PagesDeps,
  context: Context,
  status: number,
  what: Notice,
): Promise<Response> {
  const text = deps.page({ title: what.title, body: noticeBody(what), request: context.req.raw });
  return htmlAnswer(context.req.raw, text, status);
}

/** Signing in helps somebody who is nobody yet; others are told. */
function refuse(deps: PagesDeps, context: Context, verdict: Extract<Verdict, { kind: "refused" }>) {
  const { pathname, search } = new URL(context.req.raw.url);
  if (verdict.status === 401) {
    const to = new URLSearchParams({ to: `${pathname}${search}` });
    return Promise.resolve(context.redirect(`/sign-in?${to.toString()}`, 303));
  }
  const said = `${verdict.detail}: ${verdict.hint}`;
  return notice(deps, context, verdict.status, {
    title: "You cannot see this page",
    text: `${said.slice(0, 1).toUpperCase()}${said.slice(1)}.`,
    action: pathname === "/" ? null : { label: "Go to the start page", href: "/" },
  });
}

async function notFound(deps: PagesDeps, context: Context, error: unknown): Promise<Response> {
  if (!isCapstanError(error)) throw error;
  const isMissing = error.code === "not-found";
  const hint = error.hint ?? "";
  const said = `${error.message}${hint === "" ? "" : `: ${hint}`}`;
  const answer = await notice(deps, context, isMissing ? 404 : 503, {
    title: isMissing ? "There is nothing here" : "Not yet",
    text: `${said.slice(0, 1).toUpperCase()}${said.slice(1)}.`,
    action: isMissing
      ? { label: "See all stacks", href: "/stacks" }
      : { label: "Try again", href: new URL(context.req.raw.url).pathname },
  });
  // Nobody has to press a button to see that it is ready now.
  if (!isMissing) answer.headers.set("Refresh", "3");
  return answer;
}

/** A person with a browser, unlike a program, wants a page also where nothing stands. */
function isForPeople({ headers }: Request): boolean {
  return /\btext\/html\b/i.test(headers.get("Accept") ?? "");
}

function isKey(given: string | undefined, key: string): boolean {
  const [a, b] = [Buffer.from(given ?? ""), Buffer.from(key)];
  return a.length === b.length && timingSafeEqual(a, b);
}

const wholeSha = /^[0-9a-f]{40,64}$/;

export function pagesRoutes(deps: PagesDeps): Hono {
  const { reads, access, portalPerson, portal, commitKey } = deps;
  const app = new Hono();
  app.route("/static", staticRoutes(deps.files));
  const guide = textShell(deps.files, "/docs", ["guide.css"], "guide/guide-main.js");
  app.route("/docs", docsRoutes({ docs: createDocs(deps.files), page: guide, card: deps.page }));

  function dashboard<T extends WithClock>(
    path: string,
    make: (person: Person, context: Context) => Promise<Parts<T>>,
  ): void {
    app.get(path, async (context) => {
      const verdict = await access(context.req.raw, "viewer");
      if (verdict.kind === "refused") return refuse(deps, context, verdict);
      try {
        return await show(deps, context, await make(verdict.person, context));
      } catch (error) {
        return notFound(deps, context, error);
      }
    });
  }

  app.get("/", async (context) => {
    const { raw } = context.req;
    if (portal === null) return context.redirect("/stacks", 302);
    const { verdict, setCookie } = await portalPerson(raw, "viewer");
    if (verdict.kind === "refused") return refuse(deps, context, verdict);
    const seesAll = await access(raw, "viewer");
    try {
      const parts = await portalParts(portal, verdict.person, {
        deployment: context.req.query("deployment") ?? null,
        hasDashboard: seesAll.kind === "granted",
      });
      const answer = await show(deps, context, parts);
      if (setCookie !== undefined) answer.headers.append("Set-Cookie", setCookie);
      return answer;
    } catch (error) {
      return notFound(deps, context, error);
    }
  });

  dashboard("/stacks", (person) => stacksParts(reads, person));
  dashboard("/stacks/:name", (person, { req }) =>
    stackParts(reads, person, req.param("name") ?? ""),
  );
  dashboard("/commits", (person) => commitsParts(reads, person));
  dashboard("/events", (person) => eventsParts(reads, person));
  dashboard("/problems", (person) => problemsParts(reads, person));

  app.get("/commits/:sha", async (context) => {
    const { req } = context;
    const sha = req.param("sha");
    const verdict = await access(req.raw, "viewer");
    const hasKey =
      commitKey !== null && wholeSha.test(sha) && isKey(req.query("key"), commitKey(sha));
    if (verdict.kind === "refused" && !hasKey) return refuse(deps, context, verdict);
    try {
      const person = verdict.kind === "granted" ? verdict.person : null;
      return await show(deps, context, await commitParts(reads, person, sha));
    } catch (error) {
      return notFound(deps, context, error);
    }
  });
  app.get("*", async (context, next) => {
    if (!isForPeople(context.req.raw)) return next();
    return notice(deps, context, 404, {
      title: "There is no such page",
      text: "The address may be mistyped, or from an older version.",
      action: { label: "Go to the start page", href: "/" },
    });
  });
  return app;
}
