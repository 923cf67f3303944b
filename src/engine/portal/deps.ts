// What the portal's parts are given.
import type { Clock } from "../../lib/clock.ts";
import type { Forge } from "../../ports-forge.ts";
import type { DeploymentStore, StackChecks } from "../../ports-portal.ts";
import type { CheckStore } from "../../ports-forge.ts";
import type { Source } from "../../ports.ts";
import type { Store } from "../../ports-store.ts";
import type { Tell } from "../../ports-telemetry.ts";
import type { ManifestOptions } from "../state/load-tree.ts";
import type { Engine } from "../engine.ts";
import type { GitChanges } from "./git-changes.ts";

export interface PortalSettings {
  readonly title: string;
  /** The template of people's stacks; operators may name others. */
  readonly template: string;
  readonly mode: "commit" | "pull-request";
  /** The folder of new manifests, below the stacks' path. */
  readonly path: string;
  /** Stacks that one person may have; null: any number. */
  readonly quota: number | null;
  /** Where people get help: an address or a sentence; null: nobody is named. */
  readonly contact: string | null;
}

export interface PortalDeps {
  readonly engine: Pick<
    Engine,
    | "state"
    | "loaded"
    | "preview"
    | "proposal"
    | "projects"
    | "leftVolumes"
    | "stacks"
    | "redeploy"
    | "poke"
    | "onAnyEvent"
  >;
  readonly source: Pick<Source, "read">;
  readonly store: DeploymentStore &
    StackChecks &
    Pick<CheckStore, "checks"> &
    Pick<Store, "events">;
  readonly changes: GitChanges;
  /** Where pull requests are looked up; null without a Git host. */
  readonly forge: Pick<Forge, "pull"> | null;
  readonly clock: Clock;
  /** At least 16 random bytes as text: whoever knows a deployment's id may follow it. */
  readonly randomId: () => string;
  readonly manifests: Pick<
    ManifestOptions,
    "stacksPath" | "variables" | "reservedNames" | "hasher" | "dokploys"
  >;
  readonly settings: PortalSettings;
  readonly tell?: Tell;
}
