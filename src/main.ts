#!/usr/bin/env node
// The program: checks the runtime before anything is loaded that an older one cannot run, then hands
// the process (terminal, environment, signals) to the command line.

const oldestMajor = 24;

if (Number(process.versions.node.split(".")[0]) < oldestMajor) {
  process.stderr.write(
    `error: Capstan needs Node.js ${oldestMajor} or newer, and this is ${process.versions.node}\n` +
      `hint:  install a newer one from https://nodejs.org, or start it here with npm run -s capstan\n`,
  );
  process.exitCode = 1;
} else {
  process.exitCode = await start();
}

async function start(): Promise<number> {
  hideWarningOfSqlite();
  const [
    app,
    config,
    program,
    terminal,
    { describeError },
    { useNetwork },
    { createRedactor },
    { systemClock },
    { readFileSync },
    { readFile },
  ] = await Promise.all([
    import("./app.ts"),
    import("./config.ts"),
    import("./cli/program.ts"),
    import("./cli/process.ts"),
    import("./lib/errors.ts"),
    import("./lib/network.ts"),
    import("./lib/redact.ts"),
    import("./lib/clock.ts"),
    import("node:fs"),
    import("node:fs/promises"),
  ]);
  // Beside `src` and beside `dist` alike.
  const text = await readFile(new URL("../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { version: string };
  const environment = process.env;
  const redactor = createRedactor();
  const folder = process.cwd();
  const network = config.readNetwork(environment, (path) => readFileSync(path, "utf8"));
  try {
    Object.assign(environment, useNetwork(network));
  } catch (error) {
    process.stderr.write(`error: ${describeError(error)}\n`);
    return 1;
  }
  for (const secret of config.networkSecrets(network)) redactor.register(secret);
  const factories = app.createFactories({
    environment,
    folder,
    clock: systemClock,
    random: Math.random,
    redactor,
    version,
  });
  return program.runProgram(
    {
      ...factories,
      ...terminal.createInterrupts(),
      io: terminal.createIo(environment, redactor),
      clock: systemClock,
      version,
      program: terminal.programName(environment),
      debug: environment.LOG_LEVEL?.trim() === "debug",
      folder,
    },
    process.argv.slice(2),
  );
}

/** node:sqlite calls itself experimental at every start; what Capstan keeps in it may be lost anyway. */
function hideWarningOfSqlite(): void {
  const emit = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  process.emitWarning = (...args: unknown[]): void => {
    if (args[1] === "ExperimentalWarning" && String(args[0]).includes("SQLite")) return;
    emit(...args);
  };
}
