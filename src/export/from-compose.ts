// Manifests for a folder of compose files: each of its folders that holds one becomes a stack with a compose service.
// `.env` beside it becomes its env. What Capstan or Dokploy cannot run is told at its line, and such a stack is left out.
import { parse } from "yaml";
import type { Hasher } from "../lib/digest.ts";
import { isMap, withoutWant } from "../model/compose-file.ts";
import type { ComposeFile, Plain } from "../model/compose-file.ts";
import type { Problem } from "../model/desired.ts";
import { parseEnvText } from "../model/env-text.ts";
import { apiVersion } from "../model/manifest-words.ts";
import { edited, withoutSecrets } from "./compose-secrets.ts";
import { loadTexts } from "./load.ts";
import { fileOf, freeName, labelOf } from "./names.ts";
import type { SecretBook } from "./secret-book.ts";
import { written } from "./stack-text.ts";
import { noteSecret, takeSecret } from "./taking.ts";
import type { Held, SecretsMode } from "./taking.ts";

export interface FolderFile {
  /** Relative, with `/`. */
  readonly path: string;
  readonly content: Uint8Array;
}

export interface FromCompose {
  readonly stacks: readonly string[];
  /** Manifests and compose files, by path. */
  readonly files: ReadonlyMap<string, string>;
  /** At the lines of the files as they were given. */
  readonly problems: readonly Problem[];
}

/** In the order in which docker compose looks for them. */
const composeNames = [
  "compose.yaml",
  "compose.yml",
  "docker-compose.yaml",
  "docker-compose.yml",
] as const;

interface Found {
  /** The stack's name. */
  readonly name: string;
  readonly folder: string;
  readonly path: string;
  readonly text: string;
  readonly env: Readonly<Record<string, string>>;
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}

const textOf = ({ content }: FolderFile): string => new TextDecoder().decode(content);

/** `title`: what the whole folder is called. */
function foundIn(files: readonly FolderFile[], title: string): readonly Found[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const folders = [...new Set(files.map(({ path }) => folderOf(path)))].sort();
  const taken = new Set<string>();
  return folders.flatMap((folder): Found[] => {
    const at = (name: string): string => (folder === "" ? name : `${folder}/${name}`);
    const file = composeNames.flatMap((name) => byPath.get(at(name)) ?? [])[0];
    if (file === undefined) return [];
    const beside = byPath.get(at(".env"));
    const env = beside === undefined ? {} : parseEnvText(textOf(beside)).values;
    const name = freeName(labelOf(folder === "" ? title : folder, "stack"), taken);
    return [{ name, folder, path: file.path, text: textOf(file), env }];
  });
}

/** Null where it is no map: the loader says so. */
function readFile(text: string): ComposeFile | null {
  try {
    const read = parse(text, { merge: true, logLevel: "silent" }) as Plain;
    return isMap(read) ? withoutWant(read) : null;
  } catch {
    return null;
  }
}

interface Masked {
  readonly text: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The file without secrets: variables stand in their place. */
function masked({ text, env }: Found): Masked {
  const file = readFile(text);
  const found = file === null ? null : withoutSecrets(file, new Set(Object.keys(env)));
  if (file === null || found === null) return { text, env };
  return { text: edited(text, file, found.file), env: { ...env, ...found.variables } };
}

function manifestOf(
  { name, path }: Found,
  file: string,
  env: Readonly<Record<string, string>>,
  options: { readonly mode: SecretsMode; readonly book: SecretBook },
): string {
  const { mode, book } = options;
  const held = (variable: string): Held => ({
    ...{ stack: name, owner: [], section: "compose" },
    path: ["env", variable],
  });
  for (const [key, value] of Object.entries(env)) noteSecret(held(key), value, mode, book);
  const said = Object.entries(env).map(([key, value]) => [
    key,
    takeSecret(held(key), value, mode, book),
  ]);
  const service = {
    file,
    ...(said.length === 0 ? {} : { env: Object.fromEntries(said) as object }),
  };
  return written(
    {
      apiVersion,
      kind: "Stack",
      metadata: { name },
      spec: { compose: { [name]: service } },
    },
    [`Made by Capstan from ${path}.`],
  );
}

/** Manifests for all compose files of a folder. */
export function exportCompose(
  given: readonly FolderFile[],
  options: {
    readonly title: string;
    readonly mode: SecretsMode;
    readonly book: SecretBook;
    readonly hasher: Hasher;
  },
): FromCompose {
  const all = foundIn(given, options.title);
  // First as they are: what is wrong is told where people wrote it.
  const asGiven = new Map<string, string>();
  for (const one of all) {
    const file = `./${one.path.slice(one.folder === "" ? 0 : one.folder.length + 1)}`;
    const manifest = `${one.folder === "" ? "" : `${one.folder}/`}${one.name}.capstan.yaml`;
    asGiven.set(one.path, one.text);
    asGiven.set(manifest, manifestOf(one, file, one.env, options));
  }
  const { problems, brokenStacks } = loadTexts(asGiven, options);
  const good = all.filter(({ name }) => !brokenStacks.has(name));
  const files = new Map<string, string>();
  for (const one of good) {
    const { text, env } = masked(one);
    const path = `${one.name}.compose.yaml`;
    files.set(fileOf(one.name), manifestOf(one, `./${path}`, env, options));
    files.set(path, text);
  }
  const later = loadTexts(files, options).problems;
  return { stacks: good.map(({ name }) => name), files, problems: [...problems, ...later] };
}
