#!/usr/bin/env node
// The program: checks the runtime before anything is loaded that an older one cannot run, then hands
// the process (terminal, environment, signals) to the command line.

// Types alone: an older runtime would fail at an import before it can say why.
import type * as App from "./app.ts";
import type * as AppSettings from "./app-settings.ts";
import type { Factories } from "./cli/context.ts";
import type { FactoryFile } from "./cli/factory-files.ts";

const oldestMajor = 24;
const networkNames = /^(?:https?_proxy|CA_FILE)(?:_FILE)?$/i;

if (Number(process.versions.node.split(".")[0]) < oldestMajor) {
  const own = import.meta.url.endsWith(".ts") ? ", or start it here with npm run -s capstan" : "";
  process.stderr.write(
    `error: Capstan needs Node.js ${oldestMajor} or newer, and this is ${process.versions.node}\n` +
      `hint:  install a newer one from https://nodejs.org${own}\n`,
  );
  process.exitCode = 1;
} else {
  process.exitCode = await start();
}

async function start(): Promise<number> {
  (await import("./cli/young-space.ts")).restrainYoungSpace();
  const { createRequire, enableCompileCache } = await import("node:module");
  // Most of a short command's time is loading code.
  enableCompileCache();
  hideWarningOfSqlite();
  const [
    program,
    terminal,
    { describeBuild },
    { factoriesIn },
    { createRedactor },
    { systemClock },
    { readFileSync },
  ] = await Promise.all([
    import("./cli/program.ts"),
    import("./cli/process.ts"),
    import("./cli/build-info.ts"),
    import("./cli/factory-files.ts"),
    import("./lib/redact.ts"),
    import("./lib/clock.ts"),
    import("node:fs"),
  ]);
  // Beside `src` and beside `dist` alike.
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { version: string };
  const environment = process.env;
  const redactor = createRedactor();
  const folder = process.cwd();
  if (Object.keys(environment).some((name) => networkNames.test(name))) {
    const problem = await setNetwork(environment, redactor);
    if (problem !== null) return problem;
  }
  const require = createRequire(import.meta.url);
  const end = import.meta.url.endsWith(".ts") ? "ts" : "js";
  /** All that needs more than a terminal: some commands, and help, do without it. */
  const load = (name: FactoryFile): unknown => require(`./${name}.${end}`);
  const deps = { environment, folder, clock: systemClock, random: Math.random, redactor, version };
  return program.runProgram(
    {
      ...lazily(factoriesIn("app"), () => (load("app") as typeof App).createFactories(deps)),
      ...lazily(factoriesIn("app-settings"), () =>
        (load("app-settings") as typeof AppSettings).createSettingsFactories(deps),
      ),
      ...terminal.createInterrupts(),
      io: terminal.createIo(environment, redactor),
      clock: systemClock,
      version,
      describeVersion: () => describeBuild(version),
      program: terminal.programName(environment, process.argv[1] ?? "", folder),
      debug: environment.LOG_LEVEL?.trim() === "debug",
      folder,
    },
    process.argv.slice(2),
  );
}

/** The exit code when it cannot be used; null when it is set. */
async function setNetwork(
  environment: NodeJS.ProcessEnv,
  redactor: { register(secret: string): void },
): Promise<number | null> {
  const [config, { useNetwork }, { describeError }, { readFileSync }] = await Promise.all([
    import("./config.ts"),
    import("./lib/network.ts"),
    import("./lib/errors.ts"),
    import("node:fs"),
  ]);
  const network = config.readNetwork(environment, (path) => readFileSync(path, "utf8"));
  for (const secret of config.networkSecrets(network)) redactor.register(secret);
  try {
    Object.assign(environment, useNetwork(network));
    return null;
  } catch (error) {
    process.stderr.write(`error: ${describeError(error)}\n`);
    return 1;
  }
}

/** These factories, made when the first of them is called. */
function lazily<Name extends keyof Factories>(
  names: readonly Name[],
  make: () => Pick<Factories, Name>,
): Pick<Factories, Name> {
  let made: Pick<Factories, Name> | null = null;
  const entries = names.map((name) => [
    name,
    (...given: unknown[]): unknown => {
      made ??= make();
      return (made[name] as (...all: unknown[]) => unknown)(...given);
    },
  ]);
  return Object.fromEntries(entries) as Pick<Factories, Name>;
}

/** node:sqlite calls itself experimental at every start; what Capstan keeps in it may be lost anyway. */
function hideWarningOfSqlite(): void {
  const emit = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  process.emitWarning = (...args: unknown[]): void => {
    if (args[1] === "ExperimentalWarning" && String(args[0]).includes("SQLite")) return;
    emit(...args);
  };
}
