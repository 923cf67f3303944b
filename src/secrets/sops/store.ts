// The encrypted files of a revision, each decrypted once as long as it and the keys stay as they are.
import { CapstanError, toCapstanError } from "../../lib/errors.ts";
import { contentId } from "../../lib/digest.ts";
import { folderOfSops, isSopsFile, parseSops } from "../../lib/sops/document.ts";
import type { SopsDocument } from "../../lib/sops/document.ts";
import { secretName } from "../../model/secret-name.ts";
import type { SourceFile } from "../../ports.ts";
import { readAgeKeys, stampOfKeys } from "./age-keys.ts";
import { decryptSops } from "./decrypt.ts";

export interface SopsEntry {
  /** As the file has it: `db.password`. */
  readonly spelled: string;
  readonly name: string;
  /** Null: it stands there readable, and is no secret. */
  readonly value: string | CapstanError | null;
}

export interface SopsFile {
  readonly path: string;
  /** It serves stacks in it and below. */
  readonly folder: string;
  readonly entries: readonly SopsEntry[];
  /** Which names it has cannot be told. */
  readonly broken: CapstanError | null;
}

export interface SopsStore {
  /** Never throws: what cannot be decrypted is an error in place of each value. */
  open(files: readonly SourceFile[]): Promise<readonly SopsFile[]>;
  /** Nothing is decrypted. */
  names(files: readonly SourceFile[], standIn: string): readonly SopsFile[];
  /** Changes when the keys may have changed. */
  version(): Promise<string>;
  /** How many keys there are. Throws when they cannot be read. */
  check(): Promise<number>;
}

interface Opened {
  readonly keyStamp: string;
  readonly values: ReadonlyMap<string, string> | CapstanError;
}

/** Files of older revisions that are kept; rollbacks and pull requests look at a few. */
const mostKept = 200;

function entriesOf(
  document: SopsDocument,
  valueOf: (spelled: string) => string | CapstanError,
): readonly SopsEntry[] {
  return document.leaves.map(({ name: spelled, kind }) => ({
    spelled,
    name: secretName(spelled),
    value: kind === "clear" ? null : valueOf(spelled),
  }));
}

/** `keyFile`: SOPS_AGE_KEY_FILE; null without one. `seen` is told every key. */
export function createSopsStore(keyFile: string | null, seen: (key: string) => void): SopsStore {
  const kept = new Map<string, Opened>();

  async function keys(): Promise<readonly string[]> {
    if (keyFile === null) {
      throw new CapstanError("invalid", "there is no key to decrypt it with", {
        hint: "set SOPS_AGE_KEY_FILE to a file with the private age key",
      });
    }
    const read = await readAgeKeys(keyFile);
    for (const key of read.keys) seen(key);
    return read.keys;
  }

  async function valuesOf(
    { path, content, id = contentId(content) }: SourceFile,
    document: SopsDocument,
    keyStamp: string,
  ): Promise<Opened["values"]> {
    // The path is in errors; equal files elsewhere are opened once more.
    const key = `${path}\n${id}`;
    const known = kept.get(key);
    // What was opened stays open, whatever becomes of the keys.
    const isGood = known !== undefined && !(known.values instanceof CapstanError);
    if (known !== undefined && (isGood || known.keyStamp === keyStamp)) {
      kept.delete(key);
      kept.set(key, known);
      return known.values;
    }
    const values = await keys()
      .then((identities) => decryptSops(path, document, identities))
      .catch((error: unknown) => toCapstanError(error));
    const isFinal = !(values instanceof CapstanError) || !values.retryable;
    if (isFinal) kept.set(key, { keyStamp, values });
    for (const oldest of kept.keys()) {
      if (kept.size <= mostKept) break;
      kept.delete(oldest);
    }
    return values;
  }

  function parsed({ path, content }: SourceFile): SopsDocument | CapstanError {
    try {
      return parseSops(path, content);
    } catch (error) {
      return toCapstanError(error);
    }
  }

  const version = async (): Promise<string> => (keyFile === null ? "" : await stampOfKeys(keyFile));

  return {
    version,
    async open(files) {
      const found = files.filter(({ path }) => isSopsFile(path));
      if (found.length === 0) return [];
      const keyStamp = await version();
      const opened: SopsFile[] = [];
      for (const file of found) {
        const { path } = file;
        const folder = folderOfSops(path);
        const document = parsed(file);
        if (document instanceof CapstanError) {
          opened.push({ path, folder, entries: [], broken: document });
          continue;
        }
        const values = await valuesOf(file, document, keyStamp);
        const valueOf = (spelled: string): string | CapstanError =>
          values instanceof CapstanError ? values : (values.get(spelled) ?? "");
        opened.push({ path, folder, entries: entriesOf(document, valueOf), broken: null });
      }
      return opened;
    },
    names: (files, standIn) =>
      files
        .filter(({ path }) => isSopsFile(path))
        .map((file) => {
          const { path } = file;
          const folder = folderOfSops(path);
          const document = parsed(file);
          return document instanceof CapstanError
            ? { path, folder, entries: [], broken: document }
            : { path, folder, entries: entriesOf(document, () => standIn), broken: null };
        }),
    check: async () => (await keys()).length,
  };
}
