// Whether objects are in a repository on this machine, read from its files where that is certain: most reads of
// the mirror are of what was just fetched, and lie there as files of their own.
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { constants, inflateSync } from "node:zlib";

/** `unknown`: git must be asked. */
export type Presence = "commit" | "absent" | "unknown";

async function namesIn(path: string): Promise<readonly string[] | null> {
  return readdir(path).catch(() => null);
}

/** An object begins with its type; the rest, which may be huge, is neither read nor inflated. */
const headBytes = 64;
const mostOfHead = 64 * 1024;

async function headOf(path: string): Promise<Buffer | null> {
  const file = await open(path).catch(() => null);
  if (file === null) return null;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

function isCommit(head: Buffer): boolean {
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: mostOfHead };
    const text = inflateSync(head, options);
    return text.subarray(0, 7).toString("latin1") === "commit ";
  } catch {
    // Nothing deflates this well but a large file that repeats itself.
    return false;
  }
}

/** Of an object by its whole name. */
export async function presenceOf(folder: string, id: string): Promise<Presence> {
  const objects = join(folder, "objects");
  const head = await headOf(join(objects, id.slice(0, 2), id.slice(2)));
  if (head !== null) return isCommit(head) ? "commit" : "unknown";
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
