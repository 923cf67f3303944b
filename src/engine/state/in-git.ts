// Whether Git still speaks of a stack, though not always as one that can be carried out: broken, renamed, or
// left while others depend on it. Nothing of these is removed.
import type { DesiredStack } from "../../model/desired.ts";
import type { Outcome } from "../../model/status.ts";
import { problemLine } from "../../plan/render/words.ts";
import type { Loaded } from "./desired-state.ts";
import { heldPreview } from "./previews.ts";
import { withheld } from "./withheld.ts";

/** Whether a name is in Git in any way: what is owned under it has not left. */
export function isInGit(loaded: Loaded, name: string): boolean {
  const { byName, manifests, previousNames, previews } = loaded;
  const { brokenStacks, missingStacks } = manifests;
  return (
    byName.has(name) ||
    brokenStacks.has(name) ||
    missingStacks.has(name) ||
    previousNames.has(name) ||
    heldPreview(previews, name) !== null
  );
}

/** The stack that Git has for an owned name: of that name, or one that takes it over by `previousName`. */
export function desiredFor(loaded: Loaded, name: string): DesiredStack | undefined {
  const own = loaded.byName.get(name);
  if (own !== undefined || !loaded.previousNames.has(name)) return own;
  return [...loaded.byName.values()].find(({ previousName }) => previousName === name);
}

function waits(message: string): Outcome {
  return { kind: "waiting", reason: "dependency", message, afterMs: null };
}

/** How a run ends of a stack that cannot be carried out and has not left Git; null for any other. */
export function heldByGit(loaded: Loaded, name: string): Outcome | null {
  const { manifests, previousNames } = loaded;
  if (loaded.byName.has(name)) return null;
  if (manifests.brokenStacks.has(name)) {
    const outage = withheld(manifests, name);
    if (outage !== null) {
      const message = `${outage.message}; it stays as it is until that can be read`;
      return { kind: "waiting", reason: "secrets", message, afterMs: null };
    }
    const problem = manifests.problems.find(({ stack }) => stack === name);
    const message =
      problem === undefined
        ? "its manifest has a problem"
        : problemLine({ ...problem, hint: null });
    return { kind: "terminal", message };
  }
  const preview = loaded.previews?.stacks.get(name)?.problems[0];
  if (preview !== undefined)
    return { kind: "terminal", message: problemLine({ ...preview, hint: null }) };
  const held = heldPreview(loaded.previews, name);
  if (held !== null) {
    return { kind: "waiting", reason: "preview", message: held, afterMs: null };
  }
  if (previousNames.has(name)) {
    const successor = desiredFor(loaded, name);
    return successor === undefined
      ? waits("it was renamed in Git by a manifest that has a problem: nothing is removed")
      : { kind: "removed", message: `renamed: it is the stack ${successor.name} now` };
  }
  return manifests.missingStacks.has(name)
    ? waits("it left Git while stacks that are in Git depend on it: nothing is removed")
    : null;
}
