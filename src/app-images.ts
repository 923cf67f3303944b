// Newer images that a running controller proposes in Git: through the Git host, or as commits that are pushed.
import type { ForgeDeps } from "./app-forge.ts";
import { maskedProposal } from "./engine/checks/masked-plan.ts";
import type { Engine } from "./engine/engine.ts";
import { createProposed } from "./engine/images/proposed.ts";
import { startImageProposer } from "./engine/images/proposer.ts";
import type { ImageProposer } from "./engine/images/proposer.ts";
import { createMemory } from "./engine/memory/memory.ts";
import type { Committer, Forge } from "./ports-forge.ts";
import type { Registry } from "./ports-registry.ts";
import type { Source } from "./ports.ts";
import type { Store } from "./ports-store.ts";

export interface ImageParts extends Pick<
  ForgeDeps,
  "config" | "hasher" | "redactor" | "clock" | "logger"
> {
  readonly store: Pick<Store, "memos" | "saveMemo" | "removeMemo">;
  readonly engine: Engine;
  readonly source: Source;
  readonly registry: Registry;
  readonly forge: Forge | null;
  readonly committer: Committer;
}

/** Begins to look. */
export function openImages(parts: ImageParts): ImageProposer {
  const { config, store, hasher, redactor, clock, logger, committer } = parts;
  const redact = (text: string): string => redactor.redact(text);
  return startImageProposer({
    ...{ engine: parts.engine, source: parts.source, registry: parts.registry },
    ...{ forge: parts.forge, committer, clock, redact },
    base: config.branch,
    instance: config.instance,
    digest: (text) => hasher.mac(text),
    proposed: createProposed(createMemory(store, clock)),
    mask: (plan) => maskedProposal(plan, redact),
    say: (level, message) => {
      logger[level]({ what: redact(message) }, "newer images");
    },
    intervalMs: config.followIntervalMs,
  });
}
