// The API's addresses as a table: what each needs, and what it does. Nobody is answered before access has
// been judged; answers are JSON without secrets, errors RFC 9457 problem details.
import type { Context } from "hono";
import type { Engine } from "../../engine/engine.ts";
import { nameHint } from "../../manifest/suggest.ts";
import { CapstanError } from "../../lib/errors.ts";
import type { DesiredStack } from "../../model/desired.ts";
import type { Role } from "../../model/person.ts";
import type { StackStatus } from "../../model/status.ts";
import { buildViews, runsListed } from "./build-views.ts";
import type { EventStreams } from "./event-stream.ts";
import type { Feed, FeedEvent } from "./feed.ts";
import {
  approvalBody,
  eventsQuery,
  listQuery,
  logsQuery,
  noBody,
  noQuery,
  planQuery,
  readBody,
  readQuery,
  reconcileBody,
  redeployBody,
} from "./input.ts";
import {
  cleaned,
  eventView,
  logsView,
  planDocument,
  reconcilingView,
  stackDetail,
  stackSummary,
} from "./views.ts";

export interface RouteParts {
  readonly engine: Engine;
  readonly feed: Feed;
  readonly streams: EventStreams;
  readonly redact: (text: string) => string;
}

export interface Route {
  readonly method: "GET" | "POST";
  /** Below `/api/v1`. */
  readonly path: string;
  readonly needs: Role;
  /** `by`: who asks. A CapstanError becomes problem details. */
  readonly handle: (
    context: Context,
    by: string,
    parts: RouteParts,
  ) => Promise<Response> | Response;
}

interface Found {
  readonly status: StackStatus | null;
  readonly desired: DesiredStack | null;
}

