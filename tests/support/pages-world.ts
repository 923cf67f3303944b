// The pages on a stand-in for the controller: the same addresses as the real API, believable data, and
// handles to make things happen. Pages are looked at and tested on it; the real thing has tests of its own.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import type {
  CommitDetail,
  CommitSummary,
  EventView,
  Overview,
  ProblemView,
} from "../../src/http/api/shapes/dashboard.ts";
import type { OwnStackView, PortalSettingsView } from "../../src/http/api/shapes/portal.ts";
import type { StackSummary } from "../../src/http/api/shapes/stack.ts";
import { personView } from "../../src/http/api/overview.ts";
import { refuse } from "../../src/http/auth/verdict.ts";
import { signInBody } from "../../src/http/auth/sign-in-page.ts";
import { pagesRoutes } from "../../src/http/pages/routes.ts";
import { cardShell } from "../../src/http/pages/shell.ts";
import { problem } from "../../src/http/problem.ts";
import { securityHeaders } from "../../src/http/security-headers.ts";
import { createStaticFiles } from "../../src/http/static/files.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { CapstanError } from "../../src/lib/errors.ts";
import type { Person } from "../../src/model/person.ts";
import { createDeployments } from "./pages-deployments.ts";
import type { Deployments } from "./pages-deployments.ts";
import { sseChannel } from "./pages-sse.ts";
import { detailOf } from "./pages-detail.ts";
import { removalApproval } from "./pages-plan.ts";
import { eventPage, someEvents, someOrphans, someProblems } from "./pages-events.ts";
import { portalSettings, someCommits } from "./pages-settings.ts";
import { commitOf, manyStacks, someStacks, summaryOf, timesAt } from "./pages-stacks.ts";

