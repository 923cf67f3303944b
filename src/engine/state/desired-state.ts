// What Git asks for now. A revision that cannot be read leaves the last good one in force (R6); one
// that changes nothing under the stacks' path changes nothing.
import { contentId } from "../../lib/digest.ts";
import type { Hasher } from "../../lib/digest.ts";
import type { Redactor } from "../../lib/redact.ts";
import { rootOf } from "../../manifest/files.ts";
import { loadManifests } from "../../manifest/load.ts";
import type { Desired, LoadInput, PolicyOptions } from "../../manifest/load.ts";
import { createLoadMemory } from "../../manifest/load-memory.ts";
import type { LoadMemory } from "../../manifest/load-memory.ts";
import { comparePolicies } from "../../manifest/policy/compare.ts";
import type { PolicyFile } from "../../manifest/policy/find-policies.ts";
import type { DesiredStack } from "../../model/desired.ts";
import type { PolicyChanges } from "../../model/policy-changes.ts";
import type { Revision, SourceTree } from "../../ports.ts";
import type { Secrets } from "../../ports-secrets.ts";
import { withheld } from "./in-git.ts";
import type { Readable } from "./told-source.ts";

export interface Loaded {
  readonly revision: Revision;
  /** Counts what was loaded, from 1: a new revision, or the same one with new secrets. */
  readonly sequence: number;
  /** By stack, broken ones included: the sequence that brought the newest change of it. */
  readonly changedAt: ReadonlyMap<string, number>;
  /** By stack, likewise: the id of the revision that brought it, or the first one that was read. */
  readonly changedIn: ReadonlyMap<string, string>;
  readonly manifests: Desired;
  readonly byName: ReadonlyMap<string, DesiredStack>;
  /** Names that stacks of this revision, broken ones too, had before: their projects are about to move, not gone. */
  readonly previousNames: ReadonlySet<string>;
  /** Stacks whose manifest an ignore file leaves out, with that manifest. */
  readonly leftOut?: ReadonlyMap<string, string>;
  /** Each stack as it was before the newest change of it: decides which old values may be shown. */
  readonly previous: ReadonlyMap<string, DesiredStack>;
}

export interface Change {
  readonly loaded: Loaded;
  /** Stacks that are new, different, newly broken or gone; all on the first load. */
  readonly changed: readonly string[];
  /** What changed in the policies since the revision before; null: nothing, or there was none. */
  readonly policyChanges: PolicyChanges | null;
}

export interface DesiredState {
  /** Null before the first good revision. */
  current(): Loaded | null;
  /** Reads the newest revision when it, or a secret, is new; null when neither is. Throws what the source throws. */
  refresh(): Promise<Change | null>;
  /**
   * The stacks of another revision, with the secrets and the policies of now; the first twelve characters of its id
   * will do.
   * Throws what the source throws.
   */
  at(revisionId: string): Promise<{ readonly revision: Revision; readonly manifests: Desired }>;
  /** A digest of all that Git and the secrets say of a stack now: another one is new input. */
  input(name: string): string;
  /** The stack runs as the newest revision says: from now on that is what Git held. */
  settled(name: string): void;
}

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
}

export interface DesiredStateOptions extends ManifestOptions {
  readonly source: Readable;
  /** Told the id of a revision that is new, before it is read. */
  readonly seen?: (revision: string) => void;
}

/** A stack that did not change is the same object in the next load. */
const known = new WeakMap<Hasher, WeakMap<DesiredStack, string>>();

/** Equal digests mean equal stacks; where in its file a stack stands does not matter (O8). */
function fingerprint(stack: DesiredStack, hasher: Hasher): string {
  const digests = known.get(hasher) ?? new WeakMap<DesiredStack, string>();
  known.set(hasher, digests);
  const digest = digests.get(stack) ?? hasher.mac(textOf(stack));
  digests.set(stack, digest);
  return digest;
}

function textOf(stack: DesiredStack): string {
  return JSON.stringify(stack, (key, value: unknown) => {
    if (key === "place") return undefined;
    return value instanceof Set ? [...(value as Set<string>)].sort() : value;
  });
}

/** By stack, broken ones included: a digest with this installation's key. */
export type Fingerprints = ReadonlyMap<string, string>;

export function fingerprintsOf(manifests: Desired, hasher: Hasher): Fingerprints {
  const prints = new Map(manifests.stacks.map((stack) => [stack.name, fingerprint(stack, hasher)]));
  // Broken for a reason of another kind than before is news: people read why.
  const refusals = Map.groupBy(
    manifests.problems.filter(({ policy }) => policy !== undefined),
    ({ stack }) => stack,
  );
  for (const name of manifests.brokenStacks) {
    const said = (refusals.get(name) ?? []).map(({ message }) => `\n${message}`);
    const waits = withheld(manifests, name) === null ? "" : "\nwaits for a secret";
    prints.set(name, hasher.mac(`broken${waits}${said.join("")}`));
  }
  return prints;
}

/** Stacks that are new, different, newly broken or gone; sorted. */
export function changedBetween(before: Fingerprints, now: Fingerprints): readonly string[] {
  const names = new Set([...before.keys(), ...now.keys()]);
  return [...names].filter((name) => before.get(name) !== now.get(name)).sort();
}

/** By source of secrets: names of managers that loads asked for, so that the next load has them at hand. */
const askedOf = new WeakMap<Secrets, Set<string>>();
/** A value brings no new names with it: the second round has all but what changed meanwhile. */
const mostRounds = 3;

