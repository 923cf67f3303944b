// Deliveries of Git hosts (P3): refused without work when the signature does not hold, answered before any
// work is done otherwise. What a delivery says only makes the next look come sooner.
import { createHash } from "node:crypto";
import { Hono } from "hono";
import { forgeKinds } from "../model/forge.ts";
import type { Delivery, ForgeKind } from "../model/forge.ts";
import type { Clock } from "../lib/clock.ts";
import { isCapstanError, toCapstanError } from "../lib/errors.ts";
import type { Logger } from "../lib/logger.ts";
import type { WebhookReader } from "../ports-forge.ts";
import { tellNobody } from "../ports-telemetry.ts";
import type { Signal, Tell } from "../ports-telemetry.ts";
import { imageWebhookRoutes } from "./image-webhooks.ts";
import type { ImageWebhookDeps } from "./image-webhooks.ts";
import { problem } from "./problem.ts";

export interface WebhookDeps {
  /** Null: no secret is set, and every delivery is refused. */
  readonly reader: WebhookReader | null;
  /** `owner/name` of the repository of the stacks; null: not known, and any is accepted. */
  readonly repository: string | null;
  /** Whether an event of another repository, `owner/name`, is of interest, as services are built from it; absent: none is. */
  readonly follows?: (repository: string, event: Delivery["event"]) => boolean;
  /** The branch that the stacks come from. */
  readonly branch: string;
  /** Called after the answer. Must not throw. */
  readonly receive: (delivery: Delivery) => void;
  /** Of registries, which sign nothing. */
  readonly images?: ImageWebhookDeps;
  /** Told of each delivery to the address of a host that is known. */
  readonly tell?: Tell;
}

export interface WebhookContext {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A push of thousands of files lists them all. */
export const maxDeliveryBytes = 10 * 1024 * 1024;
/** Deliveries that are remembered against replay. */
const rememberedIds = 10_000;

function kindOf(name: string): ForgeKind | null {
  return forgeKinds.find((kind) => kind === name) ?? null;
}

/** Mounted at /webhooks. */
export function webhookRoutes(deps: WebhookDeps, { clock, logger }: WebhookContext): Hono {
  const app = new Hono();
  const seen = new Set<string>();
  const { tell = tellNobody } = deps;

  function told(
    forge: ForgeKind,
    outcome: Extract<Signal, { kind: "delivery" }>["outcome"],
    { event }: Partial<Delivery> = {},
  ): void {
    const commit = event?.type === "push" && event.branch === deps.branch ? event.after : null;
    tell({ kind: "delivery", forge, outcome, commit, atMs: clock.now() });
  }

  /** No host signs its id: what a person said is known by its own bytes too, which name the comment. */
  function isReplay(host: ForgeKind, { id, event }: Delivery, body: Uint8Array): boolean {
    const keys = [
      ...(id === null ? [] : [`${host} ${id}`]),
      ...(event.type === "comment" ? [createHash("sha256").update(body).digest("base64")] : []),
    ];
    const isKnown = keys.some((key) => seen.has(key));
    for (const key of keys) seen.add(key);
    for (const oldest of seen) {
      if (seen.size <= rememberedIds) break;
      seen.delete(oldest);
    }
    return isKnown;
  }

  /** Runs of the CI are those of the images' repositories, and images belong to any. */
  function isElsewhere({ repository, event }: Delivery): boolean {
    if (deps.repository === null || repository === null) return false;
    if (event.type === "run" || event.type === "image") return false;
    return repository.toLowerCase() !== deps.repository.toLowerCase();
  }

  app.post("/:host", async (context) => {
    const host = kindOf(context.req.param("host"));
    if (host === null) {
      return problem(
        404,
        `there is no Git host ${context.req.param("host")}`,
        {},
        {
          hint: `the address ends in ${forgeKinds.join(", ")}`,
        },
      );
    }
    if (deps.reader === null) {
      told(host, "refused");
      return problem(
        403,
        "webhooks are closed: WEBHOOK_SECRET is not set",
        {},
        {
          hint: "set WEBHOOK_SECRET here and the same secret at the host",
        },
      );
    }
    const headers = Object.fromEntries(context.req.raw.headers);
    const body = new Uint8Array(await context.req.arrayBuffer());
    let delivery: Delivery;
    try {
      delivery = deps.reader.read(host, headers, body, clock.now());
    } catch (error) {
      const known = toCapstanError(error);
      logger.warn({ forge: host, reason: known.message }, "a webhook was refused");
      told(host, "refused");
      const status = isCapstanError(known, "unauthorised") ? 401 : 400;
      return problem(
        status,
        known.message,
        {},
        known.hint === undefined ? {} : { hint: known.hint },
      );
    }
    const { repository, event } = delivery;
    const isFollowed = repository !== null && deps.follows?.(repository, event) === true;
    if (isElsewhere(delivery) && !isFollowed) {
      told(host, "ignored");
      return context.json({ accepted: false, reason: "it is of another repository" }, 202);
    }
    if (isReplay(host, delivery, body)) {
      told(host, "ignored");
      return context.json({ accepted: false, reason: "it was delivered before" }, 202);
    }
    told(host, "accepted", delivery);
    setImmediate(() => {
      deps.receive(delivery);
    });
    return context.json({ accepted: true, event: delivery.event.type }, 202);
  });
  if (deps.images !== undefined) app.route("/", imageWebhookRoutes(deps.images));
  app.all("/:host", () => problem(405, "deliveries are posted", { Allow: "POST" }));
  return app;
}
