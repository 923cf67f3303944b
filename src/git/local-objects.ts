// Whether objects are in a repository on this machine, read from its files where that is certain: most reads of
// the mirror are of what was just fetched, and lie there as files of their own.
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { constants, inflateSync } from "node:zlib";

/** `unknown`: git must be asked. */
export type Presence = "commit" | "absent" | "unknown";

async function namesIn(path: string): Promise<readonly string[] | null> {
  return readdir(path).catch(() => null);
}

function isCommit(bytes: Buffer): boolean {
  try {
    const text = inflateSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
    return text.subarray(0, 7).toString("latin1") === "commit ";
  } catch {
    return false;
  }
}

/** Of an object by its whole name. */
export async function presenceOf(folder: string, id: string): Promise<Presence> {
  const objects = join(folder, "objects");
  const bytes = await readFile(join(objects, id.slice(0, 2), id.slice(2))).catch(() => null);
  if (bytes !== null) return isCommit(bytes) ? "commit" : "unknown";
  const info = await namesIn(join(objects, "info"));
  const packs = await namesIn(join(objects, "pack"));
  const isWhole = packs?.length === 0 && (info?.every((name) => name !== "alternates") ?? true);
  if (!isWhole) return "unknown";
  // It may have been packed between the two looks only if there is a pack now.
  return "absent";
}

/** Git packs at this many loose objects in the folder that it counts, and at more packs than that. */
const looseLimit = 27;
const packLimit = 50;

/** Whether `git gc --auto` would find anything to do, by its own measure and with its own defaults. */
export async function needsPacking(folder: string): Promise<boolean> {
  const loose = (await namesIn(join(folder, "objects", "17"))) ?? [];
  if (loose.length >= looseLimit) return true;
  const packs = (await namesIn(join(folder, "objects", "pack"))) ?? [];
  return packs.filter((name) => name.endsWith(".pack")).length > packLimit;
}