interface HowToLoad {
  readonly options: ManifestOptions;
  readonly memory?: LoadMemory;
}

/** As `loadWithSecrets`, with the secrets that were read, for loads of the same files with other texts. */
export async function loadAndSecrets(
  tree: SourceTree,
  policies: PolicyOptions,
  { options, memory }: HowToLoad,
): Promise<{ readonly manifests: Desired; readonly secret: LoadInput["secret"] }> {
  const { secrets, redactor } = options;
  const asked = askedOf.get(secrets) ?? new Set<string>();
  askedOf.set(secrets, asked);
  for (let round = 1; ; round += 1) {
    const table = await secrets.at(tree, [...asked]);
    for (const value of table.values) redactor.register(value);
    const secret: LoadInput["secret"] = (name, asker) => table.get(name, asker);
    const manifests = loadTree(tree, { secret, policies }, options, memory);
    const unread = table.unread();
    if (unread.length === 0 || round === mostRounds) return { manifests, secret };
    for (const name of unread) asked.add(name);
  }
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
  { stacksPath: root, variables, reservedNames, hasher }: ManifestOptions,
  memory?: LoadMemory,
): Desired {
  const settings = { root, variables, reservedNames, hasher };
  return loadManifests({
    tree,
    ...given,
    ...settings,
    ...(memory === undefined ? {} : { memory }),
  });
}

/** What was read, as what comes after `before`. */
export function asLoaded(
  read: Pick<Loaded, "revision" | "manifests" | "previous"> & {
    readonly changed: readonly string[];
  },
  before: Loaded | null,
): Loaded {
  const { revision, manifests, previous } = read;
  const sequence = (before?.sequence ?? 0) + 1;
  const isNew = new Set(read.changed);
  const names = [...manifests.stacks.map(({ name }) => name), ...manifests.brokenStacks];
  const since = <T>(known: ReadonlyMap<string, T> | undefined, now: T): ReadonlyMap<string, T> =>
    new Map(names.map((name) => [name, isNew.has(name) ? now : (known?.get(name) ?? now)]));
  return {
    revision,
    sequence,
    changedAt: since(before?.changedAt, sequence),
    changedIn: since(before?.changedIn, revision.id),
    manifests,
    byName: new Map(manifests.stacks.map((stack) => [stack.name, stack])),
    previousNames: manifests.previousNames,
    leftOut: manifests.leftOut,
    previous,
  };
}

/** Changes whenever POLICY_FILE does. */
function policyVersion({ file }: PolicyOptions): string {
  if (file === undefined || file === null) return "";
  return "content" in file ? contentId(file.content) : file.reason;
}

export function createDesiredState(options: DesiredStateOptions): DesiredState {
  let loaded: Loaded | null = null;
  let secretsVersion: string | null = null;
  let fingerprints: Fingerprints = new Map();
  const previous = new Map<string, DesiredStack>();
  let refreshing: Promise<Change | null> | null = null;
  let next: Promise<Change | null> | null = null;

  const memory = createLoadMemory();

  async function refresh(): Promise<Change | null> {
    const revision = await options.source.latest();
    const policies = await policiesNow(options);
    const version = `${await options.secrets.version()} ${policyVersion(policies)}`;
    if (loaded?.revision.id === revision.id && secretsVersion === version) return null;
    if (loaded?.revision.id !== revision.id) options.seen?.(revision.id);
    const tree = await options.source.read(revision);
    const manifests = await loadWithSecrets(tree, policies, { options, memory });
    memory.sweep();
    const found = fingerprintsOf(manifests, options.hasher);
    const changed = changedBetween(fingerprints, found);
    for (const name of changed) {
      const old = loaded?.byName.get(name);
      if (old !== undefined) previous.set(name, old);
      // Of one that was broken what it was before that still counts.
      else if (!fingerprints.has(name)) previous.delete(name);
    }
    const { own, asked } = manifests.policies;
    const root = rootOf(options.stacksPath);
    const before = loaded?.manifests.policies.own;
    const policyChanges = before === undefined ? null : comparePolicies(before, own, asked, root);
    loaded = asLoaded({ revision: tree.revision, manifests, changed, previous }, loaded);
    fingerprints = found;
    secretsVersion = version;
    return { loaded, changed, policyChanges };
  }

  const state: DesiredState = {
    current: () => loaded,
    async at(id) {
      const tree = await options.source.read({ id, title: "" });
      const policies = await policiesNow(options);
      const by = loaded === null ? {} : { judgedBy: loaded.manifests.policies.judged };
      const how = { options, memory: memory.readOnly };
      const manifests = await loadWithSecrets(tree, { ...policies, ...by }, how);
      return { revision: tree.revision, manifests };
    },
    input: (name) => fingerprints.get(name) ?? options.hasher.mac("not in Git"),
    settled(name) {
      previous.delete(name);
    },
    refresh() {
      if (refreshing === null) {
        refreshing = refresh().finally(() => {
          refreshing = null;
        });
        return refreshing;
      }
      // The one under way may have asked before the push that this caller knows of. Poll, hook and watch
      // that ask meanwhile share the next one.
      next ??= refreshing
        .catch(() => null)
        .then(() => {
          next = null;
          return state.refresh();
        });
      return next;
    },
  };
  return state;
}
