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
import { pagesApi } from "./pages-api.ts";
import type { LogLine, Shown } from "./pages-api.ts";
import { createDeployments } from "./pages-deployments.ts";
import type { Deployments } from "./pages-deployments.ts";
import { sseChannel } from "./pages-sse.ts";
import { detailOf } from "./pages-detail.ts";
import { removalApproval } from "./pages-plan.ts";
import { eventPage, someEvents, someOrphans, someProblems } from "./pages-events.ts";
import { detailOfCommit, portalSettings, someCommits } from "./pages-settings.ts";
import { commitOf, manyStacks, someStacks, summaryOf, timesAt } from "./pages-stacks.ts";

export interface PagesWorldOptions {
  /** `some`: twelve in all states; `ready`: all is well; or so many. */
  readonly stacks?: "some" | "ready" | "none" | number;
  readonly mode?: PortalSettingsView["mode"];
  readonly settings?: Partial<PortalSettingsView>;
  readonly own?: readonly OwnStackView[];
  /** Null: nobody is signed in. */
  readonly person?: Person | null;
  readonly dokploys?: Overview["dokploys"];
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
  const logLines: LogLine[] = [];
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
      dokploys: options.dokploys ?? [],
      approvals: wanted === "some" ? [removalApproval] : [],
      person: person === null ? null : personView(person),
    };
  };
  const commits = (): readonly CommitSummary[] => (wanted === "none" ? [] : someCommits(times));
  const commitDetail = (sha: string): CommitDetail => {
    const summary = commits().find(({ commit }) => commit.sha === sha);
    if (summary === undefined) throw new CapstanError("not-found", `there is no commit ${sha}`);
    return detailOfCommit(summary, sha === head.sha ? problems : []);
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

  const shown: Shown = {
    overview,
    stacks: () => [...stacks.values()],
    stack: detail,
    commits,
    commit: commitDetail,
    events: () => events,
    orphans: () => orphans,
    problems: () => problems,
    own: () => [...own, ...deployments.own()],
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
  app.route("/api/v1", pagesApi({ shown, watch, logs, logLines }));
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
        stacks: async () => shown.stacks(),
        stack: async (name) => detail(name),
        commits: async () => commits(),
        commit: async (sha) => commitDetail(sha),
        orphans: () => ({ orphans }),
        problems: () => ({ problems, total: problems.length }),
        events: ({ stack }, limit) => eventPage(events, stack, limit),
      },
      portal: {
        settings: async () => settings,
        own: async () => shown.own(),
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
