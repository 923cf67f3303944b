// The API's routes on an engine that writes down what it is asked, without a socket.
import type { Hono } from "hono";
import { createRoutes } from "../../src/http/server.ts";
import { createApi } from "../../src/http/api/api.ts";
import type { ApiDeps } from "../../src/http/api/api.ts";
import { createAuth } from "../../src/http/auth/auth.ts";
import type { AuthDeps } from "../../src/http/auth/auth.ts";
import { hashToken } from "../../src/lib/api-token.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import type { ApiToken } from "../../src/model/api-token.ts";
import type { CheckRow } from "../../src/model/checks.ts";
import { fakePortal, type FakePortal } from "../support/fake-portal.ts";
import { fakePromotions, fakeProposals } from "../support/fake-proposals.ts";
import { memoryChecks } from "../support/memory-checks.ts";
import { createFakeEngine, type FakeEngine } from "../cli/support.ts";

export const operatorToken = "operator-token-of-ops";
export const deployerToken = "deployer-token-of-shop";
export const viewerToken = "viewer-token-of-board";

export const tokens: readonly ApiToken[] = [
  { name: "ops", role: "operator", hash: hashToken(operatorToken) },
  { name: "shop", role: "deployer", hash: hashToken(deployerToken) },
  { name: "board", role: "viewer", hash: hashToken(viewerToken) },
];

/** A whole answer; `json` is null for what is none. A stream is left at once. */
async function answerOf(answer: Response) {
  const type = answer.headers.get("content-type") ?? "";
  const isStream = type.startsWith("text/event-stream");
  const text = isStream ? "" : await answer.text();
  if (isStream) await answer.body?.cancel();
  const json = type.includes("json") && text !== "" ? JSON.parse(text) : null;
  return { status: answer.status, type, headers: answer.headers, json, text };
}

/** A commit that the checks of these tests know. */
export const sha = "3f9c2ab0".repeat(5);

export function checkRow(more: Partial<CheckRow> = {}): CheckRow {
  return {
    sha,
    context: "capstan/reconcile",
    stack: null,
    reason: "healthy",
    state: "success",
    description: "all is well",
    change: null,
    atMs: 0,
    owed: false,
    ...more,
  };
}

/** What a request to an address must say to be answered at all. */
export function needed(path: string) {
  const headers: Record<string, string> = path === "/stream" ? { accept: "text/event-stream" } : {};
  const query = path.endsWith("/revert") ? `?revision=${"a".repeat(40)}` : "";
  return { headers, query };
}

/** The path of an address, with what stands in its places. */
export function pathOf(path: string): string {
  return path.replace(":name", "shop").replace(":sha", sha);
}

export interface ApiWorld {
  readonly engine: FakeEngine;
  readonly portal: FakePortal;
  readonly app: Hono;
  readonly request: (
    method: string,
    path: string,
    more?: { readonly headers?: Record<string, string>; readonly body?: string },
  ) => ReturnType<typeof answerOf>;
  raw(path: string, headers: Record<string, string>): Promise<Response>;
  close(): void;
}

export interface ApiWorldOptions {
  readonly engine?: FakeEngine;
  readonly tokens?: readonly ApiToken[];
  readonly isLoopback?: boolean;
  readonly redact?: (text: string) => string;
  readonly deps?: Partial<ApiDeps>;
  readonly auth?: Partial<AuthDeps>;
}

export function createApiWorld(options: ApiWorldOptions = {}): ApiWorld {
  const engine = options.engine ?? createFakeEngine();
  const redact = options.redact ?? ((text: string) => text);
  const isLoopback = (): boolean => options.isLoopback ?? true;
  const auth = createAuth(
    { tokens: options.tokens ?? [], ...options.auth },
    { isLoopback, clock: systemClock, logger: silentLogger },
  );
  const portal = fakePortal();
  const checks = memoryChecks();
  checks.saveChecks([checkRow()]);
  const api = createApi(
    {
      engine,
      checks,
      portal,
      proposals: fakeProposals(portal.asked),
      promotions: fakePromotions(portal.asked),
      connections: async () => [],
      ...options.deps,
    },
    { ...auth, clock: systemClock, logger: silentLogger, redact, version: "1.2.3" },
  );
  const app = createRoutes(
    {
      state: () => engine.state(),
      stacks: () => engine.stacks(),
      redact,
      clock: systemClock,
      logger: silentLogger,
      version: "1.2.3",
      metrics: { contentType: "text/plain", text: async () => "", token: null },
    },
    api,
    auth,
  );
  const host = "127.0.0.1:3000";
  const send = (path: string, init: RequestInit): Promise<Response> =>
    Promise.resolve(app.request(`http://${host}${path}`, init));
  return {
    engine,
    portal,
    app,
    raw: (path, headers) => send(path, { headers: { host, ...headers } }),
    async request(method, path, more = {}) {
      const answer = await send(path, {
        method,
        headers: {
          host,
          ...(more.body === undefined ? {} : { "content-type": "application/json" }),
          ...more.headers,
        },
        ...(more.body === undefined ? {} : { body: more.body }),
      });
      return answerOf(answer);
    },
    close: () => {
      api.close();
    },
  };
}

export const bearer = (token: string): Record<string, string> => ({
  authorization: `Bearer ${token}`,
});
