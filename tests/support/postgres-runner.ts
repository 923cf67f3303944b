// Keeps one PostgreSQL for all tests of a run: started when the first of them asks, on a free port of loopback, as a
// user of its own, and stopped when the run has ended, however that ended.
import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";

const run = promisify(execFile);
const [socket = "", bin = ""] = process.argv.slice(2);
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

/** PostgreSQL refuses to run as root. */
const isRoot = process.getuid?.() === 0;
const as = (program: string, args: readonly string[]): readonly [string, string[]] =>
  isRoot ? ["runuser", ["-u", "postgres", "--", program, ...args]] : [program, [...args]];

async function start(folder: string): Promise<{ url: string; child: ChildProcess }> {
  const data = join(folder, "data");
  const passwordFile = join(folder, "password");
  await writeFile(passwordFile, password);
  if (isRoot) {
    const { stdout } = await run("id", ["-u", "postgres"]);
    await chown(folder, Number(stdout), -1);
    await chown(passwordFile, Number(stdout), -1);
  }
  const init = ["-D", data, "-U", "capstan", `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
  await run(...as(join(bin, "initdb"), [...init, "--no-sync", "--encoding=UTF8", "--locale=C"]), {
    cwd: folder,
  });
  const port = await freePort();
  const options = Object.entries({
    ...settings,
    port: String(port),
    listen_addresses: "127.0.0.1",
    unix_socket_directories: folder,
  }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const [program, args] = as(join(bin, "postgres"), ["-D", data, ...options]);
  const child = spawn(program, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  const said: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => said.push(text));
  const hasEnded = (): boolean => child.exitCode !== null;
  for (;;) {
    if (hasEnded()) throw new Error(`PostgreSQL ended: ${said.slice(-5).join("")}`);
    try {
      await run(join(bin, "pg_isready"), ["-h", "127.0.0.1", "-p", String(port)]);
      break;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return { url: `postgres://capstan:${password}@127.0.0.1:${port}`, child };
}

const folder = await mkdtemp(join(tmpdir(), "capstan-postgres-"));
let started: ReturnType<typeof start> | null = null;

const server = createServer((connection) => {
  connection.on("error", () => undefined);
  started ??= start(folder);
  started.then(
    ({ url }) => connection.end(JSON.stringify({ url })),
    (error: unknown) => connection.end(JSON.stringify({ error: String(error) })),
  );
});
server.listen(socket, () => process.send?.("ready"));

/** Nobody is connected any more: it may end at once. */
process.once("disconnect", () => {
  server.close();
  void (async () => {
    const running = await started?.catch(() => null);
    if (running !== null && running !== undefined) {
      const { child } = running;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      // SIGQUIT is its immediate shutdown; `runuser` hands it on.
      await run(
        ...as(join(bin, "pg_ctl"), ["stop", "-m", "immediate", "-D", join(folder, "data")]),
        {
          cwd: folder,
        },
      ).catch(() => child.kill("SIGKILL"));
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
    process.exit(0);
  })();
});
