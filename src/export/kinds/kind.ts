// What a manifest says for a service as it is: the inverse of manifest/kinds. One function a field of the spec, complete by
// the compiler; what has its default is left out.
import type { Section } from "../../model/manifest.ts";
import type { MountSpec, VolumeBackupSpec } from "../../model/specs.ts";

/** Keys of a manifest with plain values. */
export type Body = Readonly<Record<string, unknown>>;

/** Which service it is, as far as names are made of that. */
export interface Naming {
  readonly stack: string;
  readonly environment: string;
  readonly service: string;
}

/** For each field of a spec, what is said of it. */
export type Said<Spec> = {
  readonly [Field in keyof Spec]-?: (spec: Spec, naming: Naming) => Body;
};

export interface ExportKind<Spec> {
  readonly section: Section;
  /** The manifest's keys in the order in which people write them. */
  readonly order: readonly string[];
  readonly said: Said<Spec>;
  /** What else its section needs to know which kind it is. */
  readonly head: Body;
}

/** A key with a value, unless that is null or the default. */
export function say(key: string, value: unknown, fallback: unknown = null): Body {
  return value === null || value === undefined || same(value, fallback) ? {} : { [key]: value };
}

/** A key with a map, unless nothing is in it. */
export function sayAll(key: string, values: Body): Body {
  return Object.keys(values).length === 0 ? {} : { [key]: values };
}

/** A key with a list, unless it is empty. */
export function sayList(key: string, values: readonly unknown[]): Body {
  return values.length === 0 ? {} : { [key]: values };
}

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** Where the volume of a backup is mounted; undefined where no mount has it. */
export function mountsVolume(
  mounts: readonly MountSpec[],
  volume: VolumeBackupSpec["volume"],
): boolean {
  return mounts.some((mount) => mount.type === "volume" && mount.volume === volume);
}
