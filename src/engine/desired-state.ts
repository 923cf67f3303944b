// What Git asks for now. A revision that cannot be read leaves the last good one in force (R6); one
// that changes nothing under the stacks' path changes nothing.
import type { Hasher } from "../lib/digest.ts";
import type { Redactor } from "../lib/redact.ts";
import { loadManifests } from "../manifest/load.ts";
import type { Desired } from "../manifest/load.ts";
import { preloadSecrets } from "../manifest/preload-secrets.ts";
import type { DesiredStack } from "../model/desired.ts";
import type { Revision, Secrets, Source, SourceTree } from "../ports.ts";

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
  /** Each stack as it was before the newest change of it: decides which old values may be shown. */
  readonly previous: ReadonlyMap<string, DesiredStack>;
}

export interface Change {
  readonly loaded: Loaded;
  /** Stacks that are new, different, newly broken or gone; all on the first load. */
  readonly changed: readonly string[];
}

export interface DesiredState {
  /** Null before the first good revision. */
  current(): Loaded | null;
  /** Reads the newest revision when it, or a secret, is new; null when neither is. Throws what the source throws. */
  refresh(): Promise<Change | null>;
  /**
   * The stacks of another revision, with the secrets of now; the first twelve characters of its id will do.
   * Throws what the source throws.
   */
  at(revisionId: string): Promise<{ readonly revision: Revision; readonly manifests: Desired }>;
  /** A digest of all that Git and the secrets say of a stack now: another one is new input. */
  input(name: string): string;
  /** The stack runs as the newest revision says: from now on that is what Git held. */
  settled(name: string): void;
}

export interface DesiredStateOptions {
  readonly source: Source;
  readonly secrets: Secrets;
  readonly hasher: Hasher;
  readonly redactor: Redactor;
  readonly stacksPath: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly reservedNames: readonly string[];
  /** Told the id of a revision that is new, before it is read. */
  readonly seen?: (revision: string) => void;
}

/** Equal texts mean equal stacks; where in its file a stack stands does not matter (O8). */
export function fingerprint(stack: DesiredStack): string {
  return JSON.stringify(stack, (key, value: unknown) => {
    if (key === "place") return undefined;
    return value instanceof Set ? [...(value as Set<string>)].sort() : value;
  });
}

export function createDesiredState(options: DesiredStateOptions): DesiredState {
  let loaded: Loaded | null = null;
  let secretsVersion: string | null = null;
  let fingerprints = new Map<string, string>();
  let changedAt = new Map<string, number>();
  let changedIn = new Map<string, string>();
  const previous = new Map<string, DesiredStack>();
  let refreshing: Promise<Change | null> | null = null;
  let next: Promise<Change | null> | null = null;

  async function loadTree(tree: SourceTree): Promise<Desired> {
    return loadManifests({
      tree,
      root: options.stacksPath,
      variables: options.variables,
      secret: await preloadSecrets(options.secrets, (value) => {
        options.redactor.register(value);
      }),
      reservedNames: options.reservedNames,
      hasher: options.hasher,
    });
  }

  async function refresh(): Promise<Change | null> {
    const revision = await options.source.latest();
    const version = await options.secrets.version();
    if (loaded?.revision.id === revision.id && secretsVersion === version) return null;
    if (loaded?.revision.id !== revision.id) options.seen?.(revision.id);
    const tree = await options.source.read(revision);
    const manifests = await loadTree(tree);
    const byName = new Map(manifests.stacks.map((stack) => [stack.name, stack]));
    const next = new Map(manifests.stacks.map((stack) => [stack.name, fingerprint(stack)]));
    for (const name of manifests.brokenStacks) next.set(name, "broken");
    const names = new Set([...fingerprints.keys(), ...next.keys()]);
    const changed = [...names].filter((name) => fingerprints.get(name) !== next.get(name)).sort();
    for (const name of changed) {
      const old = loaded?.byName.get(name);
      if (old !== undefined) previous.set(name, old);
      // Of one that was broken what it was before that still counts.
      else if (!fingerprints.has(name)) previous.delete(name);
    }
    const sequence = (loaded?.sequence ?? 0) + 1;
    const isNew = new Set(changed);
    changedAt = new Map(
      [...next.keys()].map((name) => [
        name,
        isNew.has(name) ? sequence : (changedAt.get(name) ?? sequence),
      ]),
    );
    changedIn = new Map(
      [...next.keys()].map((name) => [
        name,
        isNew.has(name) ? tree.revision.id : (changedIn.get(name) ?? tree.revision.id),
      ]),
    );
    loaded = {
      revision: tree.revision,
      sequence,
      changedAt,
      changedIn,
      manifests,
      byName,
      previousNames: manifests.previousNames,
      previous,
    };
    fingerprints = next;
    secretsVersion = version;
    return { loaded, changed };
  }

  const state: DesiredState = {
    current: () => loaded,
    async at(id) {
      const tree = await options.source.read({ id, title: "" });
      return { revision: tree.revision, manifests: await loadTree(tree) };
    },
    input: (name) => options.hasher.mac(fingerprints.get(name) ?? "not in Git"),
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
