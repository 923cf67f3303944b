// Ranges of versions as people know them from package managers: `~1.4`, `^2`, `>=1.2 <3`, `1.x || 2.x`. Pure.
import semver from "semver";
import type { SemVer } from "semver";

export type Version = SemVer;

/** Of a whole version, with or without a `v`; null: it is none, such as `1.4` or `latest`. */
export function readVersion(text: string): Version | null {
  return semver.parse(text);
}

/** As `sort` wants it; a candidate (`2.0.0-rc.1`) comes before its release. */
export function compareVersions(one: Version, other: Version): number {
  return semver.compare(one, other);
}

/** Whether a version is in the range. */
export type VersionRange = (version: Version) => boolean;

const longest = 200;

/** Null: it is no range. Candidates (`2.0.0-rc.1`) are in it only where it names one of the same three numbers. */
export function readRange(text: string): VersionRange | null {
  // The library takes nothing at all for everything; whoever means that can write `*`.
  if (text.trim() === "" || text.length > longest || semver.validRange(text) === null) return null;
  const range = new semver.Range(text);
  // No version is in it, as in `>x`.
  if (semver.minVersion(range) === null) return null;
  return (version) => range.test(version);
}
