// Reading over HTTP: who gets in, what each refusal means, and where credentials are never seen.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import type { GitSourceOptions } from "../../src/git/git-source.ts";
import { createLogger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import { useFolder } from "../support/folder.ts";
import { requireLogin, serveRepository, type GitHttpAnswer } from "../support/git-http.ts";
import { eventually, processesWith } from "../support/git-process.ts";
import { contents, everything, failure, newest, useGitServer, useGitSource } from "./harness.ts";

const token = "t0ken-canary-7c1e";
const basic = Buffer.from(`bot:${token}`).toString("base64");
const { repository, stateDir, open } = useGitSource();
const folder = useFolder("capstan-access-");
const serve = useGitServer(repository);

beforeEach(async () => {
  await repository().push({ "stacks/a.yaml": "1" });
});

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
    const [source, alone] = [open({ url }), open({ url, stateDir: join(folder(), "alone") })];
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
    const server = await serve();
    const { url } = server;
    await server.close();
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

test("nothing of this machine's configuration of git is used", async () => {
  const home = join(folder(), "home");
  await mkdir(home);
  const other = join(folder(), "other.git");
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
