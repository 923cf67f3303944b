// What goes wrong with the state folder, told so that a person can mend it.
import { CapstanError } from "../lib/errors.ts";

const writableHint =
  "set STATE_DIR to a folder on a local disk that the user Capstan runs as may write";

/** SQLite's primary result codes, and the one extended code that means a cut-off file. */
const sqlite = {
  error: 1,
  busy: 5,
  readonly: 8,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
};
const shortRead = 522;

function sqliteCode(error: unknown): number | null {
  const { errcode } = error as { readonly errcode?: unknown };
  return typeof errcode === "number" ? errcode : null;
}

/** What SQLite does not tell in the file system's words. */
const fileCodes: Readonly<Record<number, string>> = {
  [sqlite.readonly]: "EACCES",
  [sqlite.cantOpen]: "EACCES",
  [sqlite.full]: "ENOSPC",
};

/** Whether the file itself is of no use: not SQLite's, broken, or without our tables. */
export function isDamage(error: unknown): boolean {
  const code = sqliteCode(error);
  if (code === null) return false;
  const primary = code & 0xff;
  return (
    primary === sqlite.corrupt ||
    primary === sqlite.notADatabase ||
    // Our statements are constants: what SQL complains about is a missing table or column.
    primary === sqlite.error ||
    code === shortRead
  );
}

/** Whether another process, or another connection of this one, has the lock that was asked for. */
export function isBusy(error: unknown): boolean {
  return ((sqliteCode(error) ?? 0) & 0xff) === sqlite.busy;
}

/** Any failure of a file or of SQLite in the state folder. */
export function stateDirError(folder: string, error: unknown): CapstanError {
  if (error instanceof CapstanError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const details = { hint: writableHint, cause: error };
  const primary = (sqliteCode(error) ?? 0) & 0xff;
  if (isBusy(error)) {
    return new CapstanError("unavailable", `the store in STATE_DIR ${folder} is locked`, {
      hint: "check whether another Capstan, or a backup, holds it",
      cause: error,
    });
  }
  switch (code === "ERR_SQLITE_ERROR" ? (fileCodes[primary] ?? code) : code) {
    case "EACCES":
    case "EPERM":
      return new CapstanError("forbidden", `STATE_DIR ${folder} may not be written`, details);
    case "EROFS":
      return new CapstanError("forbidden", `STATE_DIR ${folder} is read-only`, details);
    case "ENOTDIR":
    case "EEXIST":
      return new CapstanError("invalid", `STATE_DIR ${folder} is not a folder`, details);
    case "ENOSPC":
    case "EDQUOT":
      return new CapstanError("unavailable", `STATE_DIR ${folder}: the disk is full`, {
        hint: "free some space",
        cause: error,
      });
    default:
      return new CapstanError("unavailable", `STATE_DIR ${folder} cannot be used: ${message}`, {
        ...details,
      });
  }
}
