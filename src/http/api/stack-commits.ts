// Which commit changed a stack last. The engine knows it of what came while it runs; what was there when it
// started is looked up in Git, all stacks at once, by the files of manifest and template.
import type { Engine } from "../../engine/engine.ts";
import type { Loaded } from "../../engine/state/desired-state.ts";
import type { BranchChange, Commits } from "../../ports.ts";

export interface StackCommits {
  /** Null for a stack that is not in Git. */
  of(stack: string): string | null;
  /** Looks up what is not known yet. Never throws. */
  load(): Promise<void>;
}

/** A commit further back is not looked for. */
const changesLooked = 5_000;

/** The newest change of each file. */
function byFile(changes: readonly BranchChange[]): ReadonlyMap<string, number> {
  const newest = new Map<string, number>();
  for (const [age, { paths }] of changes.entries()) {
    for (const path of paths) if (!newest.has(path)) newest.set(path, age);
  }
  return newest;
}

/** Stacks that are as they were when this process read Git first. */
function fromTheStart({ byName, changedAt }: Loaded) {
  return [...byName.values()].filter(({ name }) => changedAt.get(name) === 1);
}

export function createStackCommits(
  engine: Pick<Engine, "loaded" | "changedIn">,
  commits: Pick<Commits, "changes"> | null,
): StackCommits {
  const known = new Map<string, string>();
  let looking: { readonly revision: string; readonly done: Promise<void> } | null = null;

  async function look(
    git: Pick<Commits, "changes">,
    loaded: Loaded,
    revision: string,
  ): Promise<void> {
    const stacks = fromTheStart(loaded);
    const changes = await git.changes(revision, changesLooked);
    const newest = byFile(changes);
    const templates = new Map(loaded.manifests.templates.map(({ name, place }) => [name, place]));
    for (const { name, place, template } of stacks) {
      const files = [place, templates.get(template ?? "")].flatMap((one) => one?.file ?? []);
      const ages = files.flatMap((file) => newest.get(file) ?? []);
      const sha = changes[Math.min(...ages)]?.sha;
      if (sha !== undefined) known.set(name, sha);
    }
  }

  return {
    of(stack) {
      const isOld = engine.loaded()?.changedAt.get(stack) === 1;
      return (isOld ? known.get(stack) : undefined) ?? engine.changedIn(stack);
    },
    async load() {
      const loaded = engine.loaded();
      if (commits === null || loaded === null) return;
      const [one] = fromTheStart(loaded);
      const revision = one === undefined ? undefined : loaded.changedIn.get(one.name);
      if (revision === undefined) return;
      if (looking?.revision !== revision) {
        known.clear();
        const done = look(commits, loaded, revision).catch(() => {
          looking = null;
        });
        looking = { revision, done };
      }
      await looking.done;
    },
  };
}
