// What a process that stands by is asked to change is handed to the one that leads, and carried out there: requests to
// the API, and deliveries of webhooks.
import type { Engine } from "./engine/engine.ts";
import { apiInProcess, createApi } from "./http/api/api.ts";
import type { ApiDeps, ApiEdge } from "./http/api/api.ts";
import { carryOutHanded, handedPerson } from "./http/api/handed.ts";
import type { Hand } from "./http/api/handed.ts";
import { plainShell } from "./http/auth/sign-in-page.ts";
import type { Verdict } from "./http/auth/verdict.ts";
import type { WebhookDeps } from "./http/webhooks.ts";
import { describeError } from "./lib/errors.ts";
import type { Logger } from "./lib/logger.ts";
import type { Delivery } from "./model/forge.ts";
import type { Orders, Store } from "./ports-store.ts";

type SharedOrders = Orders & Pick<Store, "isShared">;
type Receivers = Pick<WebhookDeps, "receive" | "images">;

/** Whether it waits for another process with the same store. */
function standsBy(store: SharedOrders, engine: Pick<Engine, "state">): boolean {
  return store.isShared && engine.state().waitsFor !== null;
}

/** Null while this process does not stand by. */
export function handOf(store: SharedOrders, engine: Pick<Engine, "state">): () => Hand | null {
  return () =>
    standsBy(store, engine) ? (body): Promise<string> => store.hand("api", body) : null;
}

/** Deliveries that come while this process stands by are left for the one that leads. */
export function handedWebhooks<Hooks extends Receivers>(
  hooks: Hooks,
  {
    store,
    engine,
    logger,
    delivered,
  }: {
    readonly store: SharedOrders;
    readonly engine: Pick<Engine, "state">;
    readonly logger: Logger;
    /** Told of each delivery. */
    readonly delivered: () => void;
  },
): Hooks {
  const leave = (kind: "delivery" | "image", body: string): boolean => {
    if (!standsBy(store, engine)) return false;
    store.leave(kind, body).catch((error: unknown) => {
      logger.warn({ error: describeError(error) }, "a delivery could not be handed on");
    });
    return true;
  };
  const { images } = hooks;
  return {
    ...hooks,
    receive(delivery) {
      delivered();
      if (!leave("delivery", JSON.stringify(delivery))) hooks.receive(delivery);
    },
    ...(images === undefined
      ? {}
      : {
          images: {
            ...images,
            receive(image: string) {
              if (!leave("image", image)) images.receive(image);
            },
          },
        }),
  };
}

/** Carries out what others hand here, from now on; returns how that ends. */
export function serveOrders(
  store: SharedOrders,
  deps: ApiDeps,
  edge: Pick<ApiEdge, "clock" | "redact" | "version" | "logger">,
  hooks: Receivers,
): () => void {
  if (!store.isShared) return () => undefined;
  const verdictOf = (request: Request): Verdict => ({
    kind: "granted",
    person: handedPerson(request),
  });
  const api = createApi(deps, {
    ...edge,
    access: async (request) => verdictOf(request),
    portalPerson: async (request) => ({ verdict: verdictOf(request) }),
    page: plainShell,
  });
  const ask = apiInProcess(api, edge.logger);
  store.serve(async (kind, body) => {
    if (kind === "api") return carryOutHanded(body, ask);
    if (kind === "image") hooks.images?.receive(body);
    else hooks.receive(JSON.parse(body) as Delivery);
    return "";
  });
  return () => {
    api.close();
  };
}
