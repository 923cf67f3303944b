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
import { splitAtDokploy } from "./model/dokploys.ts";
import type { Orders, Store } from "./ports-store.ts";

type Receivers = Pick<WebhookDeps, "receive" | "images">;

/** One Dokploy: this process may lead one of several, and stand by for another. */
export interface OrderUnit {
  /** Its name; "": it has none. */
  readonly dokploy: string;
  readonly engine: Pick<Engine, "state">;
  readonly store: Orders & Pick<Store, "isShared">;
}

/** Where what is asked of it goes to another process. */
function standsBy({ engine, store }: OrderUnit): boolean {
  return store.isShared && engine.state().waitsFor !== null;
}

/** Whose stack a path of the API names; null: it names none. */
function unitOf(path: string, units: readonly OrderUnit[]): OrderUnit | null {
  const [, name] = /\/stacks\/([^/]+)/.exec(path) ?? [];
  if (name === undefined) return null;
  const { dokploy } = splitAtDokploy(decodeURIComponent(name));
  return units.find((unit) => unit.dokploy === dokploy) ?? units[0] ?? null;
}

/** Null where this process does itself what a request to that path asks. */
export function handOf(units: readonly OrderUnit[]): (path: string) => Hand | null {
  return (path) => {
    const named = unitOf(path, units);
    const [first] = units;
    // What concerns all of them is done where one is led.
    const unit = named ?? (units.every(standsBy) ? first : undefined);
    if (unit === undefined || !standsBy(unit)) return null;
    return (body): Promise<string> => unit.store.hand("api", body);
  };
}

/** Deliveries that come while this process stands by are left for the one that leads, of each Dokploy. */
export function handedWebhooks<Hooks extends Receivers>(
  hooks: Hooks,
  {
    units,
    logger,
    delivered,
  }: {
    readonly units: readonly OrderUnit[];
    readonly logger: Logger;
    /** Told of each delivery. */
    readonly delivered: () => void;
  },
): Hooks {
  /** Whether others alone have to know of it. */
  const leave = (kind: "delivery" | "image", body: string): boolean => {
    const waiting = units.filter(standsBy);
    for (const { store } of waiting) {
      store.leave(kind, body).catch((error: unknown) => {
        logger.warn({ error: describeError(error) }, "a delivery could not be handed on");
      });
    }
    return waiting.length === units.length;
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
  units: readonly OrderUnit[],
  deps: ApiDeps,
  edge: Pick<ApiEdge, "clock" | "redact" | "version" | "logger">,
  hooks: Receivers,
): () => void {
  const shared = units.filter(({ store }) => store.isShared);
  if (shared.length === 0) return () => undefined;
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
  const carryOut = async (kind: string, body: string): Promise<string> => {
    if (kind === "api") return carryOutHanded(body, ask);
    if (kind === "image") hooks.images?.receive(body);
    else hooks.receive(JSON.parse(body) as Delivery);
    return "";
  };
  for (const { store } of shared) store.serve(carryOut);
  return () => {
    api.close();
  };
}
