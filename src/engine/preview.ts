// What the stacks would be after the merge of a pull request: loaded like a revision, and never desired.
import type { Hasher } from "../lib/digest.ts";
import type { Redactor } from "../lib/redact.ts";
import { loadManifests } from "../manifest/load.ts";
import type { Desired } from "../manifest/load.ts";
import { preloadSecrets } from "../manifest/preload-secrets.ts";
import type { Problem } from "../model/desired.ts";
import { secretName } from "../model/secret-name.ts";
import type { Secrets, Source, SourceTree } from "../ports.ts";
import { fingerprint } from "./desired-state.ts";
import type { Loaded } from "./desired-state.ts";

export interface PreviewDeps {
  readonly source: Pick<Source, "read">;
  readonly secrets: Secrets;
  readonly hasher: Hasher;
  readonly redactor: Redactor;
  readonly stacksPath: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly reservedNames: readonly string[];
}

export interface Preview {
  readonly loaded: Loaded;
  /** Stacks that are new, different, newly broken, mended or gone against what is desired now; sorted. */
  readonly touched: readonly string[];
  /** Mistakes that are not in what is desired now. */
  readonly newProblems: readonly Problem[];
}

/** Stands for every value where none may be read; plain enough to be valid wherever a secret is. */
const unread = "not-read-for-pull-requests-of-forks";

/** Without secrets their names alone are asked for: a reference to one that is missing is a problem still. */
async function secretReader(
  deps: PreviewDeps,
  withSecrets: boolean,
): Promise<(name: string) => string | null> {
  if (withSecrets) {
    return preloadSecrets(deps.secrets, (value) => {
      deps.redactor.register(value);
    });
  }
  const names = new Set((await deps.secrets.names()).map(secretName));
  return (name) => (names.has(secretName(name)) ? unread : null);
}

function fingerprintsOf(manifests: Desired): ReadonlyMap<string, string> {
  const prints = new Map(manifests.stacks.map((stack) => [stack.name, fingerprint(stack)]));
  for (const name of manifests.brokenStacks) prints.set(name, "broken");
  return prints;
}

function problemKey({ place, message, stack }: Problem): string {
  return JSON.stringify([place.file, stack, message]);
}

/** Throws what reading secrets or the base throws. Changes nothing. */
export async function previewTree(
  tree: SourceTree,
  current: Loaded,
  withSecrets: boolean,
  deps: PreviewDeps,
): Promise<Preview> {
  const secret = await secretReader(deps, withSecrets);
  const load = ({ files, unreadable }: SourceTree): Desired =>
    loadManifests({
      tree: { files, unreadable },
      root: deps.stacksPath,
      variables: deps.variables,
      secret,
      reservedNames: deps.reservedNames,
      hasher: deps.hasher,
    });
  const manifests = load(tree);
  // Without secrets every stack that uses one would differ: the base is read in the same way.
  const base = withSecrets ? current.manifests : load(await deps.source.read(current.revision));
  const [before, after] = [fingerprintsOf(base), fingerprintsOf(manifests)];
  const names = new Set([...before.keys(), ...after.keys()]);
  const touched = [...names].filter((name) => before.get(name) !== after.get(name)).sort();
  const sequence = current.sequence + 1;
  const isTouched = new Set(touched);
  const olderProblems = new Set(base.problems.map(problemKey));
  return {
    loaded: {
      revision: tree.revision,
      sequence,
      changedAt: new Map(
        [...after.keys()].map((name) => [
          name,
          isTouched.has(name) ? sequence : (current.changedAt.get(name) ?? sequence),
        ]),
      ),
      changedIn: new Map(
        [...after.keys()].map((name) => [
          name,
          isTouched.has(name)
            ? tree.revision.id
            : (current.changedIn.get(name) ?? tree.revision.id),
        ]),
      ),
      manifests,
      byName: new Map(manifests.stacks.map((stack) => [stack.name, stack])),
      previousNames: new Set(manifests.stacks.flatMap((stack) => stack.previousName ?? [])),
      previous: current.byName,
    },
    touched,
    newProblems: manifests.problems.filter((problem) => !olderProblems.has(problemKey(problem))),
  };
}
