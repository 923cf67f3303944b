// Builds everything that has an adapter in it. What is opened is a list; it is closed as that list
// reversed, also when opening stops in the middle.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { forgeOf, pagesOf, sideOf, webhooksOf } from "./app-forge.ts";
import type { ForgeDeps } from "./app-forge.ts";
import { authOf, guardOf } from "./app-http.ts";
import type { HttpParts } from "./app-http.ts";
import type { Controller, Environment, Factories, OpenOptions, Session } from "./cli/context.ts";
import { registryHostOf } from "./config-forge.ts";
import { requireConfig, requireDokploy, type Config } from "./config.ts";
import { createDokploy } from "./dokploy/platform.ts";
import { createEngine } from "./engine/create.ts";
import type { ForgeSide } from "./engine/checks/forge-side.ts";
import type { EngineOptions } from "./engine/engine.ts";
import { createFolderSource } from "./git/folder-source.ts";
import { createGitSource } from "./git/git-source.ts";
import { commitFiles, openOwnRepository } from "./git/own-repository.ts";
import { startHttpServer } from "./http/server.ts";
import type { Clock } from "./lib/clock.ts";
import { createHasher } from "./lib/digest.ts";
import { CapstanError } from "./lib/errors.ts";
import { httpClient } from "./lib/http.ts";
import { createLogger, silentLogger, type Logger } from "./lib/logger.ts";
import type { Redactor } from "./lib/redact.ts";
import type { Proposals } from "./ports-forge.ts";
import type { Source } from "./ports.ts";
import { createSecrets } from "./secrets/secrets.ts";
import { startSimulator } from "./simulator/server.ts";
import { loadKey } from "./store/key.ts";
import { createLock } from "./store/lock.ts";
import { openStore } from "./store/store.ts";

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

/** Between two looks at rollouts in flight. */
const rolloutTickMs = 1_000;
const fastRolloutTickMs = 250;
/** Law W3: late writes happen, so that much lies between two looks for what may have been made. */
const lookAgainMs = 10_000;

const noCredentials = { username: null, token: null, sshKeyFile: null, knownHostsFile: null };

interface Opened {
  /** Remembers how something is closed; used when it is open. */
  add(close: () => Promise<void> | void): void;
  /** The list reversed; may be called twice. */
  close(): Promise<void>;
}

function createOpened(): Opened {
  const closers: (() => Promise<void> | void)[] = [];
  let closing: Promise<void> | null = null;
  const closeAll = async (): Promise<void> => {
    for (const close of closers.reverse()) await close();
  };
  return {
    add: (close) => void closers.push(close),
    close: () => (closing ??= closeAll()),
  };
}

function readFile(path: string): string {
  return readFileSync(path, "utf8");
}

interface OpenedSource {
  readonly source: Source;
  /** Where pull requests are read; null for a folder and for a repository of its own. */
  readonly proposals: (Source & Proposals) | null;
  readonly stacksPath: string;
  readonly ownRepository: string | null;
}

interface Opening {
  readonly session: Session;
  /** Null where no Git host follows it. */
  readonly side: ForgeSide | null;
  readonly parts: ForgeDeps & HttpParts;
}

