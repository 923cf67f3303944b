// Makes manifests of a tree: with the secrets that they name, under the policies of now. What is desired is not its concern.
import type { Hasher } from "../../lib/digest.ts";
import type { Redactor } from "../../lib/redact.ts";
import { loadManifests } from "../../manifest/load.ts";
import type { Desired, LoadInput, PolicyOptions } from "../../manifest/load.ts";
import type { LoadMemory } from "../../manifest/load-memory.ts";
import type { PolicyFile } from "../../manifest/policy/find-policies.ts";
import { loadPreviews } from "../../manifest/preview/load.ts";
import type { PreviewLoad } from "../../manifest/preview/documents.ts";
import type { LoadedPreviews } from "../../manifest/preview/load.ts";
import { onlyDokploy } from "../../model/dokploys.ts";
import type { DokployView } from "../../model/dokploys.ts";
import type { SharedDocuments } from "../../manifest/shared-documents.ts";
import type { SourceTree } from "../../ports.ts";
import type { Secrets } from "../../ports-secrets.ts";

/** What a load of manifests needs beside the files. */
export interface ManifestOptions {
  readonly secrets: Secrets;
  readonly hasher: Hasher;
  readonly redactor: Redactor;
  readonly stacksPath: string;
  /** POLICIES_PATH; `policies` when absent. */
  readonly policiesPath?: string;
  /** POLICY_FILE as it is now; null: there is none. Never throws. */
  readonly policyFile?: () => Promise<PolicyFile | null>;
  readonly variables: Readonly<Record<string, string>>;
  readonly reservedNames: readonly string[];
  /** Whose stacks these are, where one controller has several Dokploys; absent: there is one. */
  readonly dokploys?: DokployView;
  /** Documents that the engines of one process share; absent: this one parses its own. */
  readonly documents?: SharedDocuments;
}

/** By source of secrets: names of managers that loads asked for, so that the next load has them at hand. */
const askedOf = new WeakMap<Secrets, Set<string>>();
/** A value brings no new names with it: the second round has all but what changed meanwhile. */
const mostRounds = 3;

interface HowToLoad {
  readonly options: ManifestOptions;
  readonly memory?: LoadMemory;
}

/** What is made of a tree's secrets, asked for again as long as it names some of managers that were not at hand. */
export async function withSecrets<T>(
  tree: SourceTree,
  { secrets, redactor }: Pick<ManifestOptions, "secrets" | "redactor">,
  make: (secret: LoadInput["secret"]) => T,
): Promise<{ readonly made: T; readonly secret: LoadInput["secret"] }> {
  const asked = askedOf.get(secrets) ?? new Set<string>();
  askedOf.set(secrets, asked);
  for (let round = 1; ; round += 1) {
    const table = await secrets.at(tree, [...asked]);
    for (const value of table.values) redactor.register(value);
    const secret: LoadInput["secret"] = (name, asker) => table.get(name, asker);
    const made = make(secret);
    const unread = table.unread();
    if (unread.length === 0 || round === mostRounds) return { made, secret };
    for (const name of unread) asked.add(name);
  }
}

/** As `loadWithSecrets`, with the secrets that were read, for loads of the same files with other texts. */
export async function loadAndSecrets(
  tree: SourceTree,
  policies: PolicyOptions,
  { options, memory }: HowToLoad,
): Promise<{ readonly manifests: Desired; readonly secret: LoadInput["secret"] }> {
  const { made, secret } = await withSecrets(tree, options, (given) =>
    loadTree(tree, { secret: given, policies }, options, memory),
  );
  return { manifests: made, secret };
}

/** The stacks of a tree with their secrets, as far as these can be read; the redactor is told every value first. */
export async function loadWithSecrets(
  tree: SourceTree,
  policies: PolicyOptions,
  how: HowToLoad,
): Promise<Desired> {
  return (await loadAndSecrets(tree, policies, how)).manifests;
}

/** Where policies are, and what POLICY_FILE says now. */
export async function policiesNow({
  policiesPath,
  policyFile,
}: Pick<ManifestOptions, "policiesPath" | "policyFile">): Promise<PolicyOptions> {
  const path = policiesPath === undefined ? {} : { path: policiesPath };
  return { ...path, file: (await policyFile?.()) ?? null };
}

export function loadTree(
  tree: SourceTree,
  given: Pick<LoadInput, "secret"> & { readonly policies: PolicyOptions },
  options: ManifestOptions,
  memory?: LoadMemory,
): Desired {
  const remembered = memory === undefined ? {} : { memory };
  return loadManifests({ tree, ...given, ...inputOf(options), ...remembered });
}

function inputOf({
  stacksPath: root,
  variables,
  reservedNames,
  hasher,
  dokploys = onlyDokploy,
}: ManifestOptions) {
  return { root, variables, reservedNames, hasher, dokploys };
}

export function loadPreviewTree(
  tree: SourceTree,
  given: Pick<LoadInput, "secret"> & {
    readonly policies: PolicyOptions;
    readonly previews: PreviewLoad;
  },
  options: ManifestOptions,
  memory: LoadMemory,
): LoadedPreviews {
  return loadPreviews({ tree, ...given, ...inputOf(options), memory });
}
