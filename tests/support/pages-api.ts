// The API of the stand-in world, as far as pages ask it: the same addresses and shapes as the real one.
import { Hono } from "hono";
import type { OrphanView } from "../../src/http/api/shapes/answers.ts";
import type {
  CommitDetail,
  CommitSummary,
  EventView,
  Overview,
  ProblemView,
  StackDetail,
} from "../../src/http/api/shapes/dashboard.ts";
import type { OwnStackView } from "../../src/http/api/shapes/portal.ts";
import type { StackSummary } from "../../src/http/api/shapes/stack.ts";
import { eventPage } from "./pages-events.ts";
import type { Channel } from "./pages-sse.ts";

export interface LogLine {
  readonly at: string;
  readonly text: string;
  readonly service: string;
}

/** What the world shows at the moment. */
export interface Shown {
  overview(): Overview;
  stacks(): readonly StackSummary[];
  /** Throws `not-found`, as `commit` does. */
  stack(name: string): StackDetail;
  commits(): readonly CommitSummary[];
  commit(sha: string): CommitDetail;
  /** The newest last. */
  events(): readonly EventView[];
  orphans(): readonly OrphanView[];
  problems(): readonly ProblemView[];
  /** Stacks of the person who asks. */
  own(): readonly OwnStackView[];
}

export interface PagesApiDeps {
  readonly shown: Shown;
  readonly watch: Channel;
  readonly logs: Channel;
  readonly logLines: readonly LogLine[];
}

/** Below `/api/v1`. */
export function pagesApi({ shown, watch, logs, logLines }: PagesApiDeps): Hono {
  const api = new Hono();
  api.get("/overview", (context) => context.json(shown.overview()));
  api.get("/stacks", (context) => {
    const stacks = shown.stacks();
    return context.json({ stacks, total: stacks.length, next: null });
  });
  api.get("/stacks/:name", (context) => context.json(shown.stack(context.req.param("name"))));
  api.get("/commits", (context) => context.json({ commits: shown.commits() }));
  api.get("/commits/:sha", (context) => context.json(shown.commit(context.req.param("sha"))));
  api.get("/orphans", (context) => context.json({ orphans: shown.orphans() }));
  api.get("/problems", (context) => {
    const problems = shown.problems();
    return context.json({ problems, total: problems.length });
  });
  api.get("/portal/stacks", (context) => context.json({ stacks: shown.own() }));
  api.get("/stream", () => {
    const stacks = shown.stacks();
    return watch.open([
      ["overview", shown.overview()],
      ["reset", { stacks: stacks.map(({ name }) => name) }],
      ...stacks.map((stack): [string, unknown] => ["stack", stack]),
    ]);
  });
  api.get("/stacks/:name/logs", (context) => {
    const service = context.req.query("service");
    const lines = logLines.filter((line) => service === undefined || line.service === service);
    const named = Map.groupBy(lines, (line) => line.service);
    return logs.open(
      [...named].map(([key, some]): [string, unknown] => [
        "lines",
        {
          service: key,
          name: key.replace("app/", ""),
          lines: some.map(({ at, text }) => ({ at, text })),
        },
      ]),
    );
  });
  api.get("/events", (context) => {
    const { stack, limit, before } = context.req.query();
    return context.json(eventPage(shown.events(), stack, Number(limit), before));
  });
  api.get("/stacks/:name/revert", (context) => context.json(shown.stack("shop").plan));
  api.post("/stacks/:name/:verb", (context) => {
    const { name, verb } = context.req.param();
    return context.json(
      { stack: name, message: `${name}: ${verb} is under way`, url: null, review: null },
      202,
    );
  });
  api.delete("/stacks/:name", (context) => {
    const { name } = context.req.param();
    return context.json({ stack: name, message: `${name} is removed` }, 202);
  });
  api.post("/approve-prune", (context) => context.json({ message: "removed now" }, 202));
  return api;
}
