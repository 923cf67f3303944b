// Bounds on how often one address and one person may ask. Programs of this machine may do all anyway and are
// not counted; neither are probes, which load balancers repeat, and the pages' own files.
import { getConnInfo } from "@hono/node-server/conninfo";
import type { MiddlewareHandler } from "hono";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/logger.ts";
import type { Person } from "../model/person.ts";
import { localOperator } from "./auth/local-request.ts";
import { isUnsafe } from "./auth/origin.ts";
import { clientKey, createClientAddress } from "./client-address.ts";
import { problem } from "./problem.ts";
import { createRateLimit } from "./rate-limit.ts";
import type { RateLimit } from "./rate-limit.ts";
import type { RequestContext, RequestEnv } from "./request-context.ts";

export interface LimitDeps {
  readonly trustedProxies: readonly string[];
  readonly perMinute?: PerMinute;
  readonly identify: (request: Request) => Promise<Person | null>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A page that says the same, where a person waits for one. */
  readonly page: (request: Request, seconds: number) => string;
}

export type Kind = "read" | "write" | "sign-in";
export type PerMinute = Readonly<Record<Kind, number>>;

const usual: PerMinute = { read: 600, write: 60, "sign-in": 10 };

/** Null: not counted. */
export function kindOf(request: Request, path: string): Kind | null {
  if (/^\/(?:health|healthz|readyz|static(?:\/.*)?)$/.test(path)) return null;
  if (path === "/auth/callback") return "sign-in";
  if (path === "/auth/start") return "write";
  if (!isUnsafe(request)) return "read";
  // A push brings many deliveries at once, and each proves who sent it.
  if (path.startsWith("/webhooks/")) return "read";
  return path === "/sign-in" ? "sign-in" : "write";
}

/** Without a socket, as in tests of routes, there is no address. */
function peerOf(context: RequestContext): string {
  try {
    return getConnInfo(context).remote.address ?? "unknown";
  } catch {
    return "unknown";
  }
}

export function limitRequests(deps: LimitDeps): MiddlewareHandler<RequestEnv> {
  const { identify, clock, logger, trustedProxies } = deps;
  const addressOf = createClientAddress(trustedProxies);
  const perMinute = deps.perMinute ?? usual;
  const limits: Readonly<Record<Kind, RateLimit>> = {
    read: createRateLimit(perMinute.read),
    write: createRateLimit(perMinute.write),
    "sign-in": createRateLimit(perMinute["sign-in"]),
  };
  let isWarned = false;

  function clientOf(context: RequestContext): string {
    const peer = peerOf(context);
    const forwarded = context.req.header("X-Forwarded-For") ?? null;
    const address = addressOf(peer, forwarded);
    if (forwarded !== null && address === addressOf(peer, null) && !isWarned) {
      isWarned = true;
      logger.warn(
        { peer: address },
        "a proxy that is not in TRUSTED_PROXIES passes requests on; all its clients share one limit",
      );
    }
    return clientKey(address);
  }

  return async (context, next) => {
    const { req } = context;
    const client = clientOf(context);
    context.set("client", client);
    const kind = kindOf(req.raw, req.path);
    if (kind === null) return next();
    const person = await identify(req.raw);
    if (person?.id === localOperator.id) return next();
    const nowMs = clock.now();
    const limit = limits[kind];
    const waitMs =
      limit.take(`address ${client}`, nowMs) ||
      (person === null ? 0 : limit.take(`person ${person.id}`, nowMs));
    if (waitMs === 0) return next();
    const seconds = Math.ceil(waitMs / 1_000);
    const headers = { "Retry-After": String(seconds) };
    if (kind === "sign-in" && (req.header("Accept") ?? "").includes("text/html")) {
      return context.html(deps.page(req.raw, seconds), 429, headers);
    }
    const hint = `try again in ${seconds} s`;
    return problem(429, "too many requests in a short time", headers, { hint });
  };
}
