// The stacks that pull requests have now: each that is wanted, whose turn it is and whose time is not over, loaded from
// its merge result and judged as the branch is (P9).
import type { Desired } from "../../manifest/load.ts";
import type { StackAsked } from "../../manifest/policy/asked.ts";
import type { LoadedPreviews } from "../../manifest/preview/load.ts";
import { previewName } from "../../model/preview-name.ts";
import type { SourceTree } from "../../ports.ts";
import type { BuildPreview, PreviewStack } from "../state/previews.ts";
import type { PullRecord } from "./record.ts";
import { candidatesOf, createTurns } from "./turns.ts";
import type { Candidate } from "./turns.ts";

export interface Refused {
  readonly stack: string;
  /** One clause for people. */
  readonly why: string;
}

/** What was loaded from the same tree with the same input. */
type Cache = ReadonlyMap<string, { readonly tree: SourceTree; readonly made: LoadedPreviews }>;

export interface LoadedCandidates {
  /** By name; those that have problems too. */
  readonly stacks: ReadonlyMap<string, PreviewStack>;
  /** By pull request. */
  readonly refused: ReadonlyMap<number, readonly Refused[]>;
  /** Pull requests of which somebody wants previews, whether they have any or not. */
  readonly wanted: ReadonlySet<number>;
  readonly cache: Cache;
}

export interface LoadOptions {
  readonly base: Desired;
  readonly input: string;
  readonly build: BuildPreview;
  readonly trees: ReadonlyMap<number, SourceTree>;
  readonly limit: number;
  readonly cache: Cache;
  readonly nowMs: number;
}

/** What had its turn before: it has what it claims, and counts where policies add up. */
interface Earlier {
  readonly taken: ReadonlyMap<string, string>;
  readonly asked: readonly StackAsked[];
  readonly names: readonly string[];
}

interface Made {
  readonly tree: SourceTree;
  readonly made: LoadedPreviews;
}

async function load(
  { record, stack, spec }: Candidate,
  tree: SourceTree,
  { taken, asked, names }: Earlier,
  { input, build, cache }: LoadOptions,
): Promise<readonly [key: string, made: Made]> {
  const grants = spec?.secrets ?? null;
  const key = JSON.stringify([input, record.pull, stack, grants, names]);
  const known = cache.get(key);
  if (known?.tree === tree) return [key, known];
  const made = await build(tree, {
    pull: record.pull,
    stacks: new Map([[stack, grants]]),
    taken,
    others: asked,
  });
  return [key, { tree, made }];
}

export async function loadCandidates(
  records: Iterable<PullRecord>,
  options: LoadOptions,
): Promise<LoadedCandidates> {
  const { base, trees, limit, nowMs } = options;
  const specs = new Map(base.stacks.map(({ name, preview }) => [name, preview ?? null]));
  const turns = createTurns(limit);
  const stacks = new Map<string, PreviewStack>();
  const refused = new Map<number, Refused[]>();
  const cache = new Map<string, Made>();
  let earlier: Earlier = { taken: base.claims, asked: [], names: [] };
  const refuse = ({ record, stack }: Candidate, why: string): void => {
    refused.set(record.pull, [...(refused.get(record.pull) ?? []), { stack, why }]);
  };

  const candidates = candidatesOf(records, (stack) => specs.get(stack) ?? null);
  for (const candidate of candidates) {
    const { record, stack, untilMs, isUp, spec } = candidate;
    const name = previewName(record.pull, stack);
    const tree = trees.get(record.pull);
    if (untilMs <= nowMs) {
      refuse(
        candidate,
        "its time is over: a push, or the comment `capstan preview`, brings it up again",
      );
      continue;
    }
    if (base.brokenStacks.has(name)) {
      refuse(candidate, `${name} is the name of a stack in Git, which is not touched`);
      continue;
    }
    const waits = turns.waits(candidate);
    if (waits !== null) {
      refuse(candidate, waits);
      continue;
    }
    if (tree === undefined) {
      // It is up and not read since the start: it has its place.
      if (isUp) turns.take(candidate);
      continue;
    }
    const [key, made] = await load(candidate, tree, earlier, options);
    const preview = made.made.previews.get(name);
    if (preview === undefined) continue;
    // What is wrong with it may be outside of Git, and be gone the next time.
    if (preview.desired !== null) cache.set(key, made);
    const { desired, problems } = preview;
    // The merge result has no such stack.
    if (desired === null && problems.length === 0) continue;
    // It says no longer that its pull requests get previews.
    if (desired !== null && desired.preview === undefined) {
      if (spec === null)
        refuse(candidate, "its manifest says nothing of previews: it needs `preview`");
      continue;
    }
    if (desired !== null || isUp) turns.take(candidate);
    if (desired !== null) {
      const { claims, asked } = made.made;
      earlier = {
        taken: new Map([...earlier.taken, ...claims]),
        asked: [...earlier.asked, ...asked],
        names: [...earlier.names, `${name}@${record.headSha}`],
      };
    }
    const { pull, url, headSha } = record;
    stacks.set(name, { stack, desired, problems, pull, url, headSha, untilMs });
  }
  const wanted = new Set(candidates.map(({ record }) => record.pull));
  return { stacks, refused, wanted, cache };
}
