// Reads one plain file of a folder, bounded, in a way that cannot be tricked into following a link. A folder has
// thousands of files, and each trip to another thread costs more than the work: only opening and reading, which
// may wait for a disk, are done there.
import { closeSync, constants, fstatSync, open, read } from "node:fs";
import { inMebibytes } from "./limits.ts";

const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export type FileRead =
  { readonly bytes: Uint8Array } | { readonly reason: string; readonly plainFile?: true };

/** The bytes, or why they are not read. Rejects with what opening and reading say. */
export function readBounded(place: string, maxBytes: number): Promise<FileRead> {
  return new Promise((resolve, reject) => {
    open(place, openFlags, (error, file) => {
      if (error !== null) {
        reject(error);
        return;
      }
      const done: Done = (outcome) => {
        close(file);
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      try {
        readOpen(file, maxBytes, done);
      } catch (failure) {
        close(file);
        reject(failure instanceof Error ? failure : new Error(String(failure)));
      }
    });
  });
}

type Done = (outcome: FileRead | Error) => void;

/** Nothing was written, so nothing can be lost by a failure. */
function close(file: number): void {
  try {
    closeSync(file);
  } catch {
    // It is closed all the same.
  }
}

function readOpen(file: number, maxBytes: number, done: Done): void {
  const stats = fstatSync(file);
  if (!stats.isFile()) done({ reason: "it is not a regular file" });
  else if (stats.size > maxBytes) {
    done({ reason: `it is larger than ${inMebibytes(maxBytes)}`, plainFile: true });
  } else {
    // One byte more than it should have: it may be growing at this moment.
    readAll(file, Buffer.allocUnsafe(stats.size + 1), 0, done);
  }
}

function readAll(file: number, buffer: Buffer, size: number, done: Done): void {
  read(file, buffer, size, buffer.length - size, size, (error, bytesRead) => {
    if (error !== null) done(error);
    else if (bytesRead === 0 || size + bytesRead === buffer.length - 1)
      done({ bytes: buffer.subarray(0, size + bytesRead) });
    else if (size + bytesRead === buffer.length) {
      done({ reason: "it is being written", plainFile: true });
    } else readAll(file, buffer, size + bytesRead, done);
  });
}
