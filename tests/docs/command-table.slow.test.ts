// reference/commands.md: each command of the table runs, with each of its options, and ends with each code that the table
// says. Servers (`run`, `log-ingest`, `simulator`) are started, and ended by a signal.
import { fileURLToPath } from "node:url";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { expect, onTestFinished, test } from "vitest";
import { startSimulator } from "../../src/simulator/server.ts";
import { startCapstan } from "../support/capstan-process.ts";
import { startFakeHetzner } from "../support/fake-hetzner.ts";
import { startFakeLoki } from "../support/fake-loki.ts";
import { freePort } from "../support/free-port.ts";
import { openForgeBench } from "../support/forge-bench.ts";
import { startListener } from "../support/heard.ts";
import { until } from "../support/until.ts";
import { alone, beside, served, untyped } from "./command-lines.ts";
import type { Line } from "./command-lines.ts";
import { commandRows } from "./command-rows.ts";
import type { CommandRow } from "./command-rows.ts";
import { environmentOf, stackOf } from "./reader-world.ts";
import { root, walkOf } from "./walk.ts";

const world = (name: string): string =>
  stackOf("shop").replace(
    "spec:\n",
    `spec:\n  environments: { production: {}, staging: { applications: { web: { image: "nginx:${name}", env: { MODE: test } } } } }\n`,
  );
/** A shop, and three more; half of them leave. */
const files = {
  ...Object.fromEntries(["a", "b", "c"].map((name) => [`stacks/${name}.yaml`, stackOf(name)])),
  "stacks/shop.yaml": world("1.27"),
};

test("each command, option and exit code of the table is as it says", async () => {
  const simulator = await startSimulator({ timeScale: 0.05 });
  onTestFinished(() => simulator.close());
  const { project } = simulator.state.addProject({ name: "by-hand" });
  const web = { name: "web", sourceType: "docker", dockerImage: "nginx:1.28", env: "A=b" };
  simulator.state.runApplication(
    simulator.state.addApplication(project.projectId, web).applicationId,
  );
  const hetzner = await startFakeHetzner();
  onTestFinished(() => hetzner.close());
  const listener = await startListener();
  onTestFinished(() => listener.close());
  const loki = await startFakeLoki();
  onTestFinished(() => loki.close());
  const bench = await openForgeBench({ files });
  onTestFinished(() => bench.close());
  const identity = await generateX25519Identity();
  const { CAPSTAN_URL: url = "" } = environmentOf(bench);
  const environment = {
    DOKPLOY_URL: simulator.url,
    DOKPLOY_API_TOKEN: simulator.apiKey,
    HETZNER_API_URL: hetzner.api,
    HETZNER_API_TOKEN: hetzner.token,
    STACK_DOMAIN_SUFFIX: "ai.example.com",
    NOTIFY_URLS: `webhook+http://${listener.host}/hook`,
    NODE_OPTIONS: `--import=${fileURLToPath(new URL("name-servers-here.ts", import.meta.url))}`,
    NAME_SERVER_PORT: String(await freePort()),
    LOKI_URL: loki.url,
    RECIPIENT: await identityToRecipient(identity),
    ...{ HOST: "127.0.0.1", PORT: "0" },
  };
  const walk = await walkOf("reference/commands.md", { environment, folder: root });
  onTestFinished(() => walk.close());
  await walk.write({
    ...files,
    "fewer/shop.yaml": files["stacks/shop.yaml"],
    "fewer/a.yaml": stackOf("a"),
    "broken/shop.yaml": stackOf("shop").replace("image:", "imag:"),
    "needy/shop.yaml": stackOf("shop", "nginx:1.28", ", env: { KEY: $(secrets.nowhere) }"),
    "dokploy.key": simulator.apiKey,
    "age.txt": `${identity}\n`,
    "services/queue/compose.yaml": "services: { web: { image: nginx } }\n",
  });
  // The alias works in every folder, with no program of this name around.
  await walk.run("alias capstan=");
  await walk.prepare("PATH=${PATH#*:} && cd ~ && ! type -P capstan");
  await walk.prepare("export SOPS_AGE_KEY_FILE=~/age.txt");

  const seen: Line[] = untyped.map(([line]) => [line, 0]);
  const type = async ([line, code]: Line): Promise<void> => {
    const [, settings = "", rest = ""] = /^((?:[A-Z_]+=\S* )*)(.*)$/.exec(line) ?? [];
    await walk.prepare(
      `${settings}capstan ${rest} > printed 2>&1; code=$?; [ $code = ${code} ] || { cat printed; echo "ended with $code"; false; }`,
    );
    seen.push([rest, code]);
  };
  for (const line of alone) await type(line);
  await bench.ready("shop");
  await walk.prepare(`export CAPSTAN_URL=${url}`);
  for (const line of beside) await type(line);

  for (const [line, code, said] of served) {
    const child = startCapstan(line.split(" "), {
      folder: walk.home,
      environment: {
        ...{ ...environment, STATE_DIR: "state-of-servers", LOG_INGEST_TOKEN: "none" },
        ...(line.includes("--watch") ? { CAPSTAN_URL: url } : {}),
      },
    });
    onTestFinished(() => child.close());
    await until(`${line} has begun`, () => said.test(child.out() + child.err()));
    child.signal(code === 0 ? "SIGTERM" : "SIGINT");
    const ended = await child.ended;
    seen.push([line, ended ?? -1]);
  }

  /** Of a row of the table: what was not seen. */
  const missingOf = ({ commands, shared, codes }: CommandRow): readonly string[] => {
    const of = (command: string): readonly Line[] =>
      seen.filter(([line]) => `${line} `.startsWith(`${command} `));
    const own = commands.flatMap(({ name }) => of(name));
    const isIn = (lines: readonly Line[], option: string): boolean =>
      lines.some(([line]) => line.split(" ").includes(option));
    const row = commands.map(({ name }) => name).join();
    return [
      ...commands.filter(({ name }) => of(name).length === 0).map(({ name }) => name),
      ...commands.flatMap(({ name, options }) =>
        options.filter((option) => !isIn(of(name), option)).map((option) => `${name} ${option}`),
      ),
      ...shared.filter((option) => !isIn(own, option)).map((option) => `${row} ${option}`),
      ...codes
        .filter((code) => !own.some(([, ended]) => ended === code))
        .map((code) => `${row}: ${code}`),
    ];
  };
  expect(commandRows.length).toBeGreaterThan(15);
  expect(commandRows.flatMap(missingOf)).toEqual([]);
  walk.end();
}, 480_000);
