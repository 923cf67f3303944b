// Where a name stands among everything that one revision may use: one order, and an error where two places have it.
// Pure: all has been read.
import { CapstanError } from "../lib/errors.ts";
import { managedName, secretName } from "../model/secret-name.ts";
import type { ManagerPrefix } from "../model/secret-name.ts";
import type { KnownSecret, SecretAsker, SecretTable } from "../ports-secrets.ts";
import { folderTitle } from "./folder.ts";
import type { FolderFile } from "./folder.ts";
import type { KeptManager } from "./managers/kept.ts";
import type { SopsFile } from "./sops/store.ts";

/** A manager as a table sees it. */
export type TableManager = Pick<
  KeptManager,
  "prefix" | "title" | "look" | "refuses" | "names" | "values"
>;

export interface TableParts {
  readonly sops: readonly SopsFile[];
  /** Null: there is a folder and it could never be read. */
  readonly folder: readonly FolderFile[] | null;
  /** Why the folder cannot be read now. */
  readonly folderFailing: CapstanError | null;
  readonly variables: readonly {
    readonly variable: string;
    readonly name: string;
    readonly value: string;
  }[];
  readonly managers: readonly TableManager[];
}

interface Hit {
  /** For people, as the rest of `it stands in …`. */
  readonly place: string;
  readonly value: string | CapstanError;
}

const setUp: Readonly<Record<ManagerPrefix, { readonly title: string; readonly hint: string }>> = {
  bws: { title: "Bitwarden Secrets Manager", hint: "set BWS_ACCESS_TOKEN" },
  vault: { title: "Vault", hint: "set VAULT_ADDR and VAULT_TOKEN" },
};

const oneName =
  "remove all but one; names of secrets ignore case, and `_`, `-` and `.` are the same in them";

function serves({ folder }: Pick<SopsFile, "folder">, { file }: SecretAsker): boolean {
  return folder === "" || file.startsWith(`${folder}/`);
}

function fromSops(files: readonly SopsFile[], name: string): readonly Hit[] {
  return files.flatMap(({ path, entries }) =>
    entries.flatMap((entry): Hit[] =>
      entry.name === name && entry.value !== null
        ? [{ place: `${entry.spelled} of ${path}`, value: entry.value }]
        : [],
    ),
  );
}

function shownFolder(folder: string): string {
  return folder === "" ? "the whole repository" : `${folder}/`;
}

/** Why a name that stands nowhere for this stack is all the same not simply absent; null when it is. */
function whyNot(name: string, asker: SecretAsker, parts: TableParts): CapstanError | null {
  const { sops, folder, folderFailing } = parts;
  const near = sops.filter((file) => serves(file, asker));
  const broken = near.find((file) => file.broken !== null)?.broken ?? null;
  if (broken !== null) return broken;
  if (folder === null && folderFailing !== null) return folderFailing;
  const isClear = ({ entries }: SopsFile): boolean =>
    entries.some((entry) => entry.name === name && entry.value === null);
  const clear = near.find(isClear);
  if (clear !== undefined) {
    return new CapstanError("invalid", `it stands in ${clear.path} in clear, so it is no secret`, {
      hint: "encrypt it, or write the value into the manifest",
    });
  }
  const far = sops.find(({ entries }) => entries.some((entry) => entry.name === name));
  if (far === undefined) return null;
  const message = `it is in ${far.path}, which serves the stacks in ${shownFolder(far.folder)} only`;
  return new CapstanError("invalid", message, {
    hint: `move ${asker.file} there, or encrypt the secret in a file in its folder or above`,
  });
}

function plainSecret(name: string, asker: SecretAsker, parts: TableParts): string | null {
  const wanted = secretName(name);
  const near = parts.sops.filter((file) => serves(file, asker));
  const hits: readonly Hit[] = [
    ...fromSops(near, wanted),
    ...(parts.folder ?? [])
      .filter((file) => file.name === wanted)
      .map(({ spelled, value }) => ({ place: `the file ${spelled} of ${folderTitle}`, value })),
    ...parts.variables
      .filter((variable) => variable.name === wanted)
      .map(({ variable, value }) => ({ place: `the variable ${variable}`, value })),
  ];
  const [only] = hits;
  if (hits.length > 1) {
    const places = hits.map(({ place }) => place).join(" and ");
    throw new CapstanError("invalid", `it stands in ${places}`, { hint: oneName });
  }
  if (only !== undefined) {
    if (only.value instanceof CapstanError) throw only.value;
    return only.value;
  }
  const why = whyNot(wanted, asker, parts);
  if (why !== null) throw why;
  return null;
}

function knownOf({ sops, folder, variables, managers }: TableParts): readonly KnownSecret[] {
  const known: KnownSecret[] = [
    ...sops.flatMap((file) =>
      file.entries
        .filter(({ value }) => value !== null)
        .map(({ name }) => ({ name, source: file.path, folder: file.folder })),
    ),
    ...(folder ?? []).map(({ name }) => ({ name, source: folderTitle, folder: null })),
    ...variables.map(({ name, variable: source }) => ({ name, source, folder: null })),
    ...managers.flatMap(({ prefix, title: source, names }) =>
      (names() ?? []).map(({ name, alias }) => ({
        ...{ name: `${prefix}:${name}`, alias: `${prefix}:${alias}` },
        ...{ source, folder: null },
      })),
    ),
  ];
  return known.sort((a, b) =>
    a.name === b.name ? (a.source < b.source ? -1 : 1) : a.name < b.name ? -1 : 1,
  );
}

export function createTable(parts: TableParts): SecretTable {
  const { sops, folder, variables, managers } = parts;
  const unread = new Set<string>();

  function managed(prefix: ManagerPrefix, rest: string, name: string): string | null {
    const manager = managers.find((one) => one.prefix === prefix);
    if (manager === undefined) {
      const { title, hint } = setUp[prefix];
      throw new CapstanError("invalid", `${title} is not set up`, { hint });
    }
    const refused = manager.refuses(rest);
    if (refused !== null) {
      throw new CapstanError("invalid", `it ${refused.message}`, { hint: refused.hint });
    }
    const found = manager.look(rest);
    if (found === "unread") {
      unread.add(name);
      throw new CapstanError("unavailable", `${manager.title} was not asked for it yet`);
    }
    if (found instanceof CapstanError) throw found;
    return found === null ? null : found.value;
  }

  return {
    get(name, asker) {
      const manager = managedName(name);
      return manager === null
        ? plainSecret(name, asker, parts)
        : managed(manager.prefix, manager.rest, name);
    },
    values: [
      ...sops.flatMap(({ entries }) => entries.map(({ value }) => value)),
      ...(folder ?? []).map(({ value }) => value),
      ...variables.map(({ value }) => value),
      ...managers.flatMap(({ values }) => values()),
    ].filter((value) => typeof value === "string"),
    known: knownOf(parts),
    unread: () => [...unread].sort(),
  };
}
