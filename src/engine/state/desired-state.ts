// What Git asks for now. A revision that cannot be read leaves the last good one in force (R6); one
// that changes nothing under the stacks' path changes nothing.
import { contentId } from "../../lib/digest.ts";
import { rootOf } from "../../manifest/files.ts";
import type { Desired, PolicyOptions } from "../../manifest/load.ts";
import { createLoadMemory } from "../../manifest/load-memory.ts";
import { comparePolicies } from "../../manifest/policy/compare.ts";
import type { DesiredStack } from "../../model/desired.ts";
import type { PolicyChanges } from "../../model/policy-changes.ts";
import type { Revision } from "../../ports.ts";
import { changedBetween, fingerprintsOf, printsOfPreviews } from "./fingerprints.ts";
import type { Fingerprints } from "./fingerprints.ts";
import { loadPreviewTree, loadWithSecrets, policiesNow, withSecrets } from "./load-tree.ts";
import type { ManifestOptions } from "./load-tree.ts";
import { createBranchTree, noPreviews } from "./previews.ts";
import type { BuildPreview, PreviewSource, PreviewState } from "./previews.ts";
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
  /** Stacks that pull requests have beside those of the branch: in `byName`, not in `manifests`. Absent: none. */
  readonly previews?: PreviewState;
}

