// Reading over ssh: which key and which known hosts count, and what each refusal means.
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import type { GitSourceOptions } from "../../src/git/git-source.ts";
import { useFolder } from "../support/folder.ts";
import { eventually, processesWith } from "../support/git-process.ts";
import { contents, everything, failure, newest, useGitSource } from "./harness.ts";

const token = "t0ken-canary-7c1e";
const { repository, stateDir, open } = useGitSource();
const folder = useFolder("capstan-ssh-");

beforeEach(async () => {
  await repository().push({ "stacks/a.yaml": "1" });
});

describe("over ssh", () => {
  /** An `ssh` that notes its arguments and does what the script says; real git speaks to it. */
  async function fakeSsh(script: string): Promise<Partial<GitSourceOptions>> {
    const bin = join(folder(), "bin");
    await mkdir(bin);
    const ssh = join(bin, "ssh");
    await writeFile(ssh, `#!/bin/sh\nprintf '%s\\n' "$@" > '${folder()}/args'\n${script}\n`);
    await chmod(ssh, 0o755);
    return {
      url: `git@git.example.com:${repository().url}`,
      environment: { PATH: `${bin}:${process.env.PATH ?? ""}` },
    };
  }
  const args = async (): Promise<readonly string[]> =>
    (await readFile(join(folder(), "args"), "utf8")).split("\n");
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
    const environment = { PATH: `${join(folder(), "bin")}:${process.env.PATH ?? ""}` };
    const source = open({ url: `ssh://git:${token}@git.example.com:22/a.git`, environment });
    const error = await failure(source.latest());
    expect(`${everything(error)} ${source.title} ${(await args()).join(" ")}`).not.toContain(token);
    expect(source.title).toBe("ssh://git@git.example.com:22/a.git (main, stacks/)");
  });

  test("R6 an ssh that hangs is killed with its children", async () => {
    const options = await fakeSsh(`sleep 1000 & wait`);
    const error = await failure(open({ ...options, timeoutMs: 300 }).latest());
    expect(error.code).toBe("unavailable");
    await eventually("all are gone", async () => (await processesWith(folder())).length === 0);
  });
});
