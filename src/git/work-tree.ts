// Where the Git work tree around a folder begins, as git finds it: the nearest folder upwards that holds `.git`. Names
// alone are looked at; git itself is not run.
import { lstat, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** An absolute path without links; null when the folder is in no work tree, or is not there. */
export async function workTreeOf(folder: string): Promise<string | null> {
  let here = await realpath(folder).catch(() => null);
  while (here !== null) {
    // A folder, or a file where the work tree is one of several or a submodule's.
    if (await exists(join(here, ".git"))) return here;
    const parent = dirname(here);
    here = parent === here ? null : parent;
  }
  return null;
}
