// What differs between kinds of services in a manifest.
import type { z } from "zod";
import type { DesiredService, Place } from "../../model/desired.ts";
import type { WorkloadManifest } from "../../model/manifest-workload.ts";
import type { Configured, ManagedKind } from "../../model/specs.ts";
import type { OwnClaim } from "../claims.ts";
import type { Reading } from "../compose/read.ts";
import type { ServiceAsked } from "../policy/asked.ts";
import type { AskedJob } from "../rollout-job.ts";
import type { FileContents, rolloutOf, ServiceIdentity } from "../service.ts";
import type { Tell } from "../tell.ts";
import type { Path } from "../tree.ts";

/** What all kinds of manifests have in common. */
export type AnyManifest = Pick<WorkloadManifest, "description" | "env" | "mounts" | "ignore"> & {
  readonly server?: string | undefined;
  readonly adopt?: string | undefined;
  readonly rollout: Parameters<typeof rolloutOf>[0];
  /** Of services that run from images. */
  readonly aliases?: readonly string[];
};

/** What a kind reads beside its manifest. */
export interface AnyRead {
  readonly claims: readonly OwnClaim[];
  /** Where something stands in what was read. */
  readonly placeOf: (path: Path, on?: "key") => Place;
}

/** `Manifest`: a service of one section, as its schema has it. */
export interface ManifestKind<
  Manifest extends AnyManifest,
  Kind extends ManagedKind = ManagedKind,
  Read extends AnyRead = AnyRead,
> {
  readonly schema: z.ZodType<Manifest>;
  /** Stands for fields that are wrong, or required and missing, so that the rest of the manifest can be checked. */
  readonly placeholders: (gone: ReadonlySet<string>) => Readonly<Record<string, unknown>>;
  readonly kindOf: (manifest: Manifest) => Kind;
  /** The manifest without what needs fields that were taken away as wrong. */
  readonly withoutProbe: (manifest: Manifest) => Manifest;
  /** Rules of this kind alone. */
  readonly check: (manifest: Manifest, tell: Tell) => void;
  /** Of a kind that reads more than its manifest: what that is; null where it has problems, which are told. */
  readonly read?: (manifest: Manifest, reading: Reading) => Read | null;
  readonly configured: (
    manifest: Manifest,
    identity: ServiceIdentity,
    files: FileContents,
    read: Read | null,
  ) => Extract<Configured, { readonly kind: Kind }>;
  /** Of a kind that may have a command run before each rollout: what that is; null where none is asked for. */
  readonly job?: (
    manifest: Manifest,
    configured: Extract<Configured, { readonly kind: Kind }>,
  ) => AskedJob | null;
  /**
   * The field (as in model/fields) that a secret at a path of the manifest makes secret; null where the value is shown
   * in the open and must not hold one. `manifest` null: it has problems.
   */
  readonly secretField: (manifest: Manifest | null, path: Path) => string | null;
  /** What policies judge of it, apart from its kind, its server, and the secrets and variables that it names. */
  readonly asks: (
    manifest: Manifest,
    configured: Extract<Configured, { readonly kind: Kind }>,
  ) => ServiceAsked;
  readonly keeping: (
    manifest: Manifest,
    read: Read | null,
  ) => Pick<
    DesiredService,
    "deletionPolicy" | "allowDataLoss" | "follows" | "watchPaths" | "imagePolicy" | "dns"
  >;
}
