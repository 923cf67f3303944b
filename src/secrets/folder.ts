// The files of SECRETS_DIR as they were read last. A folder or a file that cannot be read any more keeps its last
// values; one that never could has none, and says so.
import type { CapstanError } from "../lib/errors.ts";
import { toCapstanError } from "../lib/errors.ts";
import type { Clock } from "../lib/clock.ts";
import { secretName } from "../model/secret-name.ts";
import type { SecretOutage } from "../ports-secrets.ts";
import { listSecretFiles, readSecretFile, stampOf } from "./secret-files.ts";
import type { SecretFile } from "./secret-files.ts";

export interface FolderFile {
  /** As it is spelled in the folder. */
  readonly spelled: string;
  readonly name: string;
  readonly value: string | CapstanError;
}

export interface Folder {
  /** Null: it could never be listed. Never throws. */
  read(): Promise<readonly FolderFile[] | null>;
  /** Names alone; null likewise. */
  names(): Promise<readonly string[] | null>;
  version(): Promise<string>;
  /** As of the last call of the others. */
  failing(): CapstanError | null;
  outage(): SecretOutage | null;
  /** Throws what it fails with. */
  check(): Promise<number>;
}

export const folderTitle = "SECRETS_DIR";

export function createFolder(dir: string, clock: Clock): Folder {
  let files: readonly FolderFile[] | null = null;
  let stamp = "";
  let failing: { readonly error: CapstanError; readonly sinceMs: number } | null = null;
  /** Names whose last value is shown although their file cannot be read. */
  let stale: ReadonlyMap<string, CapstanError> = new Map();
  let staleSinceMs = 0;

  async function list(): Promise<readonly SecretFile[] | null> {
    try {
      const listed = await listSecretFiles(dir);
      failing = null;
      return listed;
    } catch (error) {
      failing = { error: toCapstanError(error), sinceMs: failing?.sinceMs ?? clock.now() };
      return null;
    }
  }

  async function readOne({ name: spelled, ...file }: SecretFile): Promise<FolderFile> {
    const name = secretName(spelled);
    try {
      return { spelled, name, value: await readSecretFile({ name: spelled, ...file }) };
    } catch (error) {
      return { spelled, name, value: toCapstanError(error) };
    }
  }

  return {
    async read() {
      const listed = await list();
      if (listed === null) return files;
      // While a file cannot be read it is tried each time.
      if (files !== null && stampOf(listed) === stamp && stale.size === 0) return files;
      const now = await Promise.all(listed.map(readOne));
      const lost = new Map<string, CapstanError>();
      const last = new Map(files?.map(({ spelled, value }) => [spelled, value]));
      files = now.map((file) => {
        if (typeof file.value === "string" || !file.value.retryable) return file;
        lost.set(file.name, file.value);
        return { ...file, value: last.get(file.spelled) ?? file.value };
      });
      if (lost.size > 0 && stale.size === 0) staleSinceMs = clock.now();
      stale = lost;
      stamp = stampOf(listed);
      return files;
    },
    async names() {
      const listed = await list();
      return listed?.map(({ name }) => secretName(name)) ?? files?.map(({ name }) => name) ?? null;
    },
    async version() {
      const listed = await list();
      return listed === null ? "unreadable" : stampOf(listed);
    },
    failing: () => failing?.error ?? null,
    outage() {
      const known = new Set(files?.map(({ name }) => name));
      const title = { source: folderTitle };
      if (failing !== null) {
        const { error, sinceMs } = failing;
        const concerns = (name: string): boolean => files === null || known.has(secretName(name));
        return { ...title, message: error.message, sinceMs, concerns };
      }
      const [error] = stale.values();
      if (error === undefined) return null;
      const concerns = (name: string): boolean => stale.has(secretName(name));
      return { ...title, message: error.message, sinceMs: staleSinceMs, concerns };
    },
    async check() {
      return (await listSecretFiles(dir)).length;
    },
  };
}