export interface Change {
  readonly loaded: Loaded;
  /** Stacks that are new, different, newly broken or gone; all on the first load. */
  readonly changed: readonly string[];
  /** What changed in the policies since the revision before; null: nothing, or there was none. */
  readonly policyChanges: PolicyChanges | null;
  /** The branch is as it was, and so are the secrets: only previews came, changed or ended. */
  readonly previewsOnly: boolean;
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

export interface DesiredStateOptions extends ManifestOptions {
  readonly source: Readable;
  /** Told the id of a revision that is new, before it is read. */
  readonly seen?: (revision: string) => void;
  /** Of pull requests that have previews; absent: there are none. */
  readonly previews?: PreviewSource;
}

/** A preview is as the newest commit of its pull request says, where that has its manifest. */
function headsOf({ stacks }: PreviewState): Iterable<[string, string]> {
  const own = [...stacks].filter(([, { repository }]) => repository === null);
  return own.map(([name, { headSha }]) => [name, headSha]);
}

/** What was read, as what comes after `before`. */
export function asLoaded(
  read: Pick<Loaded, "revision" | "manifests" | "previous"> & {
    readonly changed: readonly string[];
    /** Absent: those of before. */
    readonly previews?: PreviewState;
  },
  before: Loaded | null,
): Loaded {
  const { revision, manifests, previous } = read;
  const previews = read.previews ?? before?.previews ?? noPreviews;
  const shown = [...previews.stacks.values()].flatMap(({ desired }) => desired ?? []);
  const sequence = (before?.sequence ?? 0) + 1;
  const isNew = new Set(read.changed);
  const names = [
    ...manifests.stacks.map(({ name }) => name),
    ...manifests.brokenStacks,
    ...previews.stacks.keys(),
  ];
  const since = <T>(known: ReadonlyMap<string, T> | undefined, now: T): ReadonlyMap<string, T> =>
    new Map(names.map((name) => [name, isNew.has(name) ? now : (known?.get(name) ?? now)]));
  return {
    revision,
    sequence,
    changedAt: since(before?.changedAt, sequence),
    changedIn: new Map([...since(before?.changedIn, revision.id), ...headsOf(previews)]),
    manifests,
    byName: new Map([...manifests.stacks, ...shown].map((stack) => [stack.name, stack])),
    previousNames: manifests.previousNames,
    leftOut: manifests.leftOut,
    ...{ previous, previews },
  };
}

/** Changes whenever POLICY_FILE does. */
function policyVersion({ file }: PolicyOptions): string {
  if (file === undefined || file === null) return "";
  return "content" in file ? contentId(file.content) : file.reason;
}

function policyChangesSince(
  before: Loaded | null,
  { policies: { own, asked } }: Desired,
  { stacksPath }: Pick<ManifestOptions, "stacksPath">,
): PolicyChanges | null {
  const was = before?.manifests.policies.own;
  return was === undefined ? null : comparePolicies(was, own, asked, rootOf(stacksPath));
}

/** Reads what stacks are made of; what one load leaves makes the next one cheap. */
function createLoads(options: DesiredStateOptions) {
  const memory = createLoadMemory(options.documents);
  const branchTree = createBranchTree(options.source);

  return {
    async branch(
      revision: Revision,
      policies: PolicyOptions,
    ): Promise<Pick<Loaded, "revision" | "manifests">> {
      const tree = await options.source.read(revision);
      const manifests = await loadWithSecrets(tree, policies, { options, memory });
      memory.sweep();
      return { revision: tree.revision, manifests };
    },

    /** Another revision than the newest, judged by the policies of now. */
    async other(
      id: string,
      judgedBy: PolicyOptions["judgedBy"],
    ): Promise<Pick<Loaded, "revision" | "manifests">> {
      const tree = await options.source.read({ id, title: "" });
      const by = judgedBy === undefined ? {} : { judgedBy };
      const policies = { ...(await policiesNow(options)), ...by };
      const how = { options, memory: memory.readOnly };
      return { revision: tree.revision, manifests: await loadWithSecrets(tree, policies, how) };
    },

    /** Those of pull requests, judged by what the branch says (P9). */
    async previews(base: Desired, input: string, revision: Revision): Promise<PreviewState> {
      const source = options.previews;
      if (source === undefined) return noPreviews;
      const { judged, asked } = base.policies;
      const policies = { ...(await policiesNow(options)), judgedBy: judged, others: asked };
      const build: BuildPreview = async (tree, previews) => {
        const { made } = await withSecrets(tree, options, (secret) =>
          loadPreviewTree(tree, { secret, policies, previews }, options, memory.readOnly),
        );
        return made;
      };
      return source.load(base, input, build, () => branchTree(revision));
    },
  };
}

export function createDesiredState(options: DesiredStateOptions): DesiredState {
  let loaded: Loaded | null = null;
  let secretsVersion: string | null = null;
  let previewsVersion = "";
  let fingerprints: Fingerprints = new Map();
  const previous = new Map<string, DesiredStack>();
  let refreshing: Promise<Change | null> | null = null;
  let next: Promise<Change | null> | null = null;

  const loads = createLoads(options);

  function remember(changed: readonly string[]): void {
    for (const name of changed) {
      const old = loaded?.byName.get(name);
      if (old !== undefined) previous.set(name, old);
      // Of one that was broken what it was before that still counts.
      else if (!fingerprints.has(name)) previous.delete(name);
    }
  }

  async function refresh(): Promise<Change | null> {
    const revision = await options.source.latest();
    const policies = await policiesNow(options);
    const version = `${await options.secrets.version()} ${policyVersion(policies)}`;
    const pulls = options.previews?.version() ?? "";
    const before = loaded;
    const kept = before?.revision.id === revision.id && secretsVersion === version ? before : null;
    if (kept !== null && previewsVersion === pulls) return null;
    if (before?.revision.id !== revision.id) options.seen?.(revision.id);
    const read = kept ?? (await loads.branch(revision, policies));
    const { manifests } = read;
    const previews = await loads.previews(manifests, `${revision.id} ${version}`, read.revision);
    const found = new Map([
      ...fingerprintsOf(manifests, options.hasher),
      ...printsOfPreviews(previews, options.hasher),
    ]);
    const changed = changedBetween(fingerprints, found);
    remember(changed);
    const policyChanges = kept !== null ? null : policyChangesSince(before, manifests, options);
    loaded = asLoaded({ revision: read.revision, manifests, changed, previous, previews }, before);
    fingerprints = found;
    secretsVersion = version;
    previewsVersion = pulls;
    return { loaded, changed, policyChanges, previewsOnly: kept !== null };
  }

  const state: DesiredState = {
    current: () => loaded,
    at: (id) => loads.other(id, loaded?.manifests.policies.judged),
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
