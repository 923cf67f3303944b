// A controller from its real parts (store, key, Git, Dokploy adapter) for a test's own process or for a
// child that is killed: both read the same plain settings.
import { createDokploy } from "../../src/dokploy/platform.ts";
import { createEngine } from "../../src/engine/loop/create.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { createGitSource } from "../../src/git/git-source.ts";
import { createHasher } from "../../src/lib/digest.ts";
import { httpClient } from "../../src/lib/http.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import { createLock } from "../../src/store/lock.ts";
import { loadKey } from "../../src/store/key.ts";
import { openStore } from "../../src/store/store.ts";
import { fastClock } from "./fast-clock.ts";
import type { FastTime } from "./fast-clock.ts";
import { memorySecrets } from "./memory.ts";

export interface ControllerSettings {
  readonly dokployUrl: string;
  readonly apiKey: string;
  readonly gitUrl: string;
  readonly branch: string;
  readonly stateDir: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly time: FastTime;
}

export interface TestController {
  readonly engine: Engine;
  close(): Promise<void>;
}

export function openController(settings: ControllerSettings): TestController {
  const clock = fastClock(settings.time);
  const redactor = createRedactor();
  const logger = silentLogger;
  const hasher = createHasher(loadKey(settings.stateDir));
  const store = openStore(settings.stateDir);
  const platform = createDokploy({
    url: settings.dokployUrl,
    apiKey: settings.apiKey,
    clock,
    random: () => 0.5,
    logger,
    redactor,
  });
  const source = createGitSource({
    url: settings.gitUrl,
    branch: settings.branch,
    path: "stacks",
    stateDir: settings.stateDir,
    clock,
    logger,
    credentials: {},
  });
  const engine = createEngine(
    {
      platform,
      source,
      secrets: memorySecrets(new Map(Object.entries(settings.secrets))),
      store,
      lock: createLock({ stateDir: settings.stateDir, holder: "capstan run" }),
      hasher,
      redactor,
      http: httpClient,
      clock,
      random: () => 0.5,
      logger,
    },
    {
      instance: "default",
      stacksPath: "stacks",
      variables: {},
      reservedNames: [],
      dryRun: false,
      workers: 20,
      pollSchedule: "0 0 1 1 *",
      resyncIntervalMs: 3_600_000,
      deepCheckIntervalMs: 36_000_000,
      secretsLookMs: 1_000,
      followIntervalMs: 60_000,
      rolloutTickMs: 10 * settings.time.times,
      lookAgainMs: 60 * settings.time.times,
      traefikAddress: null,
    },
  );
  return {
    engine,
    async close() {
      await engine.stop();
      await source.close();
      await platform.close();
      store.close();
    },
  };
}
