// A PostgreSQL of one's own on a free port of loopback, run as a user of its own, in a folder that goes with it.
import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";

const run = promisify(execFile);
const password = "pw-of-tests";
/** A lost cluster costs nothing: nothing waits for the disk. */
const settings = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  max_connections: "200",
  shared_buffers: "32MB",
  autovacuum: "off",
  log_min_messages: "warning",
};

export interface PostgresCluster {
  /** Without a database at its end. */
  readonly url: string;
  /** As after a crash, at the same address. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** PostgreSQL refuses to run as root. */
const isRoot = process.getuid?.() === 0;
const as = (program: string, args: readonly string[]): readonly [string, string[]] =>
  isRoot ? ["runuser", ["-u", "postgres", "--", program, ...args]] : [program, [...args]];

export interface PostgresOptions {
  /** It takes TLS connections with these, in PEM, beside those without. */
  readonly tls?: { readonly key: string; readonly certificate: string };
}

/** `bin`: the folder of its programs. */
export async function startPostgres(
  bin: string,
  { tls }: PostgresOptions = {},
): Promise<PostgresCluster> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-postgres-"));
  const data = join(folder, "data");
  const port = await freePort();
  const [keyFile, certificateFile] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const tlsFiles =
    tls === undefined ? {} : { [keyFile]: tls.key, [certificateFile]: tls.certificate };
  const tlsSettings =
    tls === undefined ? {} : { ssl: "on", ssl_key_file: keyFile, ssl_cert_file: certificateFile };
  let child: ChildProcess | null = null;

  async function initialise(): Promise<void> {
    const passwordFile = join(folder, "password");
    await writeFile(passwordFile, password);
    const files = [passwordFile];
    for (const [file, text] of Object.entries(tlsFiles)) {
      await writeFile(file, text, { mode: 0o600 });
      files.push(file);
    }
    if (isRoot) {
      const { stdout } = await run("id", ["-u", "postgres"]);
      for (const file of [folder, ...files]) await chown(file, Number(stdout), -1);
    }
    const login = ["-U", "capstan", `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
    const more = ["--no-sync", "--encoding=UTF8", "--locale=C"];
    await run(...as(join(bin, "initdb"), ["-D", data, ...login, ...more]), { cwd: folder });
  }

  async function start(): Promise<void> {
    const options = Object.entries({
      ...settings,
      ...tlsSettings,
      port: String(port),
      listen_addresses: "127.0.0.1",
      unix_socket_directories: folder,
    }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const [program, args] = as(join(bin, "postgres"), ["-D", data, ...options]);
    const started = spawn(program, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    child = started;
    const said: string[] = [];
    started.stderr.setEncoding("utf8").on("data", (text: string) => said.push(text));
    for (;;) {
      if (started.exitCode !== null)
        throw new Error(`PostgreSQL ended: ${said.slice(-5).join("")}`);
      try {
        await run(join(bin, "pg_isready"), ["-h", "127.0.0.1", "-p", String(port)]);
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  async function stop(): Promise<void> {
    const running = child;
    if (running?.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once("exit", resolve));
    await run(...as(join(bin, "pg_ctl"), ["stop", "-m", "immediate", "-D", data]), {
      cwd: folder,
    }).catch(() => running.kill("SIGKILL"));
    await ended;
  }

  await initialise();
  await start();
  return {
    url: `postgres://capstan:${password}@127.0.0.1:${port}`,
    async restart() {
      await stop();
      await start();
    },
    async close() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
