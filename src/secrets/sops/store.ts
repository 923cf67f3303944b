// The encrypted files of a revision, each decrypted once as long as it and the keys stay as they are.
import { CapstanError, toCapstanError } from "../../lib/errors.ts";
import { contentId } from "../../lib/digest.ts";
import { folderOfSops, isSopsFile, parseSops } from "../../lib/sops/document.ts";
import type { SopsDocument } from "../../lib/sops/document.ts";
import { secretName } from "../../model/secret-name.ts";
import type { SourceFile } from "../../ports.ts";
import { readAgeKeys, stampOfKeys } from "./age-keys.ts";
import { decryptSops } from "./decrypt.ts";
import type { Decrypted } from "./decrypt.ts";

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
  readonly found: Decrypted | CapstanError;
}

interface OpenedFile {
  readonly path: string;
  readonly folder: string;
  readonly document: SopsDocument;
  readonly found: Decrypted | CapstanError;
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

/**
 * Whoever can read the repository can copy an encrypted file to a folder of their own. Which of two is the copy cannot
 * be told, so neither serves anybody until one has a key of its own.
 */
function withoutCopies(opened: readonly OpenedFile[]): readonly OpenedFile[] {
  const byKey = Map.groupBy(opened, ({ found }) =>
    found instanceof CapstanError ? null : found.keyId,
  );
  return opened.map((file) => {
    if (file.found instanceof CapstanError) return file;
    const other = byKey.get(file.found.keyId)?.find(({ folder }) => folder !== file.folder);
    if (other === undefined) return file;
    const message = `${file.path} has the key of ${other.path}, so one is a copy and would serve another folder`;
    const hint = "remove the copy, or give it a key of its own with `sops rotate --in-place`";
    return { ...file, found: new CapstanError("invalid", message, { hint }) };
  });
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
    for (const key of read) seen(key);
    return read;
  }

  async function decrypt(
    { path, content, id = contentId(content) }: SourceFile,
    document: SopsDocument,
    keyStamp: string,
  ): Promise<Opened["found"]> {
    // The path is in errors; equal files elsewhere are opened once more.
    const key = `${path}\n${id}`;
    const known = kept.get(key);
    // What was opened stays open, whatever becomes of the keys.
    const isGood = known !== undefined && !(known.found instanceof CapstanError);
    if (known !== undefined && (isGood || known.keyStamp === keyStamp)) {
      kept.delete(key);
      kept.set(key, known);
      return known.found;
    }
    const found = await keys()
      .then((identities) => decryptSops(path, document, identities))
      .catch((error: unknown) => toCapstanError(error));
    const isFinal = !(found instanceof CapstanError) || !found.retryable;
    if (isFinal) kept.set(key, { keyStamp, found });
    for (const oldest of kept.keys()) {
      if (kept.size <= mostKept) break;
      kept.delete(oldest);
    }
    return found;
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
      const sopsFiles = files.filter(({ path }) => isSopsFile(path));
      if (sopsFiles.length === 0) return [];
      const keyStamp = await version();
      const broken: SopsFile[] = [];
      const opened: OpenedFile[] = [];
      for (const file of sopsFiles) {
        const { path } = file;
        const folder = folderOfSops(path);
        const document = parsed(file);
        if (document instanceof CapstanError) {
          broken.push({ path, folder, entries: [], broken: document });
        } else {
          const found = await decrypt(file, document, keyStamp);
          opened.push({ path, folder, document, found });
        }
      }
      const served = withoutCopies(opened).map(({ path, folder, document, found }): SopsFile => {
        const valueOf = (spelled: string): string | CapstanError =>
          found instanceof CapstanError ? found : (found.values.get(spelled) ?? "");
        return { path, folder, entries: entriesOf(document, valueOf), broken: null };
      });
      return [...broken, ...served].sort((a, b) => (a.path < b.path ? -1 : 1));
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
