/** `git clone` of what a service is built from, with the words of git and Dokploy. */
import type { ApplicationRow, ComposeRow } from "./serviceRows.ts";
import { SLOW_FACTOR } from "./pull.ts";
import { sourceOf, syntheticCommit, type Commit } from "./repositories.ts";
import { behaviourOf, type World } from "./world.ts";

/** A clone and a build together took five times as long as a pull. */
const BUILD_FACTOR = 4;

export type Cloned = { ok: true; commit: Commit } | { ok: false; message: string };

const NAMES: Readonly<Record<string, string>> = {
  git: "Git",
  github: "Github",
  gitlab: "Gitlab",
  gitea: "Gitea",
  bitbucket: "Bitbucket",
};

export async function clone(
  world: World,
  row: ApplicationRow | ComposeRow,
  code: string,
  log: (text: string) => void,
): Promise<Cloned> {
  const source = sourceOf(world.tables, row);
  if (source === null) {
    await world.time.sleep(world.deployMs / 2);
    const name = NAMES[row.sourceType] ?? row.sourceType;
    return { ok: false, message: `${name} Provider not found` };
  }
  const { url, ref, shown } = source;
  if (
    row.sourceType === "git" &&
    !/^https?:\/\//.test(url) &&
    (row.customGitSSHKeyId ?? null) === null
  ) {
    const message =
      "Error: ❌ You are trying to clone a ssh repository without a ssh key, please set a ssh key\n";
    log(message);
    return { ok: false, message: "" };
  }
  log(`Cloning Repo ${shown} to ${code}: ✅\nCloning into '${code}'...\n`);
  const behaviour = behaviourOf(world, url);
  await world.time.sleep(world.deployMs);
  if (behaviour === "unreachable") {
    const host = /^[a-z]+:\/\/(?:[^/@]*@)?([^/:]+)/.exec(url)?.[1] ?? url;
    log(`fatal: unable to access '${url}/': Could not resolve host: ${host}\n`);
    return failed(url, log);
  }
  const found =
    behaviour === "missing"
      ? null
      : world.repositories === null
        ? syntheticCommit(url)
        : await world.repositories.at(url, ref);
  if (found === null) {
    log(`fatal: repository '${url}/' not found\n`);
    return failed(url, log);
  }
  if (found === "ref") {
    log(
      `warning: Could not find remote branch ${ref} to clone.\n` +
        `fatal: Remote branch ${ref} not found in upstream origin\n`,
    );
    return failed(url, log);
  }
  // git draws its progress over itself.
  log(
    "remote: Counting objects:  50% (3/6)        \rremote: Counting objects: 100% (6/6), done.        \n" +
      "Receiving objects:  50% (3/6)\rReceiving objects: 100% (6/6), done.\n",
  );
  return { ok: true, commit: found };
}

function failed(url: string, log: (text: string) => void): Cloned {
  log(`❌ [ERROR] Fail to clone the repository ${url}\n`);
  return { ok: false, message: "" };
}

/** What is left of a build's time once its code is there. */
export function buildMs(world: World, url: string): number {
  return world.deployMs * (behaviourOf(world, url) === "slow" ? SLOW_FACTOR : BUILD_FACTOR);
}
