// A process with all that it works with: Git, the Git host, and a unit for each Dokploy, as one.
import { resolve } from "node:path";
import { doctorChecks, sharedDoctor } from "./app-doctor.ts";
import { dokployUnits } from "./app-dokploys.ts";
import type { DokployUnit } from "./app-dokploys.ts";
import { dnsSideOf } from "./app-dns.ts";
import { checksOfUnits, engineOfUnits, sideOfUnits, titleOfUnits } from "./app-fleet.ts";
import { forgeOf } from "./app-forge.ts";
import type { ForgeDeps } from "./app-forge.ts";
import type { HttpParts } from "./app-http.ts";
import type { Logs } from "./app-logs.ts";
import { startNotifications } from "./app-notify.ts";
import type { Lasting } from "./app-lasting.ts";
import type { Opened } from "./app-opened.ts";
import type { PortalSide } from "./app-portal.ts";
import { openSource } from "./app-source.ts";
import { beginSpread, spreadOf } from "./app-spread.ts";
import { configOf } from "./app-settings.ts";
import { secretsOf } from "./app-secrets.ts";
import { closeStore, keyOf, storeOf } from "./app-store.ts";
import type { StoreParts } from "./app-store.ts";
import { stateToLook } from "./app-state.ts";
import { openTelemetry } from "./app-telemetry.ts";
import type { Telemetry } from "./app-telemetry.ts";
import { holderOf, openUnit } from "./app-unit.ts";
import type { OpenedStore, OpenedUnit, UnitParts } from "./app-unit.ts";
import type { AppDeps } from "./app-deps.ts";
import type { OpenOptions, Session } from "./cli/context.ts";
import type { Config } from "./config.ts";
import { gitCheck } from "./doctor/git.ts";
import type { Dokploy } from "./dokploy/platform.ts";
import type { ForgeSide } from "./engine/checks/forge-side.ts";
import { createEventIds } from "./engine/events/events.ts";
import { shareSource } from "./git/shared-source.ts";
import { createHasher } from "./lib/digest.ts";
import { withField } from "./lib/logger.ts";
import { httpClient } from "./lib/http.ts";
import type { Logger } from "./lib/logger.ts";
import type { Connection } from "./model/connection.ts";
import type { CheckStore } from "./ports-forge.ts";
import type { Commits } from "./ports.ts";
import type { Tell } from "./ports-telemetry.ts";
import { createSharedDocuments } from "./manifest/shared-documents.ts";
import { createRegistry } from "./registry/registry.ts";

export interface Opening {
  readonly session: Session;
  readonly units: readonly OpenedUnit[];
  /** Null where no Git host follows it. */
  readonly side: Pick<ForgeSide, "receive" | "follows"> | null;
  readonly writing: PortalSide;
  readonly parts: ForgeDeps & HttpParts;
  readonly checks: Pick<CheckStore, "checks" | "newestCommits" | "written">;
  readonly commits: Commits | null;
  /** Looks at everything that is set up. */
  readonly look: () => Promise<readonly Connection[]>;
  /** Tells that a delivery of the Git host came and was believed. */
  readonly delivered: () => void;
  readonly telemetry: Telemetry;
  /** From now on people are told of what happens. Call it once at most. */
  readonly notify: () => void;
}

export interface OpeningDeps extends AppDeps {
  readonly lasting: Lasting;
  readonly logsOf: (config: Config, logs: OpenOptions["logs"], isController: boolean) => Logs;
  readonly platformOf: (
    config: Config,
    logger: Logger,
    more: { readonly by?: string; readonly tell?: Tell; readonly store?: OpenedStore },
  ) => Dokploy;
}

interface StoresParts {
  readonly config: Config;
  readonly units: readonly DokployUnit[];
  readonly opened: Opened;
  readonly partsOf: (config: Config, scope: string) => StoreParts;
}

/** The store of each unit; that of the process is the one of DOKPLOY_URL, or one of its own. */
async function storesOf({ config, units, opened, partsOf }: StoresParts): Promise<{
  readonly own: OpenedStore;
  readonly of: ReadonlyMap<DokployUnit, OpenedStore>;
}> {
  const open = async (given: Config, scope: string): Promise<OpenedStore> => {
    const store = await storeOf(partsOf(given, scope));
    opened.add(() => closeStore(store));
    return store;
  };
  const of = new Map<DokployUnit, OpenedStore>();
  for (const unit of units) of.set(unit, await open(unit.config, unit.dokploy));
  const unnamed = units.find(({ dokploy }) => dokploy === "");
  const known = unnamed === undefined ? undefined : of.get(unnamed);
  return { own: known ?? (await open(config, "")), of };
}

interface DoctorParts {
  readonly parts: ForgeDeps & HttpParts;
  readonly units: readonly OpenedUnit[];
  readonly shared: UnitParts;
  readonly stateDir: string;
  readonly lastDeliveryMs: () => number | null;
}

function doctorOf({ parts, units, shared, stateDir, lastDeliveryMs }: DoctorParts) {
  const { config, clock, redactor } = parts;
  const { forge } = shared;
  const { source, stacksPath, ownRepository } = shared.opened;
  const redact = (text: string): string => redactor.redact(text);
  return sharedDoctor(
    () =>
      doctorChecks({
        config,
        stateDir,
        clock,
        http: httpClient,
        dokploys: units.map(({ unit: { dokploy }, platform }) => ({ dokploy, platform })),
        git: gitCheck({
          source,
          branch: config.branch,
          stacksPath,
          isOwn: ownRepository !== null,
        }),
        secrets: shared.secrets,
        dns: dnsSideOf(parts, shared.ending),
        forge: forge === null ? null : { forge, title: forge.title, lastDeliveryMs },
      }),
    { clock, redact },
  );
}

