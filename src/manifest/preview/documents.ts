// What of a tree is built for previews, with what, and what of it others have already.
import { isTooLong, previewName } from "../../model/preview-name.ts";
import type { PullId } from "../../model/preview-name.ts";
import type { Claim } from "../claims.ts";
import type { StackAsked } from "../policy/asked.ts";
import type { Report } from "../report.ts";
import type { BuildContext, StackDocument } from "../stack-document.ts";
import { grantedSecrets } from "./granted.ts";
import type { Grants } from "./granted.ts";
import type { PreviewHead } from "./head.ts";

export interface PreviewLoad extends PullId {
  /** The stacks that get a preview, with the secrets that each may read. */
  readonly stacks: ReadonlyMap<string, Grants>;
  /** What others have that only one may have, and which stack has it. */
  readonly taken: ReadonlyMap<string, string>;
  /** Other previews, which count in what all ask for together. */
  readonly others?: readonly StackAsked[];
  /** What is built from the pull request's repository; absent: all is built as the tree says. */
  readonly head?: PreviewHead;
}

/** The documents to build, each under the name of its preview. */
export function previewDocuments(
  documents: readonly StackDocument[],
  { stacks, ...pull }: PreviewLoad,
  report: Report,
): readonly StackDocument[] {
  return documents.flatMap((document): readonly StackDocument[] => {
    if (!stacks.has(document.name)) {
      document.release();
      return [];
    }
    const name = previewName(pull, document.name);
    const built: StackDocument = {
      ...{ ...document, name, unnamed: false },
      tree: () => document.tree(),
      release: () => {
        document.release();
      },
    };
    if (!isTooLong(name)) return [built];
    const message = `its preview would be called ${name}, which is longer than 40 characters`;
    report.add(document.place, message, "give the stack a shorter name", name);
    return [];
  });
}

/** What a preview is built with: of which stack it is, and the secrets that it may read. */
export function previewContext(
  context: BuildContext,
  { name }: StackDocument,
  { stacks, repository, pull, head }: PreviewLoad,
): BuildContext {
  const stack = name.slice(previewName({ repository, pull }, "").length);
  const grants = stacks.get(stack) ?? null;
  const secret = grantedSecrets(context.secret, grants);
  const preview = { repository, pull, stack, grants, head: head ?? null };
  return { ...context, secret, preview };
}

/** Tells what previews claim that others have already; returns the names of those. */
export function checkTaken(
  claims: readonly Claim[],
  { taken }: PreviewLoad,
  report: Report,
): ReadonlySet<string> {
  const failed = new Set<string>();
  for (const { what, place, stack } of claims) {
    const holder = taken.get(what);
    if (holder === undefined || holder === stack) continue;
    failed.add(stack);
    const hint = "give the preview another one under `preview.overlay`";
    report.add(place, `${what} of the preview is that of the stack ${holder} already`, hint, stack);
  }
  return failed;
}