/** All stacks of Git and of the last runs, by name. */
function allStacks(engine: Engine): ReadonlyMap<string, Found> {
  const found = new Map<string, Found>();
  for (const desired of engine.desired()) found.set(desired.name, { status: null, desired });
  for (const status of engine.stacks()) {
    found.set(status.name, { status, desired: found.get(status.name)?.desired ?? null });
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Before Git was read nothing can be said of stacks, not even that there are none. */
function mustBeRead(engine: Engine): void {
  const { waitsFor, revision } = engine.state();
  if (waitsFor !== null) {
    throw new CapstanError("unavailable", waitsFor, { hint: "ask the one that works" });
  }
  if (revision === null) {
    throw new CapstanError("unavailable", "Git has not been read yet", {
      hint: "try again in a moment; /health says what is wrong",
    });
  }
}

function findStack(engine: Engine, name: string): Found {
  const all = allStacks(engine);
  const found = all.get(name);
  if (found !== undefined) return found;
  mustBeRead(engine);
  throw new CapstanError("not-found", `there is no stack ${name.slice(0, 100)}`, {
    hint: nameHint(name, "stack", all.keys(), null),
  });
}

const nameOf = (context: Context): string => context.req.param("name") ?? "";

function answer(parts: RouteParts, value: unknown, status: 200 | 202 = 200): Response {
  return Response.json(cleaned(value, parts.redact), { status });
}

function listStacks(context: Context, _: string, parts: RouteParts): Response {
  const { limit, after } = readQuery(listQuery, context.req.url);
  mustBeRead(parts.engine);
  const all = allStacks(parts.engine);
  const rest = [...all].filter(([name]) => after === undefined || name > after);
  const shown = rest.slice(0, limit);
  return answer(parts, {
    stacks: shown.map(([name, { status }]) => stackSummary(name, status, parts.engine)),
    total: all.size,
    /** For `after`; null when these are the last. */
    next: rest.length > shown.length ? (shown.at(-1)?.[0] ?? null) : null,
  });
}

async function oneStack(context: Context, _: string, parts: RouteParts): Promise<Response> {
  readQuery(noQuery, context.req.url);
  const name = nameOf(context);
  const { engine } = parts;
  findStack(engine, name);
  const builds = await engine.builds(name);
  // What came meanwhile counts.
  const { status, desired } = findStack(engine, name);
  return answer(parts, stackDetail(name, status, desired, builds, engine));
}

async function builds(context: Context, _: string, parts: RouteParts): Promise<Response> {
  readQuery(noQuery, context.req.url);
  mustBeRead(parts.engine);
  const all = await parts.engine.builds();
  return answer(parts, { builds: buildViews(all, runsListed), total: all.length });
}

const mostShown = 1_000;

function events(context: Context, _: string, parts: RouteParts): Response {
  const { stack, since, after, limit } = readQuery(eventsQuery, context.req.url);
  const from = context.req.header("Last-Event-ID") ?? after;
  const filter = { stack, sinceMs: since, after: from };
  const show = (one: FeedEvent): unknown => cleaned(eventView(one), parts.redact);
  const wantsStream = (context.req.header("Accept") ?? "").includes("text/event-stream");
  if (!wantsStream || context.req.method !== "GET") {
    const recent = parts.feed.recent(filter, limit ?? 100);
    return Response.json({ events: recent.map(show) });
  }
  // Who comes back gets all that was missed: a limit is of the first answer.
  const cameBack = context.req.header("Last-Event-ID") !== undefined;
  const all = cameBack || (limit === undefined && (from ?? since) !== undefined);
  const missed = all ? mostShown : (limit ?? 0);
  const stream = parts.streams.open(filter, missed, show, context.req.raw.signal);
  if (stream !== null) return stream;
  throw new CapstanError("rate-limited", "too many are watching events already", {
    hint: "close one of them, or ask without `Accept: text/event-stream`",
    retryAfterMs: 30_000,
  });
}

/** Those who ask for the same plan at the same time share one. */
function sharedPlans() {
  const underWay = new WeakMap<Engine, Map<string, ReturnType<Engine["plan"]>>>();
  return (engine: Engine, stack: string | null): ReturnType<Engine["plan"]> => {
    const plans = underWay.get(engine) ?? new Map<string, ReturnType<Engine["plan"]>>();
    underWay.set(engine, plans);
    const key = stack ?? "";
    const made =
      plans.get(key) ??
      engine.plan(stack === null ? {} : { stacks: [stack] }).finally(() => plans.delete(key));
    plans.set(key, made);
    return made;
  };
}
const planOf = sharedPlans();

async function plan(context: Context, _: string, parts: RouteParts): Promise<Response> {
  const { stack, limit } = readQuery(planQuery, context.req.url);
  if (stack !== undefined) findStack(parts.engine, stack);
  return answer(parts, planDocument(await planOf(parts.engine, stack ?? null), limit));
}

async function logs(context: Context, _: string, parts: RouteParts): Promise<Response> {
  const { service, lines } = readQuery(logsQuery, context.req.url);
  const said = await parts.engine.logs(nameOf(context), service ?? null, lines);
  return answer(parts, { logs: logsView(said) });
}

type Change = (context: Context, by: string, parts: RouteParts) => Promise<object>;

/** Answers 202: it is asked for, and carried out by the stack's next run. */
function change(ask: Change): Route["handle"] {
  return async (context, by, parts) => {
    readQuery(noQuery, context.req.url);
    return answer(parts, { ...(await ask(context, by, parts)), by }, 202);
  };
}

const reconcile: Change = async (context, by, { engine }) => {
  await readBody(noBody, context.req.raw);
  const stack = nameOf(context);
  engine.reconcile(stack, by);
  return { stack, message: `${stack} is compared with Git and mended now` };
};

const reconcileAll: Change = async (context, by, { engine }) => {
  const { stacks } = await readBody(reconcileBody, context.req.raw);
  const asked = reconcilingView(await engine.reconcileAll(stacks ?? null, by));
  const count = asked.stacks.length;
  const message = `${count === 1 ? "1 stack is" : `${count} stacks are`} compared with Git and mended now`;
  return { ...asked, message };
};

const redeploy: Change = async (context, by, { engine }) => {
  const { service } = await readBody(redeployBody, context.req.raw);
  const stack = nameOf(context);
  const services = engine.redeploy(stack, service ?? null, by);
  return { stack, services, message: `${stack} is deployed again` };
};

const suspend: Change = async (context, by, { engine }) => {
  await readBody(noBody, context.req.raw);
  const stack = nameOf(context);
  engine.suspend(stack, by);
  return { stack, message: `nothing of ${stack} is written until somebody resumes it` };
};

const resume: Change = async (context, by, { engine }) => {
  await readBody(noBody, context.req.raw);
  const stack = nameOf(context);
  const was = engine.resume(stack, by);
  const inGit = engine.desired().find(({ name }) => name === stack)?.suspend === true;
  const done = was ? `${stack} goes on` : `${stack} was not suspended by anybody`;
  const still = `${stack} stays suspended: its manifest says \`suspend: true\``;
  return { stack, message: inGit ? still : done };
};

const approvePrune: Change = async (context, by, { engine }) => {
  const { digest } = await readBody(approvalBody, context.req.raw);
  const stacks = await engine.approvePrune(digest, by);
  return { digest, stacks, message: `what ${digest} names is removed now` };
};

export const routes: readonly Route[] = [
  { method: "GET", path: "/stacks", needs: "viewer", handle: listStacks },
  { method: "GET", path: "/stacks/:name", needs: "viewer", handle: oneStack },
  { method: "GET", path: "/stacks/:name/logs", needs: "viewer", handle: logs },
  { method: "GET", path: "/builds", needs: "viewer", handle: builds },
  { method: "GET", path: "/events", needs: "viewer", handle: events },
  { method: "GET", path: "/plan", needs: "viewer", handle: plan },
  { method: "POST", path: "/reconcile", needs: "operator", handle: change(reconcileAll) },
  {
    method: "POST",
    path: "/stacks/:name/reconcile",
    needs: "operator",
    handle: change(reconcile),
  },
  { method: "POST", path: "/stacks/:name/redeploy", needs: "operator", handle: change(redeploy) },
  { method: "POST", path: "/stacks/:name/suspend", needs: "operator", handle: change(suspend) },
  { method: "POST", path: "/stacks/:name/resume", needs: "operator", handle: change(resume) },
  { method: "POST", path: "/approve-prune", needs: "operator", handle: change(approvePrune) },
];
