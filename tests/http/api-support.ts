// The API's routes on an engine that writes down what it is asked, without a socket.
import { createRoutes } from "../../src/http/server.ts";
import { createApi } from "../../src/http/api/api.ts";
import { createAuth } from "../../src/http/auth/auth.ts";
import { hashToken } from "../../src/lib/api-token.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import type { ApiToken } from "../../src/model/api-token.ts";
import { createFakeEngine, type FakeEngine } from "../cli/support.ts";

export const operatorToken = "operator-token-of-ops";
export const deployerToken = "deployer-token-of-shop";
export const viewerToken = "viewer-token-of-board";

export const tokens: readonly ApiToken[] = [
  { name: "ops", role: "operator", hash: hashToken(operatorToken) },
  { name: "shop", role: "deployer", hash: hashToken(deployerToken) },
  { name: "board", role: "viewer", hash: hashToken(viewerToken) },
];

/** A whole answer; `json` is null for what is none. */
async function answerOf(answer: Response) {
  const text = await answer.text();
  const type = answer.headers.get("content-type") ?? "";
  const json = type.includes("json") && text !== "" ? JSON.parse(text) : null;
  return { status: answer.status, type, headers: answer.headers, json, text };
}

export interface ApiWorld {
  readonly engine: FakeEngine;
  request(
    method: string,
    path: string,
    more?: { readonly headers?: Record<string, string>; readonly body?: string },
  ): ReturnType<typeof answerOf>;
  raw(path: string, headers: Record<string, string>): Promise<Response>;
  close(): void;
}

export interface ApiWorldOptions {
  readonly engine?: FakeEngine;
  readonly tokens?: readonly ApiToken[];
  readonly isLoopback?: boolean;
  readonly redact?: (text: string) => string;
}

export function createApiWorld(options: ApiWorldOptions = {}): ApiWorld {
  const engine = options.engine ?? createFakeEngine();
  const redact = options.redact ?? ((text: string) => text);
  const isLoopback = (): boolean => options.isLoopback ?? true;
  const auth = createAuth(
    { tokens: options.tokens ?? [] },
    { isLoopback, clock: systemClock, logger: silentLogger },
  );
  const { access } = auth;
  const api = createApi({ engine }, { clock: systemClock, redact, access });
  const app = createRoutes(
    {
      state: () => engine.state(),
      stacks: () => engine.stacks(),
      redact,
      clock: systemClock,
      logger: silentLogger,
      version: "1.2.3",
    },
    api,
    auth,
  );
  const host = "127.0.0.1:3000";
  const send = (path: string, init: RequestInit): Promise<Response> =>
    Promise.resolve(app.request(`http://${host}${path}`, init));
  return {
    engine,
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
