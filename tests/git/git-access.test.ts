import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GitSourceOptions } from "../../src/git/git-source.ts";
import { createLogger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import {
  requireLogin,
  serveRepository,
  type GitHttpAnswer,
  type GitHttpServer,
} from "../support/git-http.ts";
import { eventually, processesWith } from "../support/git-process.ts";
import { contents, failure, newest, useGitSource } from "./harness.ts";

const token = "t0ken-canary-7c1e";
const basic = Buffer.from(`bot:${token}`).toString("base64");
const { repository, stateDir, open } = useGitSource();
let server: GitHttpServer | undefined;
let folder: string;

beforeEach(async () => {
  await repository().push({ "stacks/a.yaml": "1" });
  folder = await mkdtemp(join(tmpdir(), "capstan-access-"));
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function serve(answer?: Parameters<typeof serveRepository>[1]): Promise<GitHttpServer> {
  server = await serveRepository(repository().url, answer);
  return server;
}

const always = (answer: GitHttpAnswer) => (): GitHttpAnswer => answer;
const status = (code: number): (() => GitHttpAnswer) => always({ kind: "status", status: code });
const login = { username: "bot", token };

describe("over HTTP", () => {
  test("a public repository is read without a login, and nothing is sent", async () => {
    const { url, authorizations } = await serve();
    expect(contents(await newest(open({ url })))).toEqual({ "stacks/a.yaml": "1" });
    expect(new Set(authorizations)).toEqual(new Set([null]));
  });

  test("a private one is read with user and token", async () => {
    const { url, authorizations } = await serve(requireLogin("bot", token));
    const source = open({ url, credentials: login });
    expect(contents(await newest(source))).toEqual({ "stacks/a.yaml": "1" });
    expect(authorizations).not.toContain(null);
  });

  test("a token alone goes with a name that every forge takes", async () => {
    const { url } = await serve(requireLogin("x-access-token", token));
    await newest(open({ url, credentials: { token } }));
  });

  test("credentials inside the address work as well, and the token counts before them", async () => {
    const { host, url } = await serve(requireLogin("bot", token));
    const path = new URL(url).pathname;
    await newest(open({ url: `http://bot:${token}@${host}${path}` }));
    await newest(open({ url: `http://bot:wrong@${host}${path}`, credentials: { token } }));
  });

  test("reads at the same time fetch once", async () => {
    let posts = 0;
    const { url } = await serve(({ method }) => {
      if (method === "POST") posts += 1;
      return { kind: "serve" };
    });
    const [source, alone] = [open({ url }), open({ url, stateDir: join(folder, "alone") })];
    const latest = await source.latest();
    const before = posts;
    await alone.read(latest);
    const once = posts - before;
    await Promise.all(Array.from({ length: 4 }, () => source.read(latest)));
    expect(posts - before - once).toBe(once);
  });

  test("a refused login is unauthorised, with a hint that knows whether there was one", async () => {
    const { url } = await serve(requireLogin("bot", "another"));
    expect(await failure(open({ url }).latest())).toMatchObject({
      code: "unauthorised",
      message: `${url} cannot be read: the server refused the credentials`,
      hint: "set GIT_TOKEN to a token that may read the repository",
    });
    expect(await failure(open({ url, credentials: login }).latest())).toMatchObject({
      code: "unauthorised",
      hint: "GIT_TOKEN (or GIT_USERNAME) is wrong, expired or may not read the repository",
    });
  });

  const statuses: readonly [number, string][] = [
    [403, "forbidden"],
    [404, "not-found"],
    [429, "rate-limited"],
    [500, "unavailable"],
    [503, "unavailable"],
  ];
  for (const [code, expected] of statuses) {
    test(`status ${code} is ${expected}`, async () => {
      const { url } = await serve(status(code));
      const error = await failure(open({ url }).latest());
      expect(error.code).toBe(expected);
      expect(error.message).toMatch(/^http:\/\/[^ ]+ cannot be read: /);
      expect(error.hint).toBeDefined();
    });
  }

  test("nothing that listens, and no such host, are unavailable", async () => {
    const { url } = await serve();
    await server?.close();
    expect((await failure(open({ url }).latest())).code).toBe("unavailable");
    const nowhere = await failure(open({ url: "http://no-such-host.invalid/a.git" }).latest());
    expect(nowhere).toMatchObject({
      code: "unavailable",
      message: "http://no-such-host.invalid/a.git cannot be read: its host name cannot be resolved",
    });
  });

  test("P5 a login is not sent on to where the server redirects", async () => {
    const other = await serveRepository(repository().url);
    try {
      const location = `${other.url}/info/refs?service=git-upload-pack`;
      const { url } = await serve(always({ kind: "status", status: 302, location }));
      const error = await failure(open({ url, credentials: login }).latest());
      expect(error).toMatchObject({
        code: "unavailable",
        message: `${url} cannot be read: the server redirects to another address, and credentials are not sent there`,
        hint: expect.stringContaining("GIT_URL"),
      });
      expect(other.authorizations).toEqual([]);
      expect((await open({ url }).latest()).id).toBe(await repository().head());
    } finally {
      await other.close();
    }
  });

  test("R6 a server that never answers: git and its children are killed at the time-out", async () => {
    const { url } = await serve(always({ kind: "hang" }));
    const error = await failure(open({ url, timeoutMs: 300 }).latest());
    expect(error).toMatchObject({
      code: "unavailable",
      message: `git ls-remote of ${url} did not end within 300 ms`,
      hint: expect.any(String),
    });
    await eventually("all are gone", async () => (await processesWith(url)).length === 0);
  });

  test("R6 a fetch that hangs is killed, and the next one works", async () => {
    let hang = true;
    const { url } = await serve(({ method }) =>
      hang && method === "POST" && asked++ > 0 ? { kind: "hang" } : { kind: "serve" },
    );
    let asked = 0;
    const source = open({ url, fetchTimeoutMs: 4_000 });
    const latest = await source.latest();
    expect((await failure(source.read(latest))).code).toBe("unavailable");
    await eventually("all are gone", async () => (await processesWith(url)).length === 0);
    hang = false;
    expect(contents(await source.read(latest))).toEqual({ "stacks/a.yaml": "1" });
  });

  test("closing ends what is under way at once", async () => {
    const { url } = await serve(always({ kind: "hang" }));
    const source = open({ url });
    const running = failure(source.latest());
    await eventually("git runs", () => processesWith(url));
    await source.close();
    expect((await running).code).toBe("cancelled");
    await eventually("all are gone", async () => (await processesWith(url)).length === 0);
  });

  test("git gives up by itself when Capstan was killed without a chance to clean up", async () => {
    const { url } = await serve(always({ kind: "hang" }));
    const module = (path: string): string =>
      JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);
    const program = `
      import { createGitSource } from ${module("git/git-source.ts")};
      import { systemClock as clock } from ${module("lib/clock.ts")};
      import { silentLogger as logger } from ${module("lib/logger.ts")};
      await createGitSource({ url: ${JSON.stringify(url)}, branch: "main", path: "", credentials: {},
        stateDir: ${JSON.stringify(folder)}, clock, logger, timeoutMs: 4000 }).latest();
    `;
    const capstan = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: "ignore",
    });
    await eventually("git asks the server", async () =>
      (await processesWith(url)).some(({ args }) => args.includes("remote-http")),
    );
    capstan.kill("SIGKILL");
    await eventually("all are gone", async () => (await processesWith(url)).length === 0);
  });

  const canaries: Record<string, (host: string, path: string) => Partial<GitSourceOptions>> = {
    "the token": (host, path) => ({ url: `http://${host}${path}`, credentials: login }),
    "a password in the address": (host, path) => ({ url: `http://bot:${token}@${host}${path}` }),
    "a token as the address's user": (host, path) => ({ url: `http://${token}@${host}${path}` }),
  };
  for (const [name, options] of Object.entries(canaries)) {
    test(`P5 ${name} is in no argument list, error, title or log`, async () => {
      const lines: string[] = [];
      const logger = createLogger({
        level: "debug",
        redactor: createRedactor(),
        write: (line) => lines.push(line),
      });
      let answer: GitHttpAnswer = { kind: "hang" };
      const { host, url, authorizations } = await serve(() => answer);
      const path = new URL(url).pathname;
      const source = open({ ...options(host, path), logger, timeoutMs: 60_000 });
      const running = failure(source.latest());
      const processes = await eventually("git asks the server", async () => {
        const found = await processesWith(url);
        const asks = found.some(({ args }) => args.includes("remote-http"));
        return authorizations.length > 0 && asks ? found : [];
      });
      const said: unknown[] = [processes.map(({ args }) => args), source.title];
      await source.close();
      said.push(await running);
      for (const code of [401, 403, 404, 500, 302]) {
        answer = { kind: "status", status: code, location: `http://${host}/x` };
        const again = open({ ...options(host, path), logger });
        said.push(await failure(again.latest()));
      }
      answer = { kind: "serve" };
      const good = open({ ...options(host, path), logger });
      said.push((await newest(good)).revision, lines);
      const mirror = await readFile(join(stateDir(), "mirror.git", "config"), "utf8");
      const text = [...said.map(everything), mirror].join("\n");
      const sent = authorizations.find((header) => header !== null) ?? "";
      expect(sent).not.toBe("");
      for (const canary of [token, basic, sent.slice("Basic ".length)]) {
        expect(text).not.toContain(canary);
      }
      expect(text).toContain(url);
    });
  }
});

