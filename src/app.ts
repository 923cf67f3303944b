// Builds everything that has an adapter in it, and remembers how each part of it is closed.
import { descriptionsIn } from "./app-descriptions.ts";
import { resolve } from "node:path";
import { localApi, serveAgent } from "./app-agent.ts";
import { apiOf } from "./app-api.ts";
import { leaseOf, leaseSessionOf } from "./app-lease.ts";
import { dnsOf, dnsSideOf, hostPortsOf } from "./app-dns.ts";
import { forgeOf, observerOf, commitKeyOf, proposingOf } from "./app-forge.ts";
import { quietSideOf, sideOf, webhooksOf } from "./app-forge.ts";
import { openLogIngest, openLogs } from "./app-logs.ts";
import type { Logs } from "./app-logs.ts";
import { notificationsOf, startNotifications } from "./app-notify.ts";
import { engineOptionsOf } from "./app-engine.ts";
import { unwinding } from "./app-opened.ts";
import type { Opened } from "./app-opened.ts";
import { noPortal, openPortal } from "./app-portal.ts";
import type { PortalSide } from "./app-portal.ts";
import { doctorChecks, openDoctor, sharedDoctor } from "./app-doctor.ts";
import { handedWebhooks, handOf, serveOrders } from "./app-orders.ts";
import { openSource } from "./app-source.ts";
import type { ForgeDeps } from "./app-forge.ts";
import { authOf, guardOf } from "./app-http.ts";
import type { HttpParts } from "./app-http.ts";
import { configOf, createSettingsFactories } from "./app-settings.ts";
import { openSecrets, secretsOf } from "./app-secrets.ts";
import { closeStore, keyOf, storeOf } from "./app-store.ts";
import { metricsOf, openTelemetry } from "./app-telemetry.ts";
import type { Telemetry } from "./app-telemetry.ts";
import type { Controller, Environment, Factories, OpenOptions, Session } from "./cli/context.ts";
import { requireDokploy, type Config } from "./config.ts";
import { createDokploy } from "./dokploy/platform.ts";
import type { Dokploy } from "./dokploy/platform.ts";
import { createEngine } from "./engine/loop/create.ts";
import type { ForgeSide } from "./engine/checks/forge-side.ts";
import { createMcpHttp } from "./mcp/http.ts";
import { commitFiles, openOwnRepository } from "./git/own-repository.ts";
import { gitCheck } from "./doctor/git.ts";
import { startHttpServer } from "./http/server.ts";
import { wantsColour } from "./cli/process.ts";
import type { Clock } from "./lib/clock.ts";
import { createHasher } from "./lib/digest.ts";
import { httpClient } from "./lib/http.ts";
import type { Logger } from "./lib/logger.ts";
import type { Redactor } from "./lib/redact.ts";
import type { Connection } from "./model/connection.ts";
import type { Commits } from "./ports.ts";
import type { Store } from "./ports-store.ts";
import { tellNobody, type Tell } from "./ports-telemetry.ts";
import type { WholeStore } from "./store/store.ts";
import { createRegistry } from "./registry/registry.ts";
import { startSimulator } from "./simulator/server.ts";
import { createLock } from "./store/lock.ts";

export interface AppDeps {
  readonly environment: Environment;
  /** Where relative paths begin. */
  readonly folder: string;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly redactor: Redactor;
  readonly version: string;
}

interface Opening {
  readonly session: Session;
  /** Null where no Git host follows it. */
  readonly side: ForgeSide | null;
  readonly writing: PortalSide;
  readonly parts: ForgeDeps & HttpParts;
  readonly commits: Commits | null;
  readonly store: WholeStore;
  /** Looks at everything that is set up. */
  readonly look: () => Promise<readonly Connection[]>;
  /** Tells that a delivery of the Git host came and was believed. */
  readonly delivered: () => void;
  readonly telemetry: Telemetry;
  /** From now on people are told of what happens. Call it once at most. */
  readonly notify: () => void;
}

