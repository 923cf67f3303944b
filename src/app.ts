// Builds everything that has an adapter in it, and remembers how each part of it is closed.
import { resolve } from "node:path";
import { localApi, serveAgent } from "./app-agent.ts";
import { apiOf } from "./app-api.ts";
import type { AppDeps } from "./app-deps.ts";
import { descriptionsIn } from "./app-descriptions.ts";
import { dnsSideOf } from "./app-dns.ts";
import { openDoctor } from "./app-doctor.ts";
import { dokployUnits, oneDokploy } from "./app-dokploys.ts";
import { pagesOfUnits } from "./app-fleet.ts";
import { commitKeyOf, webhooksOf } from "./app-forge.ts";
import { authOf, guardOf } from "./app-http.ts";
import { createLasting } from "./app-lasting.ts";
import { leaseOf, leaseSessionOf } from "./app-lease.ts";
import { openLogIngest, openLogs } from "./app-logs.ts";
import type { Logs } from "./app-logs.ts";
import { notificationsOf } from "./app-notify.ts";
import { unwinding } from "./app-opened.ts";
import { handedWebhooks, handOf, serveOrders } from "./app-orders.ts";
import { openAll } from "./app-opening.ts";
import type { OpeningDeps } from "./app-opening.ts";
import { openSecrets, secretsOf } from "./app-secrets.ts";
import { configOf, createSettingsFactories } from "./app-settings.ts";
import { metricsOf } from "./app-telemetry.ts";
import type { Controller, Factories, OpenOptions } from "./cli/context.ts";
import { wantsColour } from "./cli/process.ts";
import { requireDokploy, type Config } from "./config.ts";
import { createDokploy } from "./dokploy/platform.ts";
import type { Dokploy } from "./dokploy/platform.ts";
import { commitFiles, openOwnRepository } from "./git/own-repository.ts";
import { startHttpServer } from "./http/server.ts";
import type { Logger } from "./lib/logger.ts";
import { createMcpHttp } from "./mcp/http.ts";
import type { Store } from "./ports-store.ts";
import { tellNobody, type Tell } from "./ports-telemetry.ts";
import { startSimulator } from "./simulator/server.ts";

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
    const { dokployRequests: requests } = config;
    const parts = { clock, random: deps.random, logger, redactor, tell };
    const kept = store === null ? {} : { descriptions: descriptionsIn(store, clock) };
    // Without one its writes pass: those of the doctor's trial concern nobody's stacks.
    const stateDir = resolve(deps.folder, config.stateDir);
    const lease =
      by === null ? null : leaseOf(config, { by, stateDir, version: deps.version, logger });
    return createDokploy({ url, apiKey: token, acceptVersion, requests, lease, ...parts, ...kept });
  }

  const opening: OpeningDeps = { ...deps, logsOf, platformOf, lasting: createLasting() };

  return {
    open: (options) =>
      unwinding(async (opened) => (await openAll(opening, options, opened, "pass")).session),

    openController: (options) =>
      unwinding(async (opened): Promise<Controller> => {
        const all = await openAll(opening, options, opened, "controller");
        const { session, side, writing, parts, commits, look, delivered, telemetry } = all;
        const { config, logger } = parts;
        const { engine } = session;
        if (!options.dryRun) all.notify();
        const hooks = webhooksOf(parts, engine, { ...writing, side }, telemetry.tell);
        const orders = all.units.map(({ unit: { dokploy }, ...one }) => ({ ...one, dokploy }));
        const pages = pagesOfUnits(all.units);
        const served = apiOf({ ...all, ...parts, pages });
        const api = { engine, ...writing, commits, connections: look, ...served };
        const edge = { clock, redact, version: deps.version, logger };
        opened.add(serveOrders(orders, api, edge, hooks));
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
            api: { ...api, hand: handOf(orders) },
            metrics: metricsOf(telemetry, parts),
            webhooks: handedWebhooks(hooks, { units: orders, logger, delivered }),
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
        const all = await openAll(opening, options, opened, "agent");
        const { session, writing, parts, commits, look } = all;
        const { engine } = session;
        if (!options.dryRun) all.notify();
        const { logger } = parts;
        const api = localApi(
          {
            engine,
            ...writing,
            commits,
            connections: look,
            ...apiOf({ ...all, ...parts, pages: pagesOfUnits(all.units) }),
          },
          { clock, logger, redact, version: deps.version },
        );
        opened.add(() => {
          api.close();
        });
        return { ...session, ask: api.ask };
      }),

    openDoctor: () =>
      unwinding((opened) => {
        const config = configOf(deps.environment, redactor);
        return openDoctor(
          {
            ...{ config, units: dokployUnits(config), folder: deps.folder },
            ...{ clock, redact, random: deps.random, redactor },
            logger: logsOf(config, "quiet", false).logger,
            platformOf,
            secretsOf: (given) => secretsOf({ ...deps, config: given }),
          },
          opened,
        );
      }),

    serveAgent: (ask) => serveAgent(ask, { version: deps.version, redact }),

    async openLease() {
      const { config } = oneDokploy(configOf(deps.environment, redactor));
      const { logger } = logsOf(config, "quiet", false);
      return leaseSessionOf(config, platformOf(config, logger, { by: "capstan lease" }));
    },

    openPlatform({ more }) {
      const given = configOf({ ...deps.environment, ...more }, redactor);
      // A server that is named by its address is no other.
      const isNamed = more?.DOKPLOY_URL !== undefined;
      const { config } = isNamed ? { config: given } : oneDokploy(given);
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
