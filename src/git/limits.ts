// How much of a repository or folder is read at most (law P4): one file too many fails alone, a tree
// too large fails as a whole and says so.

export interface ReadLimits {
  readonly fileBytes: number;
  readonly files: number;
  readonly totalBytes: number;
}

const mebibyte = 1024 * 1024;

export const readLimits: ReadLimits = {
  fileBytes: mebibyte,
  files: 200_000,
  // Ten times 20,000 manifests of a usual size; all of it is held in memory. Many small files cost little beside that.
  totalBytes: 256 * mebibyte,
};

/** `1 MiB`, rounded up: for people. */
export function inMebibytes(bytes: number): string {
  return `${Math.ceil(bytes / mebibyte)} MiB`;
}