/** All that could be printed of a value, causes and stacks included. */
function everything(value: unknown): string {
  if (!(value instanceof Error)) return JSON.stringify(value);
  const { hint } = value as Error & { hint?: string };
  return [value.message, value.stack, hint, value.cause].map((part) => String(part)).join("\n");
}

describe("over ssh", () => {
  /** An `ssh` that notes its arguments and does what the script says; real git speaks to it. */
  async function fakeSsh(script: string): Promise<Partial<GitSourceOptions>> {
    const bin = join(folder, "bin");
    await mkdir(bin);
    const ssh = join(bin, "ssh");
    await writeFile(ssh, `#!/bin/sh\nprintf '%s\\n' "$@" > '${folder}/args'\n${script}\n`);
    await chmod(ssh, 0o755);
    return {
      url: `git@git.example.com:${repository().url}`,
      environment: { PATH: `${bin}:${process.env.PATH ?? ""}` },
    };
  }
  const args = async (): Promise<readonly string[]> =>
    (await readFile(join(folder, "args"), "utf8")).split("\n");
  const serveLocally = `for last; do :; done; eval "$last"`;

  test("the key, and only the key, with the known hosts file: unknown hosts are refused", async () => {
    const options = await fakeSsh(serveLocally);
    const credentials = {
      sshKeyFile: "/run/secrets/it's a key",
      knownHostsFile: "/run/secrets/known hosts",
    };
    expect(contents(await newest(open({ ...options, credentials })))).toEqual({
      "stacks/a.yaml": "1",
    });
    const given = (await args()).join(" ");
    for (const expected of [
      "-F none -i /run/secrets/it's a key",
      "-o IdentitiesOnly=yes",
      "-o BatchMode=yes",
      "-o StrictHostKeyChecking=yes",
      '-o UserKnownHostsFile="/run/secrets/known hosts"',
      "git@git.example.com git-upload-pack",
    ]) {
      expect(given).toContain(expected);
    }
  });

  test("without a known hosts file new hosts are remembered in the state folder", async () => {
    const options = await fakeSsh(serveLocally);
    await newest(open(options));
    const given = (await args()).join(" ");
    expect(given).toContain("-o StrictHostKeyChecking=accept-new");
    expect(given).toContain(`-o UserKnownHostsFile="${stateDir()}/known_hosts" ~/.ssh/known_hosts`);
    expect(given).not.toContain("-i ");
  });

  const answers: readonly [string, string, string, string][] = [
    [
      "a refused key",
      "git@git.example.com: Permission denied (publickey).",
      "unauthorised",
      "GIT_SSH_KEY_FILE",
    ],
    ["an unknown host", "Host key verification failed.", "unauthorised", "GIT_KNOWN_HOSTS_FILE"],
    [
      "a key that others can read",
      "@ WARNING: UNPROTECTED PRIVATE KEY FILE! @",
      "unauthorised",
      "chmod",
    ],
    [
      "a host that refuses",
      "ssh: connect to host x port 22: Connection refused",
      "unavailable",
      "GIT_URL",
    ],
    ["no such repository", "ERROR: Repository not found.", "not-found", "GIT_URL"],
  ];
  for (const [name, words, code, hint] of answers) {
    test(`${name} is ${code}, with what to do`, async () => {
      const options = await fakeSsh(`echo '${words}' >&2; exit 255`);
      const error = await failure(open(options).latest());
      expect(error.code).toBe(code);
      expect(error.hint).toContain(hint);
    });
  }

  test("P5 a password in an ssh address is used nowhere", async () => {
    await fakeSsh(`echo "cannot reach $*" >&2; exit 255`);
    const environment = { PATH: `${join(folder, "bin")}:${process.env.PATH ?? ""}` };
    const source = open({ url: `ssh://git:${token}@git.example.com:22/a.git`, environment });
    const error = await failure(source.latest());
    expect(`${everything(error)} ${source.title} ${(await args()).join(" ")}`).not.toContain(token);
    expect(source.title).toBe("ssh://git@git.example.com:22/a.git (main, stacks/)");
  });

  test("R6 an ssh that hangs is killed with its children", async () => {
    const options = await fakeSsh(`sleep 1000 & wait`);
    const error = await failure(open({ ...options, timeoutMs: 300 }).latest());
    expect(error.code).toBe("unavailable");
    await eventually("all are gone", async () => (await processesWith(folder)).length === 0);
  });
});

test("nothing of this machine's configuration of git is used", async () => {
  const home = join(folder, "home");
  await mkdir(home);
  const other = join(folder, "other.git");
  await writeFile(
    join(home, ".gitconfig"),
    `[url "${other}"]\n  insteadOf = ${repository().url}\n`,
  );
  const environment = {
    PATH: process.env.PATH,
    HOME: home,
    GIT_DIR: other,
    GIT_CONFIG_GLOBAL: join(home, ".gitconfig"),
    GIT_CONFIG_PARAMETERS: "'url.x.insteadOf=/'",
  };
  expect(contents(await newest(open({ environment })))).toEqual({ "stacks/a.yaml": "1" });
});
