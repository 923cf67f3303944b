// A whole server's routes without a socket, and a browser that keeps cookies and says where its requests come
// from, as browsers do.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApi } from "../../../src/http/api/api.ts";
import { createAuth } from "../../../src/http/auth/auth.ts";
import type { Auth, AuthDeps, SignInSettings } from "../../../src/http/auth/auth.ts";
import { refusal } from "../../../src/http/auth/verdict.ts";
import type { GuardSettings } from "../../../src/http/guard.ts";
import { createRoutes } from "../../../src/http/server.ts";
import { createLogger } from "../../../src/lib/logger.ts";
import { createRedactor } from "../../../src/lib/redact.ts";
import type { ApiToken } from "../../../src/model/api-token.ts";
import { openStore } from "../../../src/store/store.ts";
import { createFakeEngine } from "../../cli/support.ts";
import type { FakeEngine } from "../../cli/support.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";
import type { VirtualClock } from "../../support/virtual-clock.ts";

export const site = "https://capstan.test";

export interface AuthWorldOptions {
  readonly tokens?: readonly ApiToken[];
  readonly portalAuth?: AuthDeps["portalAuth"];
  readonly publicUrl?: string | null;
  readonly oidc?: SignInSettings["oidc"];
  readonly secret?: Uint8Array;
  readonly isLoopback?: boolean;
  readonly guard?: Partial<GuardSettings>;
}

export interface AuthWorld {
  readonly auth: Auth;
  readonly engine: FakeEngine;
  readonly clock: VirtualClock;
  readonly store: ReturnType<typeof openStore>;
  /** Everything that was logged. */
  log(): string;
  /** One request as it is, from this address. */
  send(url: string, init?: RequestInit, peer?: string): Promise<Response>;
  /** The same store and clock under other settings, as after a restart. */
  restart(options: AuthWorldOptions): AuthWorld;
  close(): void;
}

const dayOne = Date.UTC(2026, 0, 1);
export const secret = new Uint8Array(32).fill(7);

export function createAuthWorld(options: AuthWorldOptions = {}): AuthWorld {
  const folder = mkdtempSync(join(tmpdir(), "capstan-auth-"));
  const store = openStore(folder);
  const clock = createVirtualClock(dayOne);
  return build(options, { store, clock }, () => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
}

function build(
  options: AuthWorldOptions,
  kept: Pick<AuthWorld, "store" | "clock">,
  close: () => void,
): AuthWorld {
  const { store, clock } = kept;
  const publicUrl = options.publicUrl === undefined ? site : options.publicUrl;
  const lines: string[] = [];
  const logger = createLogger({
    level: "debug",
    redactor: createRedactor(),
    write: (line) => void lines.push(line),
  });
  const engine = createFakeEngine();
  const corsOrigins = options.guard?.corsOrigins ?? [];
  const auth = createAuth(
    {
      tokens: options.tokens ?? [],
      portalAuth: options.portalAuth ?? "token",
      publicUrl,
      corsOrigins,
      signIn: {
        store,
        secret: options.secret ?? secret,
        ttlMs: 12 * 3_600_000,
        oidc: options.oidc ?? null,
      },
    },
    { isLoopback: () => options.isLoopback ?? false, clock, logger },
  );
  const redact = (text: string): string => text;
  const api = createApi({ engine }, { ...auth, clock, redact, version: "1.2.3", logger });
  const routes = createRoutes(
    {
      state: () => engine.state(),
      stacks: () => engine.stacks(),
      redact,
      clock,
      logger,
      version: "1.2.3",
      guard: { publicUrl, trustedProxies: [], ...options.guard, corsOrigins },
    },
    api,
    auth,
  );
  // What a portal's address would do with the person.
  routes.on(["GET", "POST"], "/api/portal-person", async ({ req }) => {
    const { verdict, setCookie } = await auth.portalPerson(req.raw);
    if (verdict.kind === "refused") return refusal(verdict);
    const answer = Response.json(verdict.person);
    if (setCookie !== undefined) answer.headers.append("Set-Cookie", setCookie);
    return answer;
  });
  return {
    auth,
    engine,
    store,
    clock,
    log: () => lines.join(""),
    restart: (other) => build(other, kept, close),
    async send(url, init = {}, peer = "203.0.113.7") {
      const { host } = new URL(url);
      const headers = new Headers(init.headers);
      if (!headers.has("host")) headers.set("host", host);
      const env = { incoming: { socket: { remoteAddress: peer } } };
      return routes.request(url, { ...init, headers }, env);
    },
    close() {
      api.close();
      close();
    },
  };
}

export interface Page {
  readonly status: number;
  readonly url: string;
  readonly text: string;
  readonly headers: Headers;
}

export interface Browser {
  readonly cookies: Map<string, string>;
  /** Follows redirects, also to other hosts and back. */
  open(url: string): Promise<Page>;
  /** Sends a form of Capstan's own page. */
  submit(path: string, fields: Readonly<Record<string, string>>): Promise<Page>;
  /** A request of the page's script. */
  ask(path: string, init?: RequestInit): Promise<Response>;
}

/** Takes over what an answer sets, as a browser does. */
export function keepCookies(cookies: Map<string, string>, answer: Response): void {
  for (const line of answer.headers.getSetCookie()) {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/max-age=0(?:;|$)/i.test(line) || value === "") cookies.delete(name);
    else cookies.set(name, value);
  }
}

/** The value of a Cookie header. */
export const cookieLine = (cookies: Map<string, string>): string =>
  [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");

export function createBrowser(world: AuthWorld, home = site): Browser {
  const cookies = new Map<string, string>();
  const foreign = new Map<string, string>();

  async function step(url: string, init: RequestInit): Promise<Response> {
    const isHome = new URL(url).origin === home;
    const jar = isHome ? cookies : foreign;
    const headers = new Headers(init.headers);
    if (jar.size > 0) headers.set("cookie", cookieLine(jar));
    const sent = { ...init, headers, redirect: "manual" as const };
    const answer = isHome ? await world.send(url, sent) : await fetch(url, sent);
    keepCookies(jar, answer);
    return answer;
  }

  async function follow(first: string, init: RequestInit): Promise<Page> {
    let url = first;
    let answer = await step(url, init);
    for (let hops = 0; hops < 15 && answer.headers.has("location"); hops++) {
      await answer.body?.cancel();
      url = new URL(answer.headers.get("location") ?? "", url).href;
      answer = await step(url, { headers: navigation("none") });
    }
    return { status: answer.status, url, text: await answer.text(), headers: answer.headers };
  }

  const navigation = (from: string): Record<string, string> => ({
    accept: "text/html",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
    "sec-fetch-site": from,
  });

  return {
    cookies,
    open: (url) => follow(new URL(url, home).href, { headers: navigation("none") }),
    submit: (path, fields) =>
      follow(`${home}${path}`, {
        method: "POST",
        headers: {
          ...navigation("same-origin"),
          origin: home,
          "content-type": "application/x-www-form-urlencoded",
        },
        body: new URLSearchParams(fields).toString(),
      }),
    ask(path, init = {}) {
      const headers = new Headers(init.headers);
      headers.set("sec-fetch-site", "same-origin");
      headers.set("sec-fetch-mode", "cors");
      if (init.method !== undefined && init.method !== "GET") headers.set("origin", home);
      if (init.body !== undefined && !headers.has("content-type")) {
        headers.set("content-type", "application/json");
      }
      return step(`${home}${path}`, { ...init, headers });
    },
  };
}
