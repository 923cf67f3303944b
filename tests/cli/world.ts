// Commands on a real engine: the program's own factories, a simulated server and folders that are gone
// afterwards.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createFactories } from "../../src/app.ts";
import { runProgram } from "../../src/cli/program.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import { startSimulator, type Simulator } from "../../src/simulator/server.ts";
import { createStage, type Stage, type StageOptions } from "./support.ts";

export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface World {
  readonly folder: string;
  readonly simulator: Simulator;
  /** Writes files below the folder; null removes one. */
  write(files: Readonly<Record<string, string | null>>): Promise<void>;
  /** Runs `capstan …` with an environment that names the simulator. */
  capstan(...args: readonly string[]): Promise<Printed>;
  /** The same, with the stage to press Ctrl-C on. */
  begin(...args: readonly string[]): { readonly stage: Stage; readonly ended: Promise<Printed> };
  environment: Record<string, string>;
  close(): Promise<void>;
}

export async function createWorld(stage: StageOptions = {}): Promise<World> {
  const simulator = await startSimulator({ timeScale: 0.05 });
  const folder = await mkdtemp(join(tmpdir(), "capstan-cli-"));
  const environment: Record<string, string> = {
    DOKPLOY_URL: simulator.url,
    DOKPLOY_API_TOKEN: simulator.apiKey,
    HOST_CHECK_INTERVAL: "off",
    STATE_DIR: "state",
    HOST: "127.0.0.1",
    PORT: "0",
    LOG_LEVEL: "silent",
  };
  const begin: World["begin"] = (...args) => {
    const factories = createFactories({
      environment,
      folder,
      clock: systemClock,
      random: Math.random,
      redactor: createRedactor(),
      version: "1.2.3",
    });
    const fast: typeof factories = {
      ...factories,
      open: (options) => factories.open({ ...options, fast: true }),
      openController: (options) => factories.openController({ ...options, fast: true }),
    };
    const made = createStage({ ...stage, factories: fast, folder });
    const ended = runProgram(made.context, args).then((code) => ({
      code,
      out: made.terminal.out(),
      err: made.terminal.err(),
    }));
    return { stage: made, ended };
  };
  return {
    folder,
    simulator,
    environment,
    begin,
    capstan: (...args) => begin(...args).ended,
    async write(files) {
      for (const [path, content] of Object.entries(files)) {
        const file = join(folder, path);
        await mkdir(dirname(file), { recursive: true });
        if (content === null) await rm(file);
        else await writeFile(file, content);
      }
    },
    async close() {
      await simulator.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function manifest(name: string, image = "nginx:1"): string {
  return `apiVersion: capstan/v1
kind: Stack
metadata: { name: ${name} }
spec:
  applications:
    web: { image: "${image}", rollout: { stableFor: 50ms } }
`;
}

/** The same, with more in its spec. */
export function stackWith(name: string, spec = "", image = "nginx:1"): string {
  return manifest(name, image).replace("spec:\n", `spec:\n  ${spec}\n`);
}
