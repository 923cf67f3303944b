// One Dokploy with everything that belongs to it: store, client, lease, engine, and its part of what the Git host hears.
// A controller has one of these for each server.
import { resolve } from "node:path";
import { dnsOf, hostPortsOf } from "./app-dns.ts";
import type { DokployUnit } from "./app-dokploys.ts";
import { engineOptionsOf } from "./app-engine.ts";
import { observerOf, proposingOf, quietSideOf, sideOf } from "./app-forge.ts";
import type { ForgeDeps, OpenForge } from "./app-forge.ts";
import type { Opened } from "./app-opened.ts";
import { noPortal, openPortal } from "./app-portal.ts";
import type { UnitPortalSide } from "./app-portal.ts";
import type { OpenedSource } from "./app-source.ts";
import type { OpenOptions } from "./cli/context.ts";
import type { Dokploy } from "./dokploy/platform.ts";
import type { ForgeSide } from "./engine/checks/forge-side.ts";
import type { Engine } from "./engine/engine.ts";
import type { EventIds } from "./engine/events/events.ts";
import { createEngine } from "./engine/loop/create.ts";
import type { SharedDocuments } from "./manifest/shared-documents.ts";
import { httpClient } from "./lib/http.ts";
import type { Turn } from "./ports-replicas.ts";
import type { Registry } from "./ports-registry.ts";
import type { Source } from "./ports.ts";
import type { Secrets } from "./ports-secrets.ts";
import type { Tell } from "./ports-telemetry.ts";
import { createLock } from "./store/lock.ts";
import type { WholeStore } from "./store/store.ts";

export type OpenedStore = WholeStore;

/** What all units of a process share. */
export interface UnitParts extends Omit<ForgeDeps, "config" | "store"> {
  readonly key: Uint8Array;
  readonly secrets: Secrets;
  readonly registry: Registry;
  readonly opened: OpenedSource;
  /** Null without FORGE. */
  readonly forge: OpenForge | null;
  readonly tell: Tell;
  /** Aborted when the process is to end. */
  readonly ending: AbortSignal;
  readonly eventIds: EventIds;
  /** Null: there is one unit. */
  readonly documents: SharedDocuments | null;
  readonly options: OpenOptions;
  /** Whether this is a controller, and no single pass. */
  readonly mayMake: boolean;
  /** Where relative paths begin. */
  readonly folder: string;
}

export interface OpenedUnit {
  readonly unit: DokployUnit;
  readonly engine: Engine;
  readonly platform: Dokploy;
  readonly store: OpenedStore;
  /** Null where no Git host follows it. */
  readonly side: ForgeSide | null;
  readonly writing: UnitPortalSide;
}

/** As the process's lease and lock call it. */
export const holderOf = (mayMake: boolean): string => (mayMake ? "capstan run" : "capstan apply");

/** Its engine and its side are for the caller to stop. `isPortals`: whether what the portal makes is on this one. */
export function openUnit(
  unit: DokployUnit,
  given: {
    readonly store: OpenedStore;
    readonly platform: Dokploy;
    readonly source: Source;
    readonly isPortals: boolean;
    /** Null: this process leads whatever it can. */
    readonly turn: Turn | null;
  },
  shared: UnitParts,
  opened: Opened,
): OpenedUnit {
  const { config, view } = unit;
  const { store, platform, source } = given;
  const { options, mayMake, forge, tell, folder, ending } = shared;
  const { branches, proposals, repository, stacksPath } = shared.opened;
  const parts: ForgeDeps & Pick<UnitParts, "key"> = { ...shared, config, store };
  const acts = mayMake && !options.dryRun;
  const followed =
    acts && forge !== null && proposals !== null ? sideOf(parts, forge, proposals, tell) : null;
  const side = followed?.side ?? null;
  const quiet = acts ? quietSideOf(parts) : null;
  const engine = createEngine(
    {
      ...{ platform, source, branches, store, secrets: shared.secrets, registry: shared.registry },
      ...{ hasher: shared.hasher, redactor: shared.redactor, eventIds: shared.eventIds },
      ...(shared.documents === null ? {} : { documents: shared.documents }),
      ...{ dns: dnsOf(parts, ending), ...hostPortsOf() },
      lock: createLock({
        stateDir: resolve(folder, config.stateDir),
        holder: `${holderOf(mayMake)}, instance ${config.instance},`,
      }),
      lease: platform.lease,
      ...(given.turn === null ? {} : { turn: given.turn }),
      http: httpClient,
      ...{ clock: shared.clock, random: shared.random, logger: shared.logger, tell },
      ...observerOf(side?.observer ?? quiet),
      ...(forge === null ? {} : { forge }),
      ...(followed === null || forge === null || proposals === null
        ? {}
        : { proposing: proposingOf(parts, forge, { source, proposals }) }),
      ...followed?.known,
    },
    { ...engineOptionsOf(config, options, stacksPath, folder), dokploys: view },
  );
  side?.serve(engine);
  const writing =
    repository === null || !acts
      ? noPortal
      : openPortal(
          {
            ...{ ...parts, store, engine, source, registry: shared.registry, forge, repository },
            ...{ stacksPath, tell, folder, dokploys: view, isPortals: given.isPortals },
          },
          (close) => {
            opened.add(close);
          },
        );
  return { unit, engine, platform, store, side, writing };
}