function platformAt(platforms: readonly Dokploy[], index: number): Dokploy {
  const platform = platforms[index];
  if (platform === undefined) throw new Error("each Dokploy has a client");
  return platform;
}

/** `controller`: it works until its end, and may start anew; `agent`: until its end; `pass`: once. */
export type OpenedAs = "controller" | "agent" | "pass";

/** Opens everything. Throws `invalid` for a bad environment. */
export async function openAll(
  deps: OpeningDeps,
  options: OpenOptions,
  opened: Opened,
  as: OpenedAs,
): Promise<Opening> {
  const { clock, redactor, folder, random, lasting } = deps;
  const mayMake = as !== "pass";
  const given = { ...(options.environment ?? deps.environment), ...options.more };
  const asked = configOf(given, redactor);
  dokployUnits(asked);
  const config = options.dryRun && !mayMake ? stateToLook(asked, folder, opened) : asked;
  const plans = dokployUnits(config);
  const { logger, sink } = deps.logsOf(config, options.logs, mayMake);
  // Before all else, so that it ends after all that writes lines.
  opened.add(() => sink?.stop());
  const stateDir = resolve(folder, config.stateDir);
  const by = holderOf(mayMake);
  const partsOf = (of: Config, scope: string): StoreParts => ({
    // Of the whole process, whichever Dokploy it is: the name of that is the scope.
    config: { database: of.database, instance: config.instance },
    stateDir: resolve(folder, of.stateDir),
    ...{ scope, by, clock, random, logger, lasting },
  });
  const stores = await storesOf({ config, units: plans, opened, partsOf });
  const key = await keyOf(partsOf(config, ""));
  const hasher = createHasher(key);
  const watched = { config, clock, logger, redactor, version: deps.version };
  const telemetry = await openTelemetry({ ...watched, isTraced: mayMake });
  opened.add(() => telemetry.close());
  // Before the engine is: what its end brings is told too.
  let endNotifications = async (): Promise<void> => undefined;
  opened.add(() => endNotifications());
  const { tell } = telemetry;
  const read = await openSource({ config, options, logger, mayMake, folder, clock });
  opened.add(() => read.source.close());
  const store = stores.own;
  const parts = { config, store, key, hasher, redactor, clock, random, logger };
  const ending = new AbortController();
  const shared: UnitParts = {
    ...{ key, hasher, redactor, clock, random, logger, tell, options, mayMake, folder },
    secrets: secretsOf({ ...deps, config, tell }),
    registry: createRegistry({ http: httpClient, clock }),
    opened: read,
    forge: forgeOf(parts, ending.signal),
    ending: ending.signal,
    eventIds: createEventIds(clock.now()),
    documents: plans.length === 1 ? null : createSharedDocuments(),
  };
  const { startedAtMs } = shared.eventIds;
  const sources = plans.length === 1 ? [read.source] : shareSource(read.source, plans.length);
  const loggerOf = ({ dokploy }: DokployUnit): Logger =>
    dokploy === "" ? logger : withField(logger, { dokploy });
  const spreads = as === "controller" && !options.dryRun;
  const spread = spreads ? spreadOf({ store, lasting, units: plans, clock }) : null;
  // After all leases were given back.
  opened.add(() => spread?.end());
  const platforms = plans.map((unit) => {
    const own = stores.of.get(unit) ?? store;
    const platform = deps.platformOf(unit.config, loggerOf(unit), { by, tell, store: own });
    opened.add(() => platform.close());
    return platform;
  });
  const units: OpenedUnit[] = [];
  // Backwards: all engines end, then what they ask others is given up, so that no side waits for a host that hangs.
  opened.add(async () => {
    await Promise.all(units.flatMap(({ side }) => side ?? []).map((side) => side.stop()));
  });
  opened.add(() => {
    ending.abort();
  });
  opened.add(async () => {
    await Promise.all(units.map(({ engine }) => engine.stop()));
  });
  for (const [index, unit] of plans.entries()) {
    const own = {
      store: stores.of.get(unit) ?? store,
      platform: platformAt(platforms, index),
      source: sources[index] ?? read.source,
      isPortals: index === 0,
      turn: spread?.turn(unit.dokploy) ?? null,
    };
    units.push(openUnit(unit, own, { ...shared, logger: loggerOf(unit) }, opened));
  }
  beginSpread(spread, units, opened);
  const engine = engineOfUnits(units, startedAtMs, spread?.gaveOver);
  telemetry.follow(engine, checksOfUnits(units), sink);
  const session: Session = {
    engine,
    sourceTitle: read.source.title,
    platformTitle: titleOfUnits(units),
    ownRepository: read.ownRepository,
    branch: config.branch,
    stacksPath: read.stacksPath,
    close: () => opened.close(),
  };
  let deliveredMs: number | null = null;
  return {
    session,
    units,
    ...sideOfUnits(units, engine),
    parts,
    checks: checksOfUnits(units),
    commits: read.commits,
    look: doctorOf({ parts, units, shared, stateDir, lastDeliveryMs: () => deliveredMs }),
    delivered: () => {
      deliveredMs = clock.now();
    },
    telemetry,
    notify: () => {
      endNotifications = startNotifications({ ...parts, engine });
    },
  };
}
