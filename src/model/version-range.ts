// Ranges of versions as people know them from package managers: `~1.4`, `^2`, `>=1.2 <3`, `1.x || 2.x`. Pure.

export interface Version {
  readonly numbers: readonly [number, number, number];
  /** `rc`, `1` of `2.0.0-rc.1`; empty: a release. */
  readonly pre: readonly string[];
}

const number = "(0|[1-9]\\d{0,8})";
const preParts = "[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*";
const versionPattern = new RegExp(`^v?${number}\\.${number}\\.${number}(?:-(${preParts}))?$`);
const partialPattern = new RegExp(
  `^(>=|<=|>|<|=|~|\\^)?v?(${number}|[xX*])(?:\\.(${number}|[xX*])(?:\\.(${number}|[xX*])(?:-(${preParts}))?)?)?$`,
);

/** Of a whole version, with or without a `v`; null: it is none, such as `1.4` or `latest`. */
export function readVersion(text: string): Version | null {
  const found = versionPattern.exec(text);
  if (found === null) return null;
  const [, major, minor, patch, pre] = found;
  return {
    numbers: [Number(major), Number(minor), Number(patch)],
    pre: pre === undefined ? [] : pre.split("."),
  };
}

function comparePre(one: readonly string[], other: readonly string[]): number {
  // A release comes after what precedes it.
  if (one.length === 0 || other.length === 0) return other.length - one.length;
  for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
    const [left, right] = [one[index], other[index]];
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1;
    if (left === right) continue;
    const [isLeft, isRight] = [/^\d+$/.test(left), /^\d+$/.test(right)];
    if (isLeft && isRight) return Number(left) - Number(right);
    if (isLeft !== isRight) return isLeft ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return 0;
}

export function compareVersions(one: Version, other: Version): number {
  for (const index of [0, 1, 2] as const) {
    const difference = one.numbers[index] - other.numbers[index];
    if (difference !== 0) return difference;
  }
  return comparePre(one.pre, other.pre);
}

interface Bound {
  readonly from: Version | null;
  /** Not in the range itself. */
  readonly to: Version | null;
}

const version = (major: number, minor: number, patch: number, pre: readonly string[] = []) => ({
  numbers: [major, minor, patch] as const,
  pre,
});

/** The first version that is greater than this one in this many of its numbers; its own candidates do not count. */
const above = ([major, minor, patch]: Version["numbers"], places: number): Version =>
  places === 1
    ? version(major + 1, 0, 0, ["0"])
    : places === 2
      ? version(major, minor + 1, 0, ["0"])
      : version(major, minor, patch + 1, ["0"]);

function boundOf(text: string): Bound | null {
  const found = partialPattern.exec(text);
  if (found === null) return null;
  const [, sign = "", ...rest] = found;
  const parts = [rest[0], rest[2], rest[4]];
  const pre = rest[6]?.split(".") ?? [];
  const named = parts.findIndex((part) => part === undefined || /^[xX*]$/.test(part));
  const places = named === -1 ? 3 : named;
  if (places === 0) return sign === "<" || sign === ">" ? null : { from: null, to: null };
  const [major = 0, minor = 0, patch = 0] = parts.slice(0, places).map(Number);
  const low = version(major, minor, patch, pre);
  const isExact = places === 3;
  switch (sign) {
    case "~":
      return { from: low, to: above(low.numbers, Math.min(places, 2)) };
    case "^": {
      const first = low.numbers.slice(0, places).findIndex((one) => one > 0);
      return { from: low, to: above(low.numbers, first === -1 ? places : first + 1) };
    }
    case ">=":
      return { from: low, to: null };
    case ">":
      return {
        from: isExact
          ? version(
              major,
              minor,
              patch + (pre.length > 0 ? 0 : 1),
              pre.length > 0 ? [...pre, "0"] : [],
            )
          : above(low.numbers, places),
        to: null,
      };
    case "<":
      return { from: null, to: isExact ? low : version(major, minor, patch, ["0"]) };
    case "<=":
      return {
        from: null,
        to: isExact && pre.length > 0 ? { ...low, pre: [...pre, "0"] } : above(low.numbers, places),
      };
    default:
      if (isExact && pre.length > 0) return { from: low, to: { ...low, pre: [...pre, "0"] } };
      return { from: low, to: above(low.numbers, places) };
  }
}

/** Whether a version is in the range. */
export type VersionRange = (version: Version) => boolean;

const longest = 200;

/** Null: it is no range. Candidates (`2.0.0-rc.1`) are in it only where it names one of the same three numbers. */
export function readRange(text: string): VersionRange | null {
  if (text.trim() === "" || text.length > longest) return null;
  const ways: { readonly bounds: readonly Bound[]; readonly candidates: ReadonlySet<string> }[] =
    [];
  for (const way of text.split("||")) {
    const words = way
      .replaceAll(/(>=|<=|>|<|=|~|\^)\s+/g, "$1")
      .trim()
      .split(/\s+/);
    const bounds: Bound[] = [];
    const candidates = new Set<string>();
    for (const word of words) {
      const bound = boundOf(word);
      if (bound === null) return null;
      bounds.push(bound);
      const named = readVersion(word.replace(/^[<>=~^]+/, ""));
      if (named !== null && named.pre.length > 0) candidates.add(named.numbers.join("."));
    }
    ways.push({ bounds, candidates });
  }
  return (one) =>
    ways.some(
      ({ bounds, candidates }) =>
        (one.pre.length === 0 || candidates.has(one.numbers.join("."))) &&
        bounds.every(
          ({ from, to }) =>
            (from === null || compareVersions(one, from) >= 0) &&
            (to === null || compareVersions(one, to) < 0),
        ),
    );
}
