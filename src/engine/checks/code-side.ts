// The repositories that stacks with previews are built from, beside that of the stacks: which they are follows from the
// branch, and each is followed by itself.
import type { Clock } from "../../lib/clock.ts";
import type { ForgeEvent } from "../../model/forge.ts";
import { isSameRepository } from "../../model/preview-name.ts";
import type { Forge } from "../../ports-forge.ts";
import type { Engine } from "../engine.ts";
import type { PreviewBook } from "../previews/book.ts";
import { createCodePulls } from "./code-pulls.ts";
import type { CodePulls } from "./code-pulls.ts";
import type { Built } from "./code-pull.ts";
import { createPullPreviews } from "./pull-previews.ts";
import type { PreviewEngine } from "./pull-previews.ts";
import { createSweeps } from "./sweeps.ts";

export interface CodeSide {
  /** Looks at all of them, and from then on from time to time: by itself, so that a slow repository holds up no plan. */
  begin(): void;
  /** The branch was loaded: where stacks are built from something else now, all are looked at sooner. */
  loaded(): void;
  /** Whether any stack with previews is built from it. */
  follows(repository: string): boolean;
  heard(repository: string, event: ForgeEvent): void;
  /** Follows what becomes of previews; the returned function ends that. */
  watch(): () => void;
  stop(): Promise<void>;
}

export const noCodeSide: CodeSide = {
  begin: () => undefined,
  loaded: () => undefined,
  follows: () => false,
  heard: () => undefined,
  watch: () => () => undefined,
  stop: () => Promise.resolve(),
};

export interface CodeSideOptions {
  readonly instance: string;
  /** `owner/name` of the stacks' own, whose pull requests are planned. */
  readonly own: string;
  readonly forgeFor: (repository: string) => Forge;
  readonly book: PreviewBook;
  readonly engine: () => PreviewEngine & Pick<Engine, "pushed" | "state" | "trigger">;
  /** Whether this process is the one that speaks to the host. */
  readonly isActive: () => boolean;
  readonly clock: Pick<Clock, "now" | "after">;
  readonly sweepMs: number;
  readonly redact: (text: string) => string;
  readonly note: (level: "info" | "warn", message: string) => void;
}

/** One repository that is followed, or was. */
interface Followed {
  /** As a manifest spells it. */
  readonly repository: string;
  readonly pulls: CodePulls;
  /** Null: it is not watched yet. */
  unwatch: (() => void) | null;
  readonly watch: () => () => void;
}

export function createCodeSide(options: CodeSideOptions): CodeSide {
  const { own, book, engine } = options;
  const all = new Map<string, Followed>();
  let isWatching = false;

  function builtFrom(repository: string, branch: string): readonly Built[] {
    const byName = engine().loaded()?.byName;
    const found = book
      .built()
      .filter((one) => one.branch === branch && isSameRepository(one.repository, repository));
    // Of a stack that has problems now the label is not known, and was read before.
    return found.map(({ stack }) => ({ stack, label: byName?.get(stack)?.preview?.label ?? "" }));
  }

  const isBuilt = (repository: string): boolean =>
    book.built().some((one) => isSameRepository(one.repository, repository));

  function follow(repository: string): Followed {
    const key = repository.toLowerCase();
    const known = all.get(key);
    if (known !== undefined) return known;
    const previews = createPullPreviews({ ...options, repository, branch: "" });
    const pulls = createCodePulls({
      ...options,
      ...{ repository, previews },
      forge: options.forgeFor(repository),
      builtFrom: (branch) => builtFrom(repository, branch),
      isBuilt: () => isBuilt(repository),
      revision: () => engine().state().revision,
      moved: () => void engine().pushed(repository),
      failed: (error) => {
        tellUnread(repository, error, options);
      },
    });
    const watch = (): (() => void) =>
      previews.watch((number) => {
        if (options.isActive()) pulls.look(number);
      });
    const made: Followed = { repository, pulls, watch, unwatch: isWatching ? watch() : null };
    all.set(key, made);
    return made;
  }

  const followedNow = (): readonly string[] =>
    book
      .built()
      .map(({ repository }) => repository)
      .filter((repository) => !isSameRepository(repository, own));

  const sweeps = createSweeps(options.clock, options.sweepMs, async () => {
    if (!options.isActive()) return;
    for (const repository of followedNow()) follow(repository);
    await Promise.all([...all.values()].map(({ pulls }) => pulls.sweep()));
  });

  let swept: string | null = null;

  return {
    begin() {
      swept = versionOf(options);
      sweeps.begin();
    },
    loaded() {
      const now = versionOf(options);
      if (swept === now) return;
      swept = now;
      sweeps.begin();
    },
    follows: (repository) => !isSameRepository(repository, own) && isBuilt(repository),
    heard(repository, event) {
      if (isBuilt(repository)) follow(repository).pulls.heard(event);
    },
    watch() {
      isWatching = true;
      for (const one of all.values()) one.unwatch ??= one.watch();
      return () => {
        isWatching = false;
        for (const one of all.values()) one.unwatch?.();
      };
    },
    async stop() {
      sweeps.stop();
      await Promise.all([...all.values()].map(({ pulls }) => pulls.stop()));
    },
  };
}

/** What a look at pull requests goes by. */
function versionOf({ book, engine }: Pick<CodeSideOptions, "book" | "engine">): string {
  const byName = engine().loaded()?.byName;
  return JSON.stringify(
    book.built().map((one) => [one, byName?.get(one.stack)?.preview?.label ?? null]),
  );
}

/** The log tells it, and the statuses of the stacks that are built from there. */
function tellUnread(
  repository: string,
  error: string | null,
  { book, engine, note }: Pick<CodeSideOptions, "book" | "engine" | "note">,
): void {
  if (error === null) note("info", `pull requests of ${repository} can be read again`);
  else note("warn", `pull requests of ${repository} cannot be read, and get no previews: ${error}`);
  book.unreadable(repository, error);
  const stacks = book.built().filter((one) => isSameRepository(one.repository, repository));
  for (const stack of new Set(stacks.map((one) => one.stack))) {
    engine().trigger(stack, `whether pull requests of ${repository} can be read has changed`);
  }
}