export function createFactories(deps: AppDeps): Factories {
  const { clock, redactor } = deps;

  function configOf(environment: Environment): Config {
    const config = requireConfig(environment, readFile);
    for (const value of Object.values(config.secretVariables)) redactor.register(value);
    if (config.dokploy !== null) redactor.register(config.dokploy.token);
    for (const token of [config.git?.token, config.client.token]) {
      if (token !== null && token !== undefined) redactor.register(token);
    }
    return config;
  }

  function loggerOf(config: Config, logs: OpenOptions["logs"]): Logger {
    if (logs === "quiet" && config.logLevel !== "debug") return silentLogger;
    return createLogger({ level: config.logLevel, redactor });
  }

  function gitSource(config: Config, url: string, logger: Logger): Source & Proposals {
    const { username, token, sshKeyFile, knownHostsFile } = config.git ?? noCredentials;
    const at = (path: string): string => resolve(deps.folder, path);
    return createGitSource({
      url,
      branch: config.branch,
      path: config.stacksPath,
      stateDir: at(config.stateDir),
      clock,
      logger,
      credentials: {
        ...(username === null ? {} : { username }),
        ...(token === null ? {} : { token }),
        ...(sshKeyFile === null ? {} : { sshKeyFile: at(sshKeyFile) }),
        ...(knownHostsFile === null ? {} : { knownHostsFile: at(knownHostsFile) }),
      },
    });
  }

  /** A folder where one is named, else GIT_URL, else the repository of its own. */
  async function openSource(
    config: Config,
    options: OpenOptions,
    logger: Logger,
    mayMake: boolean,
  ): Promise<OpenedSource> {
    if (options.source !== null) {
      const dir = resolve(deps.folder, options.source);
      const leaveOut = resolve(deps.folder, config.stateDir);
      const source = createFolderSource({ dir, clock, logger, leaveOut });
      return { source, proposals: null, stacksPath: "", ownRepository: null };
    }
    const { stacksPath } = config;
    if (config.git !== null) {
      const source = gitSource(config, config.git.url, logger);
      return { source, proposals: source, stacksPath, ownRepository: null };
    }
    const ownRepository = join(resolve(deps.folder, config.stateDir), "stacks.git");
    if (!mayMake && !existsSync(ownRepository)) {
      throw new CapstanError("invalid", "there are no stacks to read: GIT_URL is not set", {
        hint: "set GIT_URL, or name a folder with --source",
      });
    }
    await openOwnRepository(ownRepository, config.branch);
    const source = gitSource(config, ownRepository, logger);
    return { source, proposals: null, stacksPath, ownRepository };
  }

  async function openAll(options: OpenOptions, opened: Opened, mayMake: boolean): Promise<Opening> {
    const config = configOf(options.environment ?? deps.environment);
    const dokploy = requireDokploy(config);
    const logger = loggerOf(config, options.logs);
    const stateDir = resolve(deps.folder, config.stateDir);
    const key = loadKey(stateDir);
    const hasher = createHasher(key);
    const store = openStore(stateDir, { logger });
    opened.add(() => {
      store.close();
    });
    const { source, proposals, stacksPath, ownRepository } = await openSource(
      config,
      options,
      logger,
      mayMake,
    );
    opened.add(() => source.close());
    const platform = createDokploy({
      url: dokploy.url,
      apiKey: dokploy.token,
      acceptVersion: dokploy.acceptVersion,
      clock,
      random: deps.random,
      logger,
      redactor,
    });
    opened.add(() => platform.close());
    const secretsDir = config.secretsDir === null ? null : resolve(deps.folder, config.secretsDir);
    const engineOptions: EngineOptions = {
      instance: config.instance,
      stacksPath,
      variables: config.variables,
      reservedNames: config.reservedNames,
      dryRun: options.dryRun,
      workers: config.workers,
      pollSchedule: config.pollSchedule,
      resyncIntervalMs: config.resyncIntervalMs,
      deepCheckIntervalMs: config.deepCheckIntervalMs,
      rolloutTickMs: options.fast === true ? fastRolloutTickMs : rolloutTickMs,
      lookAgainMs,
      traefikAddress: config.traefikAddress,
      registryHost: config.forge === null ? null : registryHostOf(config.forge),
    };
    const parts = { config, store, key, hasher, redactor, clock, random: deps.random, logger };
    const ending = new AbortController();
    const forge = forgeOf(parts, ending.signal);
    const isFollowed = mayMake && !options.dryRun && forge !== null && proposals !== null;
    const side = isFollowed ? sideOf(parts, forge, proposals) : null;
    opened.add(async () => {
      ending.abort();
      await side?.stop();
    });
    const engine = createEngine(
      {
        platform,
        source,
        secrets: createSecrets({ env: config.secretVariables, dir: secretsDir }),
        store,
        lock: createLock({
          stateDir,
          holder: `capstan ${mayMake ? "run" : "apply"}, instance ${config.instance},`,
        }),
        hasher,
        redactor,
        http: httpClient,
        clock,
        random: deps.random,
        logger,
        ...(side === null ? {} : { observer: side.observer }),
        ...(forge === null ? {} : { forge }),
      },
      engineOptions,
    );
    side?.serve(engine);
    opened.add(() => engine.stop());
    const session: Session = {
      engine,
      sourceTitle: source.title,
      platformTitle: platform.title,
      ownRepository,
      branch: config.branch,
      stacksPath,
      close: () => opened.close(),
    };
    return { session, side, parts };
  }

  /** Closes what was opened so far when `build` fails. */
  async function unwinding<T>(build: (opened: Opened) => Promise<T>): Promise<T> {
    const opened = createOpened();
    try {
      return await build(opened);
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  return {
    open: (options) => unwinding(async (opened) => (await openAll(options, opened, false)).session),

    openController: (options) =>
      unwinding(async (opened): Promise<Controller> => {
        const { session, side, parts } = await openAll(options, opened, true);
        const { config, logger } = parts;
        const { engine } = session;
        const server = await startHttpServer(
          {
            state: () => engine.state(),
            stacks: () => engine.stacks(),
            redact: (text) => redactor.redact(text),
            clock,
            logger,
            version: deps.version,
            auth: authOf(parts),
            guard: guardOf(config),
            api: { engine },
            webhooks: webhooksOf(parts, engine, side),
            commits: pagesOf(parts),
          },
          { host: config.host, port: config.port },
        );
        opened.add(() => server.close());
        return { ...session, address: server.address };
      }),

    manifestSettings() {
      const { variables, reservedNames, stacksPath } = configOf(deps.environment);
      return { variables, reservedNames, stacksPath };
    },

    remoteSettings: () => configOf(deps.environment).client,

    async readFolder(folder) {
      const source = createFolderSource({ dir: folder, clock, logger: silentLogger });
      try {
        return await source.read(await source.latest());
      } finally {
        await source.close();
      }
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
