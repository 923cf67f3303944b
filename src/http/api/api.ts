// The API below /api as part of the server's routes.
import { Hono } from "hono";
import type { Engine } from "../../engine/engine.ts";
import type { Portal } from "../../engine/portal/portal.ts";
import type { Promotions } from "../../engine/portal/promotions.ts";
import type { Proposals } from "../../engine/portal/proposals.ts";
import { createVersions } from "../../engine/portal/versions.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/logger.ts";
import type { Connection } from "../../model/connection.ts";
import { ownerOf } from "../../model/owner.ts";
import type { Commits } from "../../ports.ts";
import type { PageShell } from "../auth/sign-in-page.ts";
import type { Access } from "../auth/verdict.ts";
import type { PortalPerson } from "../auth/visitors.ts";
import { noLinks } from "../links.ts";
import type { Links } from "../links.ts";
import type { Hand } from "./handed.ts";
import { nothingAt, unexpected } from "../problem.ts";
import { createBoard } from "./board.ts";
import { createCommitBook } from "./commit-book.ts";
import { createDescription } from "./description.ts";
import { createFeed, streamId } from "./feed.ts";
import type { FeedSource } from "./feed.ts";
import { createGate } from "./gate.ts";
import { createLogTails } from "./log-tail.ts";
import { mount } from "./mount.ts";
import type { ApiParts, Identity, ReadParts } from "./parts.ts";
import { deployRoutes } from "./portal.ts";
import { createReads } from "./reads.ts";
import type { Reads } from "./reads.ts";
import { routes } from "./routes.ts";
import { createSseStreams } from "./sse.ts";
import { createStackCommits } from "./stack-commits.ts";
import { allStacks } from "./stack-reads.ts";

export interface ApiDeps {
  readonly engine: Engine;
  readonly identity?: Omit<Identity, "version">;
  /** Without them nothing links to the Git host, nor to Dokploy. */
  readonly links?: Links;
  /** Without it commits have no titles, and manifests no text. */
  readonly commits?: Commits | null;
  /** Without it no commit is known. */
  readonly checks?: ReadParts["checks"];
  /** Without it nothing is written to Git. */
  readonly portal?: Portal | null;
  /** Likewise. */
  readonly proposals?: Proposals | null;
  readonly promotions?: Promotions | null;
  /** Without it connections are not tested. */
  readonly connections?: (() => Promise<readonly Connection[]>) | null;
  /** Where a change at this path is handed to while this process stands by; null, or absent: it carries it out. */
  readonly hand?: (path: string) => Hand | null;
}

export interface ApiEdge {
  readonly clock: Clock;
  readonly redact: (text: string) => string;
  readonly access: Access;
  /** Who uses the portal. */
  readonly portalPerson: PortalPerson;
  /** Around the page of the API's description. */
  readonly page: PageShell;
  readonly version: string;
  readonly logger: Logger;
}

export interface Api {
  /** Below `/api`. */
  readonly app: Hono;
  readonly reads: Reads;
  /** How many streams of events are open. */
  watching(): number;
  /** Ends all who watch; may be called twice. */
  close(): void;
}

const sessionCookie = "capstan_session";

const noChecks: ReadParts["checks"] = {
  checks: () => [],
  newestCommits: () => [],
  written: async () => undefined,
};

export function createApi(deps: ApiDeps, edge: ApiEdge): Api {
  const { engine, links = noLinks, commits = null, checks = noChecks, portal = null } = deps;
  const { proposals = null, promotions = null, connections = null } = deps;
  const { hand = () => null } = deps;
  const { clock, redact, access, portalPerson, logger } = edge;
  // Those of the process that leads too, while this one stands by.
  const told = {
    ...engine,
    onEvent: (listener) => engine.onAnyEvent(listener),
  } satisfies FeedSource;
  const feed = createFeed(told, engine.state().startedAtMs);
  const { instance = "default", branch = "" } = deps.identity ?? {};
  const identity = { version: edge.version, instance, branch };
  const book = createCommitBook(commits, links);
  const readParts: ReadParts = {
    ...{ engine, feed, redact, identity, links, book, commits, checks },
    stackCommits: createStackCommits(engine, commits),
    versions: commits === null ? null : createVersions(commits),
  };
  const [streams, portalStreams] = [createSseStreams(clock), createSseStreams(clock)];
  const board = createBoard(readParts, {
    clock,
    logger,
    idOf: (version) => streamId(feed, version),
  });
  const tails = createLogTails(engine, clock);
  const parts: ApiParts = {
    ...readParts,
    ...{ clock, streams, portalStreams, portal, proposals, promotions, connections, board, tails },
    hand,
  };
  const gate = createGate({
    access,
    portalPerson,
    ownerOf: (stack) => ownerOf(allStacks(engine).get(stack)?.desired?.labels ?? {}),
  });
  const app = new Hono();
  const described = createDescription({
    version: identity.version,
    sessionCookie,
    page: edge.page,
  });
  app.route("/", mount([...deployRoutes, ...described], gate, parts));
  app.route("/v1", mount(routes, gate, parts));
  return {
    app,
    reads: createReads(readParts),
    watching: () => streams.size() + portalStreams.size(),
    close() {
      for (const some of [streams, portalStreams, tails, board, feed]) some.close();
    },
  };
}

/** The API for those who ask in this process, below `/api`; what it gets wrong goes to the log. */
export function apiInProcess(
  api: Pick<Api, "app">,
  logger: Logger,
): (request: Request) => Promise<Response> {
  const app = new Hono().route("/api", api.app);
  app.notFound((context) => nothingAt(context.req.path));
  app.onError(unexpected(logger));
  return async (request) => app.fetch(request);
}
