// Previews as the Git host's side has them: of the stacks' own repository, beside its plans, and of those of applications.
import { createCodeSide, noCodeSide } from "./code-side.ts";
import type { CodeSide, CodeSideOptions } from "./code-side.ts";
import { createPullPreviews } from "./pull-previews.ts";
import type { PullPreviews, PullPreviewsOptions } from "./pull-previews.ts";

export interface PreviewSides {
  /** Of the stacks' own; absent: there are none. */
  readonly own: { readonly previews?: PullPreviews };
  readonly code: CodeSide;
  /** Calls `look` with pull requests of the stacks' own whose previews moved; the returned function ends that, of all. */
  watch(look: (pull: number) => void): () => void;
}

export interface PreviewSidesOptions extends Omit<CodeSideOptions, "book"> {
  /** Undefined: pull requests get no previews. */
  readonly book: PullPreviewsOptions["book"] | undefined;
  readonly branch: string;
}

export function createPreviewSides({ book, ...options }: PreviewSidesOptions): PreviewSides {
  if (book === undefined) return { own: {}, code: noCodeSide, watch: () => () => undefined };
  const previews = createPullPreviews({ ...options, book, repository: null });
  const code = createCodeSide({ ...options, book });
  return {
    own: { previews },
    code,
    watch(look) {
      const ends = [previews.watch(look), code.watch()];
      return () => {
        for (const end of ends) end();
      };
    },
  };
}
