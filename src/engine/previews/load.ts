// The stacks that pull requests have now: each that is wanted, whose turn it is and whose time is not over, judged as the
// branch is (P9). One of the stacks' own repository is loaded from its merge result; one of an application's from the
// branch, with the services that are built from that repository built from the pull request's branch.
import type { Desired } from "../../manifest/load.ts";
import type { StackAsked } from "../../manifest/policy/asked.ts";
import type { LoadedPreviews } from "../../manifest/preview/load.ts";
import type { PreviewHead } from "../../manifest/preview/head.ts";
import { isSameRepository, previewName, pullKey } from "../../model/preview-name.ts";
import type { SourceTree } from "../../ports.ts";
import type { BuildPreview, PreviewStack } from "../state/previews.ts";
import type { RepositoryOf } from "./built-from.ts";
import { idOf, isAsked } from "./record.ts";
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
  /** By the key of the pull request. */
  readonly refused: ReadonlyMap<string, readonly Refused[]>;
  /** Pull requests of which somebody wants previews, whether they have any or not, by their keys. */
  readonly wanted: ReadonlySet<string>;
  /** Those with previews of stacks that have problems on the branch, by their keys. */
  readonly withheld: ReadonlySet<string>;
  readonly cache: Cache;
}

/** What is known of the Git host. */
export interface PreviewHost {
  readonly repositoryOf: RepositoryOf;
  /** `owner/name` of the stacks' own repository. */
  readonly own: string;
}

export interface LoadOptions {
  readonly base: Desired;
  readonly input: string;
  readonly build: BuildPreview;
  /** By the keys of pull requests that were read since the start; null: theirs is the branch's. */
  readonly trees: ReadonlyMap<string, SourceTree | null>;
  readonly branchTree: () => Promise<SourceTree>;
  readonly host: PreviewHost | null;
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

/** Null: all is built as its manifest says, as nobody of a fork may say what Dokploy builds. */
function headOf(
  { repository, headBranch: branch, baseBranch: base }: PullRecord,
  host: PreviewHost | null,
): PreviewHead | null {
  if (host === null || branch === null || base === null) return null;
  const { own, repositoryOf } = host;
  return {
    ...{ branch, base },
    isOf: (address) => isSameRepository(repositoryOf(address), repository ?? own),
  };
}

/** Previews that are up of stacks that have problems on the branch, where only that says whether they are wanted. */
function withheldUp(
  records: Iterable<PullRecord>,
  { base: { brokenStacks }, nowMs }: Pick<LoadOptions, "base" | "nowMs">,
): readonly { readonly record: PullRecord; readonly stack: string }[] {
  return [...records].flatMap((record) =>
    record.up.flatMap(({ stack, untilMs }) =>
      brokenStacks.has(stack) && untilMs > nowMs && (record.repository !== null || !isAsked(record))
        ? [{ record, stack }]
        : [],
    ),
  );
}

async function load(
  { record, stack, spec }: Candidate,
  tree: SourceTree,
  { taken, asked, names }: Earlier,
  { input, build, cache, host }: LoadOptions,
): Promise<readonly [key: string, made: Made]> {
  const grants = spec?.secrets ?? null;
  const head = headOf(record, host);
  const key = JSON.stringify([input, pullKey(record), head?.branch, stack, grants, names]);
  const known = cache.get(key);
  if (known?.tree === tree) return [key, known];
  const made = await build(tree, {
    ...idOf(record),
    ...(head === null ? {} : { head }),
    stacks: new Map([[stack, grants]]),
    taken,
    others: asked,
  });
  return [key, { tree, made }];
}

/** Why a preview stays as it is. */
export const problemOnBranch = (stack: string): string =>
  `the manifest of ${stack} has a problem on the branch, and until that is solved it stays as it is`;

export async function loadCandidates(
  records: Iterable<PullRecord>,
  options: LoadOptions,
): Promise<LoadedCandidates> {
  const { base, trees, limit, nowMs } = options;
  const specs = new Map(base.stacks.map(({ name, preview }) => [name, preview ?? null]));
  const turns = createTurns(limit);
  const stacks = new Map<string, PreviewStack>();
  const refused = new Map<string, Refused[]>();
  const cache = new Map<string, Made>();
  let earlier: Earlier = { taken: base.claims, asked: [], names: [] };
  const refuse = ({ record, stack }: Pick<Candidate, "record" | "stack">, why: string): void => {
    const key = pullKey(record);
    refused.set(key, [...(refused.get(key) ?? []), { stack, why }]);
  };

  const withheld = withheldUp(records, options);
  for (const one of withheld) refuse(one, problemOnBranch(one.stack));
  const isWithheld = ({ record, stack }: Candidate): boolean =>
    withheld.some((one) => one.record === record && one.stack === stack);
  const candidates = candidatesOf(records, (stack) => specs.get(stack) ?? null).filter(
    (candidate) => !isWithheld(candidate),
  );
  for (const candidate of candidates) {
    const { record, stack, untilMs, isUp, spec } = candidate;
    const name = previewName(record, stack);
    const tree = trees.get(pullKey(record));
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
    if (stacks.has(name)) {
      refuse(candidate, `${name} is the name of another preview`);
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
    const from = tree ?? (await options.branchTree());
    const [key, made] = await load(candidate, from, earlier, options);
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
    const { url, headSha } = record;
    stacks.set(name, { stack, desired, problems, ...idOf(record), url, headSha, untilMs });
  }
  const keysOf = (some: readonly Pick<Candidate, "record">[]): ReadonlySet<string> =>
    new Set(some.map(({ record }) => pullKey(record)));
  const wanted = keysOf([...candidates, ...withheld]);
  return { stacks, refused, wanted, withheld: keysOf(withheld), cache };
}
