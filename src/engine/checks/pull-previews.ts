// Previews as the Git host's side knows them, of one repository: what it saw of its pull requests goes into the book, and
// what became of them into their comments.
import type { PullRequest } from "../../model/forge.ts";
import { domainsOf } from "../../model/children.ts";
import { previewOf, repositoryTag } from "../../model/preview-name.ts";
import type { PullId } from "../../model/preview-name.ts";
import { plural, problemLine } from "../../plan/render/words.ts";
import { stackState } from "../../plan/state-words.ts";
import type { SourceTree } from "../../ports.ts";
import type { Engine } from "../engine.ts";
import type { PreviewBook } from "../previews/book.ts";
import { stacksBuiltFrom } from "../previews/built-from.ts";
import type { PreviewStack } from "../state/previews.ts";
import { previewPart } from "./preview-words.ts";
import type { ToldPreview } from "./preview-words.ts";

export interface PullPreviews {
  /**
   * A pull request was read; resolves when what follows for its previews is desired. `changed`: stacks that its manifests
   * make or change. `tree`: null for that of the branch.
   */
  seen(
    pull: PullRequest,
    read: { readonly tree: SourceTree | null; readonly merged: boolean },
    changed: readonly string[],
  ): Promise<void>;
  /** A person with rights asks for previews of this commit, or wants none any more. */
  ask(pull: PullRequest, by: string): void;
  stop(pull: PullRequest): Promise<void>;
  ended(pull: number): Promise<void>;
  listed(open: ReadonlySet<number>, isAll: boolean): void;
  looked(pull: number): Promise<void>;
  /** Those that have previews, or may have. */
  pulls(): readonly number[];
  /** Whether nobody can tell now whether its previews are wanted. */
  isWithheld(pull: number): boolean;
  /** What its comment says of them; empty: nothing. `offers`: also how to get one; default: it does. */
  part(pull: PullRequest, offers?: boolean): string;
  /** Calls `changed` with pull requests whose previews moved; the returned function ends that. */
  watch(changed: (pull: number) => void): () => void;
}

export type PreviewEngine = Pick<Engine, "catchUp" | "stacks" | "loaded" | "isBusy" | "onEvent">;

export interface PullPreviewsOptions {
  readonly book: PreviewBook;
  /** `owner/name` of an application's; null: that of the stacks. */
  readonly repository: string | null;
  /** That of the stacks as services name it; null: not known, and its pull requests build nothing. */
  readonly own: string | null;
  readonly branch: string;
  readonly engine: () => PreviewEngine;
  readonly redact: (text: string) => string;
}

function urlsOf({ desired }: PreviewStack): readonly string[] {
  return (desired?.services ?? []).flatMap((service) =>
    domainsOf(service).map(
      ({ https, host, path }) => `${https ? "https" : "http"}://${host}${path === "/" ? "" : path}`,
    ),
  );
}

/** One preview as it is now. */
function told(
  name: string,
  preview: PreviewStack,
  fromFork: boolean,
  { engine, redact }: Pick<PullPreviewsOptions, "engine" | "redact">,
): ToldPreview {
  const { stack, headSha, untilMs, problems } = preview;
  const known = engine().stacks();
  const status = known.find((one) => one.name === name) ?? null;
  const busy = engine().isBusy(name);
  const shown = { name, stack, headSha, untilMs, urls: urlsOf(preview) };
  if (problems.length === 0) {
    return { ...shown, state: stackState({ status, suspendedSinceMs: null, busy }), problems: [] };
  }
  // Its author's own words may not be masked, and must not hold what others must not see. Who reads an application's
  // repository may not read the stacks'.
  const words =
    fromFork || preview.repository !== null
      ? [`${plural(problems.length, "problem")}: \`capstan get stack ${name}\` shows what`]
      : problems.map((problem) => redact(problemLine(problem)));
  return { ...shown, state: { text: "Refused" }, problems: words };
}

export function createPullPreviews(options: PullPreviewsOptions): PullPreviews {
  const { book, branch, engine, repository } = options;
  const source = repository ?? options.own;
  const tag = repository === null ? null : repositoryTag(repository);
  const idOf = (pull: number): PullId => ({ repository, pull });
  /** Stacks that each touched when it was last read. */
  const touchedBy = new Map<number, readonly string[]>();

  /** What it changes by its manifests, and what is built from it. */
  function touchedOf(pull: PullRequest, changed: readonly string[]): readonly string[] {
    // A fork's branch is not built.
    if (source === null || pull.fromFork) return changed;
    return [...new Set([...changed, ...stacksBuiltFrom(book.built(), source, pull.baseBranch)])];
  }

  async function carryOn(): Promise<void> {
    await engine().catchUp("a preview");
  }

  function offered(pull: PullRequest, known: ReadonlySet<string>) {
    const byName = engine().loaded()?.byName;
    return (touchedBy.get(pull.number) ?? []).flatMap((stack) => {
      const label = byName?.get(stack)?.preview?.label;
      return label === undefined || known.has(stack) ? [] : [{ stack, label }];
    });
  }

  return {
    async seen(pull, { tree, merged }, changed) {
      const touched = touchedOf(pull, changed);
      touchedBy.set(pull.number, touched);
      const trouble = merged ? null : `it conflicts with ${branch}`;
      const isKnown = (): boolean => book.pulls(repository).includes(pull.number);
      const wasKnown = isKnown();
      book.read({ ...pull, repository }, tree, { touched, trouble });
      // Of most pull requests nobody wants a preview.
      if (wasKnown || isKnown()) await carryOn();
    },
    ask: (pull, by) => {
      book.ask({ ...pull, repository }, by);
    },
    async stop(pull) {
      book.stop({ ...pull, repository });
      await carryOn();
    },
    async ended(pull) {
      touchedBy.delete(pull);
      book.end(idOf(pull));
      await carryOn();
    },
    listed: (open, isAll) => {
      book.listed(repository, open, isAll);
    },
    async looked(pull) {
      if (book.looked(idOf(pull))) await carryOn();
    },
    pulls: () => book.pulls(repository),
    isWithheld: (pull) => book.isWithheld(idOf(pull)),
    part(pull, offers = true) {
      const { stacks, refused, trouble } = book.of(idOf(pull.number));
      const previews = [...stacks].map(([name, one]) => told(name, one, pull.fromFork, options));
      const known = new Set([...previews, ...refused].map(({ stack }) => stack));
      const { fromFork } = pull;
      const isShown = previews.length > 0 || refused.length > 0;
      return previewPart({
        ...{ previews, refused, fromFork, offered: offers ? offered(pull, known) : [] },
        trouble: isShown ? trouble : null,
      });
    },
    watch: (changed) =>
      engine().onEvent(({ kind, stack }) => {
        const of = kind === "outcome" && stack !== null ? previewOf(stack) : null;
        if (of?.tag === tag) changed(of.pull);
      }),
  };
}
