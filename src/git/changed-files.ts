// Which files differ between two commits of a repository elsewhere: both are fetched without their history and without
// the contents of files, into a folder that is gone afterwards.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Remote } from "./remote.ts";

const timeoutMs = 120_000;
/** Of the list of names; what is longer is not known. */
const mostBytes = 4 * 1024 * 1024;

const isGone = (stderr: string): boolean =>
  /not our ref|unadvertised object|couldn't find remote ref|missing commit|not a valid object/i.test(
    stderr,
  );

/** Null when one of the commits is no longer there, or too many files differ. Throws what fetching throws. */
export async function changedFiles(
  remote: Remote,
  from: string,
  to: string,
): Promise<readonly string[] | null> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-changes-"));
  const git = remote.git();
  const run = (...args: readonly string[]): ReturnType<typeof git> =>
    git({
      args: [`--git-dir=${folder}`, ...args],
      timeoutMs,
      maxStdoutBytes: mostBytes,
      cutStdout: true,
    });
  try {
    const made = await run("init", "--quiet", "--bare", "--template=");
    if (made.exitCode !== 0) throw remote.explain(made.stderr, to).error;
    const only = ["--depth=1", "--filter=blob:none", "--no-tags", "--no-recurse-submodules"];
    const fetched = await run(
      ...["fetch", "--quiet", ...only, "--no-auto-maintenance", "--", remote.url, from, to],
    );
    if (fetched.exitCode !== 0) {
      if (isGone(fetched.stderr)) return null;
      throw remote.explain(fetched.stderr, to).error;
    }
    const compared = await run("diff", "--name-only", "--no-renames", "-z", from, to);
    if (compared.exitCode !== 0) throw remote.explain(compared.stderr, to).error;
    if (compared.stdout.length >= mostBytes) return null;
    return compared.stdout
      .toString("utf8")
      .split("\0")
      .filter((path) => path !== "");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