export function createFactories(deps: AppDeps): Factories {
  const { clock, redactor } = deps;
  const redact = (text: string): string => redactor.redact(text);

  const isTerminal = process.stderr.isTTY;
  const terminal = { isTerminal, colour: wantsColour(deps.environment, isTerminal) };

  /** A single pass is a person's, who sees what happens: only a controller's lines go to Loki. */
  function logsOf(config: Config, logs: OpenOptions["logs"], isController: boolean): Logs {
    const shown = logs === "json" || config.logLevel === "debug";
    const parts = { config, clock, random: deps.random, redactor, terminal };
    return openLogs(parts, { service: "capstan", shown, shipped: isController });
  }

  function platformOf(
    config: Config,
    logger: Logger,
    {
      by = null,
      tell = tellNobody,
      store = null,
    }: {
      readonly by?: string | null;
      readonly tell?: Tell;
      readonly store?: Store | null;
    } = {},
  ): Dokploy {
    const { url, token, acceptVersion } = requireDokploy(config);
    const parts = { clock, random: deps.random, logger, redactor, tell };
    const kept = store === null ? {} : { descriptions: descriptionsIn(store, clock) };
    // Without one its writes pass: those of the doctor's trial concern nobody's stacks.
    const stateDir = resolve(deps.folder, config.stateDir);
    const lease =
      by === null ? null : leaseOf(config, { by, stateDir, version: deps.version, logger });
    return createDokploy({ url, apiKey: token, acceptVersion, lease, ...parts, ...kept });
  }

  async function openAll(options: OpenOptions, opened: Opened, mayMake: boolean): Promise<Opening> {
    const given = options.environment ?? deps.environment;
    const config = configOf({ ...given, ...options.more }, redactor);
    requireDokploy(config);
    const { logger, sink } = logsOf(config, options.logs, mayMake);
    // Before all else, so that it ends after all that writes lines.
    opened.add(() => sink?.stop());
    const stateDir = resolve(deps.folder, config.stateDir);
    const by = mayMake ? "capstan run" : "capstan apply";
    const stored = { config, stateDir, scope: "", by, clock, random: deps.random, logger };
    const store = await storeOf(stored);
    opened.add(() => closeStore(store));
    const key = await keyOf(stored);
    const hasher = createHasher(key);
    const opening = { config, options, logger, mayMake, folder: deps.folder, clock };
    const watched = { config, clock, logger, redactor, version: deps.version };
    const telemetry = await openTelemetry({ ...watched, isTraced: mayMake });
    opened.add(() => telemetry.close());
    // Before the engine is: what its end brings is told too.
    let endNotifications = async (): Promise<void> => undefined;
    opened.add(() => endNotifications());
    const { tell } = telemetry;
    const { source, branches, proposals, commits, repository, stacksPath, ownRepository } =
      await openSource(opening);
    opened.add(() => source.close());
    const platform = platformOf(config, logger, { by, tell, store });
    opened.add(() => platform.close());
    const secrets = secretsOf({ ...deps, config, tell });
    let deliveredMs: number | null = null;
    const lastDeliveryMs = (): number | null => deliveredMs;
    const delivered = (): void => {
      deliveredMs = clock.now();
    };
    const parts = { config, store, key, hasher, redactor, clock, random: deps.random, logger };
    const ending = new AbortController();
    const forge = forgeOf(parts, ending.signal);
    const isFollowed = mayMake && !options.dryRun && forge !== null && proposals !== null;
    const followed = isFollowed ? sideOf(parts, forge, proposals, tell) : null;
    const side = followed?.side ?? null;
    const quiet = mayMake && !options.dryRun ? quietSideOf(parts) : null;
    opened.add(async () => {
      ending.abort();
      await side?.stop();
    });
    const registry = createRegistry({ http: httpClient, clock });
    const engine = createEngine(
      {
        ...{ platform, source, branches, secrets, store, registry, hasher, redactor },
        ...{ dns: dnsOf(parts, ending.signal), ...hostPortsOf() },
        lock: createLock({ stateDir, holder: `${by}, instance ${config.instance},` }),
        lease: platform.lease,
        http: httpClient,
        ...{ clock, random: deps.random, logger, tell },
        ...observerOf(side?.observer ?? quiet),
        ...(forge === null ? {} : { forge }),
        ...(isFollowed ? { proposing: proposingOf(parts, forge, { source, proposals }) } : {}),
        ...followed?.known,
      },
      engineOptionsOf(config, options, stacksPath, deps.folder),
    );
    side?.serve(engine);
    telemetry.follow(engine, store, sink);
    const notify = (): void => {
      endNotifications = startNotifications({ ...parts, engine });
    };
    opened.add(() => engine.stop());
    const writing =
      repository === null || !mayMake || options.dryRun
        ? noPortal
        : openPortal(
            {
              ...{ ...parts, store, engine, source, registry, forge, repository, stacksPath, tell },
              folder: deps.folder,
            },
            (close) => {
              opened.add(close);
            },
          );
    const session: Session = {
      engine,
      sourceTitle: source.title,
      platformTitle: platform.title,
      ownRepository,
      branch: config.branch,
      stacksPath,
      close: () => opened.close(),
    };
    const look = sharedDoctor(
      () =>
        doctorChecks({
          config,
          stateDir,
          clock,
          http: httpClient,
          platform,
          git: gitCheck({
            source,
            branch: config.branch,
            stacksPath,
            isOwn: ownRepository !== null,
          }),
          secrets,
          dns: dnsSideOf(parts, ending.signal),
          forge: forge === null ? null : { forge, title: forge.title, lastDeliveryMs },
        }),
      { clock, redact },
    );
    return { session, side, writing, parts, store, commits, look, delivered, telemetry, notify };
  }

  return {
    open: (options) => unwinding(async (opened) => (await openAll(options, opened, false)).session),

    openController: (options) =>
      unwinding(async (opened): Promise<Controller> => {
        const opening = await openAll(options, opened, true);
        const { session, side, writing, parts, commits, look, delivered, telemetry } = opening;
        const { config, logger } = parts;
        const { engine } = session;
        if (!options.dryRun) opening.notify();
        const hooks = webhooksOf(parts, engine, { ...writing, side }, telemetry.tell);
        const { store } = opening;
        const api = { engine, ...writing, commits, connections: look, ...apiOf(parts) };
        opened.add(
          serveOrders(store, api, { clock, redact, version: deps.version, logger }, hooks),
        );
        const server = await startHttpServer(
          {
            state: () => engine.state(),
            stacks: () => engine.stacks(),
            redact,
            clock,
            logger,
            version: deps.version,
            auth: authOf(parts),
            guard: guardOf(config),
            api: { ...api, hand: handOf(store, engine) },
            metrics: metricsOf(telemetry, parts),
            webhooks: handedWebhooks(hooks, { store, engine, logger, delivered }),
            commitKey: commitKeyOf(parts),
            mcp: createMcpHttp,
          },
          { host: config.host, port: config.port },
        );
        telemetry.metrics.read({ sseClients: () => server.watching() });
        opened.add(() => server.close());
        const { portal, hindrance: portalHindrance } = writing;
        return { ...session, portal, portalHindrance, address: server.address };
      }),

    openAgent: (options) =>
      unwinding(async (opened) => {
        const opening = await openAll(options, opened, true);
        const { session, writing, parts, commits, look } = opening;
        const { engine } = session;
        if (!options.dryRun) opening.notify();
        const { logger } = parts;
        const api = localApi(
          { engine, ...writing, commits, connections: look, ...apiOf(parts) },
          { clock, logger, redact, version: deps.version },
        );
        opened.add(() => {
          api.close();
        });
        return { ...session, ask: api.ask };
      }),

    openDoctor: () =>
      unwinding((opened) =>
        openDoctor(
          {
            config: configOf(deps.environment, redactor),
            folder: deps.folder,
            ...{ clock, redact, random: deps.random, redactor },
            logger: logsOf(configOf(deps.environment, redactor), "quiet", false).logger,
            platformOf,
            secretsOf: (config) => secretsOf({ ...deps, config }),
          },
          opened,
        ),
      ),

    serveAgent: (ask) => serveAgent(ask, { version: deps.version, redact }),

    async openLease() {
      const config = configOf(deps.environment, redactor);
      const { logger } = logsOf(config, "quiet", false);
      return leaseSessionOf(config, platformOf(config, logger, { by: "capstan lease" }));
    },

    openPlatform({ more }) {
      const config = configOf({ ...deps.environment, ...more }, redactor);
      const platform = platformOf(config, logsOf(config, "quiet", false).logger);
      return { platform, close: () => platform.close() };
    },

    ...createSettingsFactories(deps),

    notifications: () =>
      notificationsOf({ config: configOf(deps.environment, redactor), clock, redactor }),

    openSecrets: ({ source }) =>
      unwinding((opened) =>
        openSecrets({ ...deps, config: configOf(deps.environment, redactor), source }, opened),
      ),

    openDns() {
      const config = configOf(deps.environment, redactor);
      return dnsSideOf({ ...deps, config, logger: logsOf(config, "quiet", false).logger });
    },

    openLogIngest() {
      const config = configOf(deps.environment, redactor);
      return openLogIngest(
        { config, clock, random: deps.random, redactor, terminal },
        deps.version,
      );
    },

    startSimulator: (options) => startSimulator(options),

    openRepository: (folder, branch) => openOwnRepository(folder, branch),

    async commit(folder, branch, files, message) {
      await commitFiles(folder, branch, new Map(Object.entries(files)), {
        message,
        author: { name: "Capstan", email: "capstan@localhost" },
        nowMs: clock.now(),
      });
    },
  };
}
