// The portal of a running controller: it commits through the Git host's API, or through git push where there
// is none. A folder has no portal, as nothing can be committed to it.
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import type { ForgeDeps } from "./app-forge.ts";
import { openImages } from "./app-images.ts";
import { createGitChanges } from "./engine/portal/git-changes.ts";
import { hindranceOf } from "./engine/portal/hindrance.ts";
import type { Hindrance } from "./engine/portal/hindrance.ts";
import { createPortal } from "./engine/portal/portal.ts";
import type { Portal } from "./engine/portal/portal.ts";
import { createPromotions } from "./engine/portal/promotions.ts";
import type { Promotions } from "./engine/portal/promotions.ts";
import { createProposals } from "./engine/portal/proposals.ts";
import type { Proposals } from "./engine/portal/proposals.ts";
import type { PortalDeps } from "./engine/portal/deps.ts";
import type { Engine } from "./engine/engine.ts";
import type { DokployView } from "./model/dokploys.ts";
import { createGitCommitter } from "./git/git-committer.ts";
import type { ImageProposer } from "./engine/images/proposer.ts";
import type { GitCommitterOptions } from "./git/git-committer.ts";
import type { CheckStore, Forge } from "./ports-forge.ts";
import type { DeploymentStore, StackChecks } from "./ports-portal.ts";
import type { Registry } from "./ports-registry.ts";
import type { Source } from "./ports.ts";
import type { Store } from "./ports-store.ts";
import type { Tell } from "./ports-telemetry.ts";

export interface PortalParts extends Omit<ForgeDeps, "store"> {
  readonly store: DeploymentStore & StackChecks & CheckStore & Store;
  readonly engine: Engine;
  readonly source: Source;
  readonly registry: Registry;
  /** Null: commits are pushed. */
  readonly forge: Forge | null;
  readonly repository: Pick<GitCommitterOptions, "url" | "credentials">;
  readonly folder: string;
  readonly stacksPath: string;
  readonly tell: Tell;
  /** Whose stacks are whose. */
  readonly dokploys: DokployView;
  /** Whether what the portal makes is on this Dokploy; otherwise there is none, and newer images are proposed. */
  readonly isPortals: boolean;
}

/** What writes to Git; null for a folder, in a dry run and in a single pass. */
export interface PortalSide {
  readonly portal: Portal | null;
  readonly proposals: Proposals | null;
  readonly promotions: Promotions | null;
  readonly images: ImageProposer | null;
  /** What keeps the portal from making stacks; null: nothing does. */
  readonly hindrance: () => Promise<Hindrance | null>;
}

export const noPortal: UnitPortalSide = {
  portal: null,
  proposals: null,
  promotions: null,
  images: null,
  hindrance: async () => null,
  inGit: () => ({ proposals: null, promotions: null }),
};

/** Of one unit: what concerns all of Git is made once the engine of all of them is there. */
export interface UnitPortalSide extends PortalSide {
  readonly inGit: (engine: Engine) => Pick<PortalSide, "proposals" | "promotions">;
}

/** `add` remembers how something that was opened is closed. */
export function openPortal(
  parts: PortalParts,
  add: (close: () => Promise<void> | void) => void,
): UnitPortalSide {
  const { config, clock, random, logger, forge, repository } = parts;
  const pusher = createGitCommitter({
    ...repository,
    stateDir: resolve(parts.folder, config.stateDir),
    clock,
    random,
    logger,
  });
  add(() => pusher.close());
  const { portal: settings, branch } = config;
  const committer = forge ?? pusher;
  const changes = createGitChanges({ committer, forge, mode: settings.mode, branch });
  const deps: PortalDeps = {
    engine: parts.engine,
    source: parts.source,
    store: parts.store,
    changes,
    forge,
    clock,
    randomId: () => randomBytes(18).toString("base64url"),
    manifests: {
      stacksPath: parts.stacksPath,
      variables: config.variables,
      reservedNames: config.reservedNames,
      hasher: parts.hasher,
      dokploys: parts.dokploys,
    },
    settings,
    tell: parts.tell,
  };
  const images = openImages({ ...parts, committer });
  add(() => images.stop());
  if (!parts.isPortals) return { ...noPortal, images };
  const portal = createPortal(deps);
  add(() => {
    portal.close();
  });
  return {
    ...noPortal,
    ...{ portal, images, hindrance: () => hindranceOf(deps) },
    inGit(engine) {
      const ofAll = { ...deps, engine };
      const proposals = createProposals(ofAll);
      return { proposals, promotions: createPromotions(ofAll, proposals) };
    },
  };
}
