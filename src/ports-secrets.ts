// Secrets as the engine asks for them, wherever they stand: encrypted files of a revision, a folder, variables and
// secret managers behind one port.
import type { SourceTree } from "./ports.ts";

/** Who asks for a secret: a stack, and the file of its manifest. */
export interface SecretAsker {
  readonly stack: string;
  readonly file: string;
}

/** One place where a secret stands. */
export interface KnownSecret {
  /** In its one spelling, a manager's with its prefix. */
  readonly name: string;
  /** Another name of it. */
  readonly alias?: string;
  /** For people: `stacks/shop/secrets.sops.yaml`, `SECRETS_DIR`, `Bitwarden Secrets Manager`. */
  readonly source: string;
  /** Of an encrypted file: the folder whose stacks it serves, those below it included; null: it serves all. */
  readonly folder: string | null;
}

/** What manifests of one revision may ask for, read once. */
export interface SecretTable {
  /**
   * The value without its one trailing newline; null when there is none. Throws `invalid` where two sources have it,
   * where it serves other folders, and where it is damaged; a retryable error where its source cannot be read (P11).
   */
  get(name: string, asker: SecretAsker): string | null;
  /** Every value at hand, for the redactor. */
  readonly values: readonly string[];
  /** All that can be listed, sorted by name and source. */
  readonly known: readonly KnownSecret[];
  /** Names that `get` was asked for and that nobody had been asked for before: open it again with these. */
  unread(): readonly string[];
}

/** A source of secrets that cannot be read now; what was read last stays in force. */
export interface SecretOutage {
  /** For people. */
  readonly source: string;
  /** Why, in one line. */
  readonly message: string;
  readonly sinceMs: number;
  /** Whether a secret of this name comes from there. */
  concerns(name: string): boolean;
}

/** Resolves the names in `$(secrets.name)`. */
export interface Secrets {
  /**
   * What one revision may use: the encrypted files in it, and everything else as it is now. `asked`: names of secret
   * managers, which are asked for those that are not at hand. Never throws: `get` tells what cannot be read.
   */
  at(tree: Pick<SourceTree, "files">, asked: readonly string[]): Promise<SecretTable>;
  /** The same with `standIn` for every value: nothing is decrypted, and no manager is asked (P2). */
  namesAt(tree: Pick<SourceTree, "files">, standIn: string): Promise<SecretTable>;
  /** Asks sources again where that is due. Never throws. */
  refresh(): Promise<void>;
  /** Changes whenever a value outside of Git may have changed; equal versions mean equal secrets. Never throws. */
  version(): Promise<string>;
  outages(): readonly SecretOutage[];
  /** One for each source that is set up: how much it has, null where it does not list that. Throws what it fails with. */
  readonly checks: readonly {
    readonly source: string;
    readonly look: () => Promise<number | null>;
  }[];
}
