// A real Prometheus for tests, where one is installed (Debian's package `prometheus`): its server on a free port of
// loopback, and promtool.
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { until } from "./until.ts";

interface Programs {
  readonly prometheus: string;
  readonly promtool: string;
}

function find(name: string, path: string): string | null {
  const places = path.split(delimiter).map((folder) => join(folder, name));
  return places.find((place) => existsSync(place)) ?? null;
}

/** Null where it is not installed; with CI=true that is a failure. */
export function findPrometheus(env: NodeJS.ProcessEnv = process.env): Programs | null {
  const path = env.PATH ?? "";
  const [prometheus, promtool] = [find("prometheus", path), find("promtool", path)];
  if (prometheus !== null && promtool !== null) return { prometheus, promtool };
  if (env.CI === "true") throw new Error("Prometheus is not installed here: apt-get install it");
  return null;
}

export const programs = findPrometheus();
if (programs === null) {
  process.stdout.write("tests with Prometheus are skipped: it is not installed\n");
}

function installed(): Programs {
  if (programs === null) throw new Error("Prometheus is not installed");
  return programs;
}

/** What promtool says, and whether it found nothing wrong. */
export function promtool(
  args: readonly string[],
  stdin = "",
): Promise<{ readonly ok: boolean; readonly text: string }> {
  return new Promise((resolve) => {
    const child = execFile(installed().promtool, [...args], (error, out, err) => {
      resolve({ ok: error === null, text: `${out}${err}` });
    });
    child.stdin?.end(stdin);
  });
}

export interface Prometheus {
  readonly url: string;
  /** The samples of an instant query: labels and value. */
  query(text: string): Promise<readonly Sample[]>;
  /** An answer below `/api/v1`. */
  api(path: string): Promise<unknown>;
  close(): Promise<void>;
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface QueryAnswer {
  readonly result: readonly {
    readonly metric: Readonly<Record<string, string>>;
    readonly value: readonly [number, string];
  }[];
}

/** `config` is JSON, which is YAML too. */
export async function startPrometheus(config: object): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-prometheus-"));
  const file = join(folder, "prometheus.yml");
  await writeFile(file, JSON.stringify(config));
  const child = spawn(
    installed().prometheus,
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      "--web.listen-address=127.0.0.1:0",
    ],
    { cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
  );
  const ended = new Promise<void>((resolve) =>
    child.once("exit", () => {
      resolve();
    }),
  );
  const said: string[] = [];
  const address = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      said.push(line);
      const [, found] = /msg="Listening on" address=(\S+)/.exec(line) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once("error", reject);
    child.once("exit", () => {
      reject(new Error(`Prometheus ended: ${said.slice(-5).join("\n")}`));
    });
  });
  const url = `http://${address}`;
  // It answers before it has read its own data.
  await until("Prometheus is ready", async () => (await fetch(`${url}/-/ready`)).ok);
  const api = async (path: string): Promise<unknown> => {
    const answer = await fetch(`${url}/api/v1${path}`);
    const { data } = (await answer.json()) as { readonly data: unknown };
    return data;
  };
  return {
    url,
    api,
    async query(text) {
      const data = (await api(`/query?query=${encodeURIComponent(text)}`)) as QueryAnswer;
      return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
    async close() {
      child.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
