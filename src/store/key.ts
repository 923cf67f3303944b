// The key of the hashes of secrets: 32 random bytes beside the store, readable by its owner alone. A lost
// one costs a deep read of the services with secrets, and no deploy.
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { CapstanError } from "../lib/errors.ts";
import { stateDirError } from "./state-dir.ts";

export const keyBytes = 32;

/**
 * The key of this state folder, made when there is none. Processes that start together agree on one.
 * Throws `invalid` when the file holds something else, `unavailable` or `forbidden` when the folder
 * cannot be used.
 */
export function loadKey(stateDir: string): Uint8Array {
  const folder = resolve(stateDir);
  const file = join(folder, "key");
  try {
    mkdirSync(folder, { recursive: true });
    return readKey(file) ?? makeKey(folder, file);
  } catch (error) {
    throw stateDirError(folder, error);
  }
}

/** Likewise, and null when there is none: nothing is made. */
export function findKey(stateDir: string): Uint8Array | null {
  const folder = resolve(stateDir);
  try {
    return readKey(join(folder, "key"));
  } catch (error) {
    throw stateDirError(folder, error);
  }
}

function readKey(file: string): Uint8Array | null {
  let key;
  try {
    key = readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  if (key.byteLength !== keyBytes) {
    throw new CapstanError("invalid", `${file} holds ${key.byteLength} bytes, not ${keyBytes}`, {
      hint: "put the right one back, or delete it: a new one costs one deep read and no deploy",
    });
  }
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  return new Uint8Array(key);
}

/** Written whole under another name first: whoever finds the key finds all of it. */
function makeKey(folder: string, file: string): Uint8Array {
  const draft = join(folder, `key-${randomBytes(6).toString("hex")}`);
  try {
    const descriptor = openSync(draft, "wx", 0o600);
    try {
      writeSync(descriptor, randomBytes(keyBytes));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    try {
      linkSync(draft, file);
    } catch (error) {
      // Another process was first: its key counts.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  } finally {
    rmSync(draft, { force: true });
  }
  const key = readKey(file);
  if (key === null) throw new CapstanError("internal", `${file} vanished while it was made`);
  return key;
}
