// What of a running controller faces the Git host: checks, pull requests, webhooks and the pages that checks
// link to. Without FORGE there is none of it but webhooks, which then only make Git be looked at sooner.
import type { Config } from "./config.ts";
import { createForgeSide } from "./engine/checks/forge-side.ts";
import type { ForgeSide } from "./engine/checks/forge-side.ts";
import type { Observer } from "./engine/checks/commit-checks.ts";
import { createQuietSide } from "./engine/checks/quiet-side.ts";
import type { Engine } from "./engine/engine.ts";
import type { ImageProposer } from "./engine/images/proposer.ts";
import { createMemory } from "./engine/memory/memory.ts";
import type { ProposingHost } from "./engine/proposing/proposing.ts";
import { createPreviewBook } from "./engine/previews/book.ts";
import type { PreviewBook } from "./engine/previews/book.ts";
import { createForges } from "./forge/create.ts";
import { repositoryOn } from "./forge/repository-on.ts";
import { follows } from "./engine/follow/followed.ts";
import { createWebhookReader } from "./forge/webhooks.ts";
import type { WebhookDeps } from "./http/webhooks.ts";
import type { Clock } from "./lib/clock.ts";
import type { Hasher } from "./lib/digest.ts";
import { httpClient } from "./lib/http.ts";
import type { Logger } from "./lib/logger.ts";
import type { Redactor } from "./lib/redact.ts";
import type { RepositoryAddress } from "./manifest/preview/head.ts";
import type { ForgeDoctor } from "./ports-diagnosis.ts";
import type { CheckStore, Forge, Proposals } from "./ports-forge.ts";
import type { Source } from "./ports.ts";
import type { Store } from "./ports-store.ts";
import type { Tell } from "./ports-telemetry.ts";

export interface ForgeDeps {
  readonly config: Config;
  readonly store: CheckStore & Pick<Store, "memos" | "saveMemo" | "removeMemo">;
  readonly hasher: Hasher;
  readonly redactor: Redactor;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
}

/** The stacks' repository, and how to another one on the same host, with the same login and limits. */
export interface OpenForge extends Forge, ForgeDoctor {
  readonly other: (repository: string) => Forge;
}

/** Null without FORGE. `signal` gives up what is under way. */
export function forgeOf(
  deps: Omit<ForgeDeps, "store" | "hasher">,
  signal: AbortSignal,
): OpenForge | null {
  const { config, redactor, clock, logger, random } = deps;
  if (config.forge === null) return null;
  const { kind, url, token, repository } = config.forge;
  redactor.register(token);
  const options = { url, token, http: httpClient, clock, logger, redactor, random };
  const other = createForges(kind, { ...options, signal });
  return { ...other(repository), other };
}

/** Between two looks for pull requests of which no delivery came. */
const sweepMs = 60_000;
const keyLength = 32;

function pageKey({ hasher }: Pick<ForgeDeps, "hasher">, sha: string): string {
  return hasher.mac(`the page of commit ${sha}`).slice(0, keyLength);
}

/** The Git host's side, and what the engine knows of it: the previews that pull requests have. */
export function sideOf(
  deps: ForgeDeps,
  forge: OpenForge,
  source: Source & Proposals,
  tell: Tell,
): { readonly side: ForgeSide; readonly known: { readonly previews: PreviewBook } } {
  const { config, redactor, clock, logger, random, store } = deps;
  const { publicUrl, previewLimit: limit } = config;
  const memory = createMemory(store, clock);
  const onHost = config.forge;
  const own = onHost?.repository ?? "";
  const host =
    onHost === null
      ? null
      : { own, repositoryOf: (address: RepositoryAddress) => repositoryOn(onHost, address) };
  const previews = createPreviewBook({ memory, clock, limit, host });
  const side = createForgeSide({
    instance: config.instance,
    branch: config.branch,
    forge,
    proposals: source,
    source,
    store,
    memory,
    clock,
    random,
    logger,
    redact: (text) => redactor.redact(text),
    urlOf: (sha) =>
      publicUrl === null ? null : `${publicUrl}/commits/${sha}?key=${pageKey(deps, sha)}`,
    ...{ sweepMs, tell },
    repositories: { own, forgeFor: forge.other },
    ...(limit === 0 ? {} : { previews }),
  });
  return { side, known: { previews } };
}

/** Where drift is proposed. */
export function proposingOf(
  { config }: Pick<ForgeDeps, "config">,
  forge: Forge,
  { source, proposals }: { readonly source: Source; readonly proposals: Proposals },
): ProposingHost {
  return { forge, proposals, source, branch: config.branch, sweepMs };
}

/** Follows commits where no host hears of them. */
export function quietSideOf(deps: ForgeDeps): Observer {
  const { config, store, clock, logger, redactor } = deps;
  const redact = (text: string): string => redactor.redact(text);
  return createQuietSide({ instance: config.instance, store, clock, logger, redact });
}

export function observerOf(observer: Observer | null): { readonly observer?: Observer } {
  return observer === null ? {} : { observer };
}

export function webhooksOf(
  deps: ForgeDeps,
  engine: Engine,
  {
    side,
    images,
  }: {
    readonly side: Pick<ForgeSide, "receive" | "follows"> | null;
    readonly images: ImageProposer | null;
  },
  tell: Tell,
): WebhookDeps {
  const newImage = (image: string): void => {
    engine.pushed(image, "images");
    void images?.look();
  };
  const { config, redactor } = deps;
  const { webhookSecret, registryWebhookSecret } = config;
  if (registryWebhookSecret !== null) redactor.register(registryWebhookSecret);
  if (webhookSecret !== null) redactor.register(webhookSecret);
  return {
    reader: webhookSecret === null ? null : createWebhookReader({ secrets: webhookSecret }),
    repository: config.forge?.repository ?? null,
    branch: config.branch,
    tell,
    follows: (repository, { type }) =>
      type === "push"
        ? engine.desired().some((stack) => follows(stack, { kind: "code", repository }))
        : (side?.follows(repository) ?? false),
    images: {
      secret: registryWebhookSecret,
      receive: newImage,
    },
    receive(delivery) {
      const { repository, event } = delivery;
      if (event.type === "image") {
        newImage(event.image);
        return;
      }
      if (event.type === "push" && repository !== null && engine.pushed(repository)) {
        const own = config.forge?.repository ?? null;
        if (own !== null && own.toLowerCase() !== repository.toLowerCase()) return;
      }
      if (side !== null) side.receive(delivery);
      else if (delivery.event.type === "push" && delivery.event.branch === config.branch) {
        engine.poke("push");
      }
    },
  };
}

/** Whoever has a check's link may open the page of its commit. */
export function commitKeyOf(deps: Pick<ForgeDeps, "hasher">): (sha: string) => string {
  return (sha) => pageKey(deps, sha);
}
