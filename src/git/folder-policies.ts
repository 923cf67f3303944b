// The policies of the repository around a local folder: a controller reads them at the repository's root, so they hold
// for a folder of that repository too. They are told by their paths as seen from the folder (`../policies/p.yaml`).
import { lstat, realpath } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { isCapstanError } from "../lib/errors.ts";
import type { SourceTree } from "../ports.ts";
import { scanFolder } from "./folder-scan.ts";
import type { ReadLimits } from "./limits.ts";
import { workTreeOf } from "./work-tree.ts";

export interface FolderPolicies {
  /** POLICIES_PATH: relative to the root of the work tree. */
  readonly path: string;
  /** The root to take where the folder is in no work tree; absent: there are no such policies then. */
  readonly otherwise?: string;
}

interface Place {
  /** Absolute, without links before it. */
  readonly place: string;
  /** As seen from the folder. */
  readonly seen: string;
  /** Not read with the folder's own files. */
  readonly isOutside: boolean;
}

async function placeOf(dir: string, policies: FolderPolicies): Promise<Place | null> {
  const { path, otherwise = null } = policies;
  const here = await realpath(dir).catch(() => null);
  const root =
    (await workTreeOf(dir)) ??
    (otherwise === null ? null : await realpath(otherwise).catch(() => null));
  if (here === null || root === null) return null;
  const place = join(root, path);
  const seen = relative(here, place).split(sep).join("/");
  return { place, seen, isOutside: /^\.\.(?:\/|$)/.test(seen) };
}

/** The folder to watch beside the other one; null where there is none. */
export async function policiesBeside(
  dir: string,
  policies: FolderPolicies,
): Promise<string | null> {
  const found = await placeOf(dir, policies);
  return found?.isOutside === true ? found.place : null;
}

export interface PoliciesScan {
  readonly found: NonNullable<SourceTree["policies"]>;
  /** The same for the same content; null without any. */
  readonly id: string | null;
}

/** Null where no policies can be. Throws as `scanFolder` for those that may not be listed, or are too many. */
export async function scanPolicies(
  dir: string,
  policies: FolderPolicies,
  limits: ReadLimits,
): Promise<PoliciesScan | null> {
  const at = await placeOf(dir, policies);
  if (at === null) return null;
  const { place, seen: folder, isOutside } = at;
  const none = { found: { folder, files: [], unreadable: [] }, id: null };
  if (!isOutside) return none;
  const entry = await lstat(place).catch(() => null);
  if (entry?.isSymbolicLink() === true) {
    // In a commit it is no folder either, and what it stands for is not known.
    const reason = "it is a symbolic link, and these are not followed";
    return { found: { folder, files: [], unreadable: [{ path: folder, reason }] }, id: reason };
  }
  try {
    const scan = await scanFolder(place, limits);
    const seen = <T extends { readonly path: string }>(file: T): T => ({
      ...file,
      path: `${folder}/${file.path}`,
    });
    const files = scan.files.map(seen);
    const unreadable = scan.unreadable.map(seen);
    const isEmpty = files.length + unreadable.length === 0;
    return { found: { folder, files, unreadable }, id: isEmpty ? null : scan.id };
  } catch (error) {
    if (isCapstanError(error, "not-found")) return none;
    throw error;
  }
}
