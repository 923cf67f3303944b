// Which versions of Dokploy Capstan writes to: the one that it was tried with, those whose own description takes all
// that Capstan sends, and one that a person vouches for.

/** What the recordings were made with. */
export const triedVersion = "0.30.2";

/** From here on the descriptions were compared and nothing that Capstan sends differed. */
const oldestDescribed = "0.29.14";

export const bareVersion = (text: string): string => text.trim().replace(/^v/i, "");

function partsOf(version: string): readonly number[] | null {
  const parts = bareVersion(version).split(".");
  return parts.length === 3 && parts.every((part) => /^\d{1,6}$/.test(part))
    ? parts.map(Number)
    : null;
}

/** Whether its own description may decide: of the same major version, and not older than what was compared. */
export function mayDescribeItself(version: string): boolean {
  const [is, oldest] = [partsOf(version), partsOf(oldestDescribed)];
  if (is === null || oldest === null || is[0] !== oldest[0]) return false;
  for (const [index, part] of is.entries()) {
    const other = oldest[index] ?? 0;
    if (part !== other) return part > other;
  }
  return true;
}

export interface VersionVerdict {
  readonly supported: boolean;
  /** Why writes are allowed or not: a clause after the version. */
  readonly verdict: string;
  readonly isTried: boolean;
}

const vouch = (version: string): string =>
  `set DOKPLOY_ACCEPT_VERSION=${bareVersion(version)} to allow writes`;

/** `differences` null: its description was not asked for, or could not be had. */
export function judgeVersion(
  version: string,
  accepted: string | null,
  differences: readonly string[] | null,
): VersionVerdict {
  if (bareVersion(version) === triedVersion) {
    return { supported: true, verdict: "Capstan was tried with it", isTried: true };
  }
  const other = untriedVerdict(version, accepted, differences);
  return { ...other, isTried: false };
}

function untriedVerdict(
  version: string,
  accepted: string | null,
  differences: readonly string[] | null,
): Omit<VersionVerdict, "isTried"> {
  if (accepted !== null && bareVersion(version) === bareVersion(accepted)) {
    return { supported: true, verdict: "accepted with DOKPLOY_ACCEPT_VERSION" };
  }
  if (!mayDescribeItself(version)) {
    return {
      supported: false,
      verdict: `Capstan was not tried with it and writes nothing to it; ${vouch(version)}`,
    };
  }
  if (differences === null) {
    return {
      supported: false,
      verdict: `it does not describe its API, so Capstan writes nothing to it; ${vouch(version)}`,
    };
  }
  if (differences.length > 0) {
    const shown = differences.slice(0, 3).join(", ");
    const more = differences.length > 3 ? `, and ${differences.length - 3} more` : "";
    return {
      supported: false,
      verdict: `its API differs from what Capstan sends (${shown}${more}), so Capstan writes nothing to it; ${vouch(version)}`,
    };
  }
  return { supported: true, verdict: "its API takes all that Capstan sends" };
}