export interface PagesWorldOptions {
  /** `some`: twelve in all states; `ready`: all is well; or so many. */
  readonly stacks?: "some" | "ready" | "none" | number;
  readonly mode?: PortalSettingsView["mode"];
  readonly settings?: Partial<PortalSettingsView>;
  readonly own?: readonly OwnStackView[];
  /** Null: nobody is signed in. */
  readonly person?: Person | null;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

export interface PagesWorld {
  readonly url: string;
  readonly deployments: Deployments;
  /** What was asked for by POST and DELETE. */
  readonly asked: readonly Asked[];
  readonly stackNames: () => readonly string[];
  /** Adds or changes one, and tells all who watch. */
  setStack(name: string, change: Partial<StackSummary>): void;
  dropStack(name: string): void;
  addEvent(event: Partial<EventView> & Pick<EventView, "id" | "kind" | "message">): void;
  setProblems(problems: readonly ProblemView[]): void;
  readonly log: (text: string, service?: string) => void;
  signOut(): void;
  /** Ends every connection and listens no more. */
  goOffline(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

const operator: Person = { id: "oidc:ines", name: "Ines Duval", email: null, role: "operator" };

const files = createStaticFiles();

export async function startPagesWorld(options: PagesWorldOptions = {}): Promise<PagesWorld> {
  const { stacks: wanted = "some", mode = "commit", own = [] } = options;
  let person = options.person === undefined ? operator : options.person;
  const startedMs = Date.now();
  const times = timesAt(startedMs);
  const { ago } = times;
  const first =
    wanted === "some"
      ? someStacks(times)
      : wanted === "none"
        ? []
        : wanted === "ready"
          ? ["alice", "ben", "docs", "grafana"].map((name) => summaryOf(name, ago(86_400_000)))
          : manyStacks(wanted, times);
  const stacks = new Map(first.map((stack) => [stack.name, stack]));
  const events: EventView[] = wanted === "some" ? [...someEvents(times)] : [];
  let problems: readonly ProblemView[] = wanted === "some" ? someProblems() : [];
  const orphans = wanted === "some" ? someOrphans : [];
  const asked: Asked[] = [];
  const logLines: { at: string; text: string; service: string }[] = [];
  const settings: PortalSettingsView = { ...portalSettings, mode, ...options.settings };
  const deployments = createDeployments(settings);
  const watch = sseChannel();
  const logs = sseChannel();

  const head = commitOf("3f9c2ab", "Release 1.5 of the shop", ago(240_000));
  const overview = (): Overview => {
    const counts: Record<string, number> = {};
    for (const { state } of stacks.values()) counts[state] = (counts[state] ?? 0) + 1;
    return {
      version: "0.1.0",
      instance: "default",
      branch: "main",
      revision: head.sha,
      commit: head,
      lastList: ago(12_000),
      counts,
      problems: problems.length,
      orphans: orphans.length,
      attention:
        [...stacks.values()].filter(({ needsPerson }) => needsPerson).length +
        problems.filter(({ stack }) => stack === null || stacks.get(stack)?.needsPerson !== true)
          .length +
        orphans.length,
      errors: { source: null, platform: null, swarm: null },
      waitsFor: null,
      approvals: wanted === "some" ? [removalApproval] : [],
      person: person === null ? null : personView(person),
    };
  };
  const commits = (): readonly CommitSummary[] => (wanted === "none" ? [] : someCommits(times));
  const commitDetail = (sha: string): CommitDetail => {
    const summary = commits().find(({ commit }) => commit.sha === sha);
    if (summary === undefined) throw new CapstanError("not-found", `there is no commit ${sha}`);
    const check = (stack: string | null, given: Partial<CommitDetail["checks"][number]>) => ({
      context: stack === null ? "capstan/reconcile" : `capstan/stack/${stack}`,
      stack,
      state: summary.state,
      stateText: summary.stateText,
      reason: "",
      description: summary.description,
      change: stack === null ? null : "changed",
      at: summary.at,
      ...given,
    });
    return {
      ...summary,
      checks: [
        check(null, {}),
        check("shop", {
          state: "failure",
          stateText: "Failed",
          description: "web: crash loop, exit code 3",
        }),
        check("docs", {
          state: "success",
          stateText: "Done",
          description: "in sync and healthy",
          change: "created",
        }),
      ],
      problems: sha === head.sha ? [...problems] : [],
    };
  };
  const detail = (name: string) => {
    const stack = stacks.get(name);
    if (stack === undefined) {
      throw new CapstanError("not-found", `there is no stack ${name}`, {
        hint: "did you mean shop?",
      });
    }
    return detailOf(stack, times);
  };

  const app = new Hono();
  app.use(securityHeaders(null));
  app.use("/api/*", async (context, next) => {
    const { method, path } = context.req;
    if (method !== "GET" && method !== "HEAD") {
      const text = await context.req.text();
      asked.push({ method, path, body: text === "" ? null : JSON.parse(text) });
    }
    if (person === null && path.startsWith("/api/v1")) return problem(401, "sign in first");
    await next();
    return undefined;
  });
  app.get("/api/v1/overview", (context) => context.json(overview()));
  app.get("/api/v1/stacks", (context) =>
    context.json({ stacks: [...stacks.values()], total: stacks.size, next: null }),
  );
  app.get("/api/v1/stacks/:name", (context) => context.json(detail(context.req.param("name"))));
  app.get("/api/v1/commits", (context) => context.json({ commits: commits() }));
  app.get("/api/v1/commits/:sha", (context) =>
    context.json(commitDetail(context.req.param("sha"))),
  );
  app.get("/api/v1/orphans", (context) => context.json({ orphans }));
  app.get("/api/v1/problems", (context) => context.json({ problems, total: problems.length }));
  app.get("/api/v1/portal/stacks", (context) =>
    context.json({ stacks: [...own, ...deployments.own()] }),
  );
  app.get("/api/v1/stream", () =>
    watch.open([
      ["overview", overview()],
      ["reset", { stacks: [...stacks.keys()] }],
      ...[...stacks.values()].map((stack): [string, unknown] => ["stack", stack]),
    ]),
  );
  app.get("/api/v1/stacks/:name/logs", (context) => {
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
  app.get("/api/v1/events", (context) => {
    const { stack, limit, before } = context.req.query();
    return context.json(eventPage(events, stack, Number(limit), before));
  });
  app.get("/api/v1/stacks/:name/revert", (context) => context.json(detail("shop").plan));
  app.post("/api/v1/stacks/:name/:verb", (context) => {
    const { name, verb } = context.req.param();
    return context.json(
      { stack: name, message: `${name}: ${verb} is under way`, url: null, review: null },
      202,
    );
  });
  app.delete("/api/v1/stacks/:name", (context) => {
    const { name } = context.req.param();
    return context.json({ stack: name, message: `${name} is removed` }, 202);
  });
  app.post("/api/v1/approve-prune", (context) => context.json({ message: "removed now" }, 202));
  app.route("/api", deployments.routes);
  app.get("/sign-in", (context) => {
    const body = signInBody({
      to: "/",
      methods: { token: true, provider: "id.example.com" },
      error: context.req.query("error") ?? null,
      isSignedOut: context.req.query("signed-out") !== undefined,
    });
    return context.html(cardShell(files)({ title: "Sign in", body, request: context.req.raw }));
  });
  app.route(
    "/",
    pagesRoutes({
      files,
      clock: systemClock,
      access: async () =>
        person === null
          ? refuse(401, "sign in first", "sign in at /sign-in", "Bearer")
          : { kind: "granted", person },
      portalPerson: async () => ({
        verdict: {
          kind: "granted",
          person: person ?? { id: "visitor:x", name: "a visitor", email: null, role: "deployer" },
        },
      }),
      reads: {
        overview: async () => overview(),
        stacks: async () => [...stacks.values()],
        stack: async (name) => detail(name),
        commits: async () => commits(),
        commit: async (sha) => commitDetail(sha),
        orphans: () => ({ orphans }),
        problems: () => ({ problems, total: problems.length }),
        events: ({ stack }, limit) => eventPage(events, stack, limit),
      },
      portal: {
        settings: async () => settings,
        own: async () => [...own, ...deployments.own()],
        deployment: async (id) => deployments.state(id),
      },
      commitKey: () => "key",
      page: cardShell(files),
    }),
  );
  app.onError((error) =>
    error instanceof CapstanError ? problem(404, error.message) : problem(500, error.message),
  );

  const listen = async (port: number): Promise<Server> => {
    const server = createAdaptorServer({ fetch: app.fetch }) as Server;
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return server;
  };
  let server: Server | null = await listen(0);
  const { port } = server.address() as AddressInfo;
  const end = async (): Promise<void> => {
    const ending = server;
    server = null;
    if (ending === null) return;
    watch.cut();
    logs.cut();
    deployments.cut();
    await new Promise<void>((resolve) => {
      ending.close(() => resolve());
      ending.closeAllConnections();
    });
  };

  return {
    url: `http://127.0.0.1:${port}`,
    deployments,
    asked,
    stackNames: () => [...stacks.keys()],
    setStack(name, change) {
      const next = {
        ...(stacks.get(name) ?? summaryOf(name, new Date().toISOString())),
        ...change,
      };
      stacks.set(name, next);
      watch.send("stack", next);
      watch.send("overview", overview());
    },
    dropStack(name) {
      stacks.delete(name);
      watch.send("gone", { name });
      watch.send("overview", overview());
    },
    addEvent(event) {
      const whole = {
        at: new Date().toISOString(),
        level: "info",
        stack: null,
        revision: null,
        ...event,
      } as EventView;
      events.push(whole);
      watch.send("event", whole);
    },
    setProblems(next) {
      problems = next;
      watch.send("overview", overview());
    },
    log(text, service = "app/web") {
      const at = new Date().toISOString();
      logLines.push({ at, text, service });
      const name = service.replace("app/", "");
      logs.send("lines", { service, name, lines: [{ at, text }] });
    },
    signOut() {
      person = null;
    },
    goOffline: end,
    async comeBack() {
      server = await listen(port);
    },
    close: end,
  };
}
