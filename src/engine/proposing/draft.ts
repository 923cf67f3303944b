// What a proposal of one stack would commit: edits of its own manifest at the newest revision, and what of the drift
// cannot be written, with why.
import { amend } from "../../manifest/write-back/amend.ts";
import type { Change, Unwritten } from "../../manifest/write-back/amend.ts";
import { createLoadMemory } from "../../manifest/load-memory.ts";
import type { Placed } from "../../manifest/write-back/same.ts";
import type { DesiredService, DesiredStack } from "../../model/desired.ts";
import { flatten } from "../../model/fields.ts";
import type { LeftDrift } from "../../model/plan.ts";
import type { Difference } from "../../plan/input.ts";
import { runningPath } from "../../plan/left-drift.ts";
import type { SourceTree } from "../../ports.ts";
import { loadAndSecrets, loadTree, policiesNow } from "../state/load-tree.ts";
import type { ManifestOptions } from "../state/load-tree.ts";
import { treeWith } from "../state/tree-with.ts";
import { whyNotInClear, whyNotInClearOfProject } from "./in-clear.ts";

export interface Draft {
  readonly path: string;
  /** The file as it is, and as it would be. */
  readonly was: string;
  readonly text: string;
  readonly written: readonly Placed[];
  readonly unwritten: readonly Unwritten[];
}

export interface Drafts {
  /**
   * Null where the tree has no such stack, or a broken one. Throws what reading secrets throws. Nothing of it becomes
   * desired.
   */
  make(stack: string, left: readonly LeftDrift[], tree: SourceTree): Promise<Draft | null>;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Whether Git says of it what it said when the drift was seen: otherwise the next run judges it anew. */
function isAsSeen(
  stack: DesiredStack,
  desired: DesiredService | null,
  { path, wanted }: Difference,
): boolean {
  if (path === runningPath) return true;
  if (desired !== null) {
    const text = flatten(desired).get(path) ?? null;
    // Settings that no manifest has words for are no field.
    return text === wanted || text === null;
  }
  if (path === "name") return stack.project === wanted;
  return (new Map(Object.entries(stack.variables)).get(path.slice(10)) ?? null) === wanted;
}

/** What may be written, as changes of the manifest, and what may not. */
function sorted(
  stack: DesiredStack,
  left: readonly LeftDrift[],
  redact: (text: string) => string,
): { readonly changes: readonly Change[]; readonly refused: readonly Unwritten[] } {
  const changes: Change[] = [];
  const refused: Unwritten[] = [];
  for (const { service, differences, details } of left) {
    const desired = stack.services.find(({ key }) => key === service) ?? null;
    if (details !== null && desired?.kind !== details.kind) continue;
    const target = details === null || desired === null ? null : { desired, observed: details };
    for (const difference of differences.filter((one) => isAsSeen(stack, desired, one))) {
      const why =
        desired === null
          ? whyNotInClearOfProject(stack, difference, redact)
          : whyNotInClear(desired, difference, redact);
      if (why === null) changes.push({ ...difference, service, target });
      else refused.push({ service, path: difference.path, why });
    }
  }
  return { changes, refused };
}

export function createDrafts(
  options: ManifestOptions & { readonly redact: (text: string) => string },
): Drafts {
  const memory = createLoadMemory();
  return {
    async make(name, left, tree) {
      const policies = await policiesNow(options);
      const how = { options, memory };
      const { manifests: before, secret } = await loadAndSecrets(tree, policies, how);
      const load = (files: SourceTree) => loadTree(files, { secret, policies }, options, memory);
      const stack = before.stacks.find((one) => one.name === name);
      const file = tree.files.find(({ path }) => path === stack?.place.file);
      if (stack === undefined || file === undefined) return null;
      const { path } = file;
      const was = decoder.decode(file.content);
      const { changes, refused } = sorted(stack, left, options.redact);
      const amended = amend({
        ...{ text: was, stack, changes },
        load(text) {
          const { stacks, problems } = load(treeWith(tree, [{ path, content: text, was }]));
          // A mistake anywhere that was not there before is this edit's.
          if (problems.length > before.problems.length) return null;
          return stacks.find((one) => one.name === name) ?? null;
        },
      });
      memory.sweep();
      const unwritten = [...refused, ...amended.unwritten];
      return { path, was, text: amended.text, written: amended.written, unwritten };
    },
  };
}
