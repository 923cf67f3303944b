// What one place of a stack runs, proposed for the next one in Git: with the plan in it, as a pull request.
import { loadManifests } from "../../manifest/load.ts";
import { createLoadMemory } from "../../manifest/load-memory.ts";
import type { LoadMemory } from "../../manifest/load-memory.ts";
import { promote } from "../../manifest/promote.ts";
import type { Promotion, PromotionAsked } from "../../manifest/promote.ts";
import { CapstanError } from "../../lib/errors.ts";
import type { Person } from "../../model/person.ts";
import type { PortalDeps } from "./deps.ts";
import { createManifests } from "./manifests.ts";
import type { OpenedProposal, Proposals } from "./proposals.ts";

export interface Promoted {
  readonly promotion: Promotion;
  /** Null: there is nothing to do, or nothing was to be opened. */
  readonly opened: OpenedProposal | null;
}

export interface Promotions {
  /**
   * Opens a pull request, where anything is to be changed and `dryRun` is false. Throws as `promote` and
   * `Proposals.propose` do.
   */
  promote(asked: PromotionAsked & { readonly dryRun: boolean }, person: Person): Promise<Promoted>;
}

/** Stands in for each secret: what holds one is not promoted, and two of them differ. */
const standIn = (name: string): string => `a-value-that-is-not-read-here-${name}`;

function titleOf({ stack, to }: PromotionAsked, { written }: Promotion): string {
  const images = written.filter(({ path, observed }) => path === "image" && observed !== null);
  const [first] = images;
  const what = images.length === 1 && first?.observed ? `: ${first.observed}` : "";
  return `Promote ${stack} to ${to}${what}`.slice(0, 200);
}

function reasonOf({ from }: PromotionAsked, { written, left }: Promotion): string {
  const lines = written.map(
    ({ service, path, wanted, observed }) =>
      `- \`${service}\` ${path}: ${wanted ?? "(nothing)"} → ${observed ?? "(nothing)"}`,
  );
  const others = left.map(({ service, path }) => `\`${service}\` ${path}`);
  const rest = others.length === 0 ? [] : ["", `Also different, and left: ${others.join(", ")}`];
  return [`What runs in ${from}:`, "", ...lines, ...rest].join("\n").slice(0, 5_000);
}

export function createPromotions(deps: PortalDeps, proposals: Proposals): Promotions {
  const manifests = createManifests(deps);
  const { dokploys, stacksPath: root, variables, reservedNames, hasher } = deps.manifests;
  const memories = new Map<string, LoadMemory>();
  const memoryOf = (dokploy: string): LoadMemory => {
    const memory = memories.get(dokploy) ?? createLoadMemory();
    memories.set(dokploy, memory);
    return memory;
  };

  return {
    async promote({ dryRun, ...asked }, person) {
      const tree = await manifests.tree();
      const promotion = promote({
        asked,
        tree,
        dokploys: dokploys === undefined || dokploys.names.length < 2 ? null : dokploys,
        load: (files, own) =>
          loadManifests({
            ...{ tree: files, root, variables, reservedNames, hasher, secret: standIn },
            ...(dokploys === undefined ? {} : { dokploys: { ...dokploys, own } }),
            memory: memoryOf(own),
          }),
      });
      const { text, was, path, written, unwritten } = promotion;
      const [first] = unwritten;
      if (written.length === 0 && first !== undefined) {
        const what = `${first.path} of ${first.service} cannot be promoted: ${first.why}`;
        throw new CapstanError("conflict", what, { hint: "edit the manifest" });
      }
      if (dryRun || text === was) return { promotion, opened: null };
      const opened = await proposals.propose(
        {
          ...{ manifest: text, path },
          title: titleOf(asked, promotion),
          reason: reasonOf(asked, promotion),
        },
        person,
      );
      return { promotion, opened };
    },
  };
}
