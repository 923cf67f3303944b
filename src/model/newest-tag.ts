// Which of a repository's tags an image policy chooses. Pure.
import { compareVersions, readRange, readVersion } from "./version-range.ts";

/** `semver`: versions in a range. `pattern`: tags of one shape, where `*` is any text, sorted with numbers by value. */
export type TagPolicy =
  | { readonly follow: "semver"; readonly range: string }
  | { readonly follow: "pattern"; readonly pattern: string };

/** In linear time, whatever the pattern is. */
export function fitsPattern(pattern: string, tag: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return tag === pattern;
  if (!tag.startsWith(first) || tag.length < first.length + last.length) return false;
  if (!tag.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = tag.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= tag.length - last.length;
}

const parts = (tag: string): readonly string[] => tag.match(/\d+|\D+/g) ?? [];
const isNumber = (text: string): boolean => /^\d/.test(text);

/** `build-9` before `build-10`. */
export function compareTags(one: string, other: string): number {
  const [left, right] = [parts(one), parts(other)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const [a, b] = [left[index], right[index]];
    if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
    if (isNumber(a) && isNumber(b)) {
      const [x, y] = [BigInt(a), BigInt(b)];
      if (x !== y) return x < y ? -1 : 1;
    } else if (a !== b) return a < b ? -1 : 1;
  }
  return 0;
}

function newestVersion(range: string, current: string, tags: readonly string[]): string | null {
  const isIn = readRange(range);
  if (isIn === null) return null;
  let newest = readVersion(current);
  let found: string | null = null;
  // Of two spellings of one version, the one that is written as the present one is.
  const isLike = (tag: string): boolean => tag.startsWith("v") === current.startsWith("v");
  for (const tag of [...tags].sort((a, b) => Number(isLike(b)) - Number(isLike(a)))) {
    const version = readVersion(tag);
    if (version === null || !isIn(version)) continue;
    if (newest !== null && compareVersions(version, newest) <= 0) continue;
    newest = version;
    found = tag;
  }
  return found;
}

/** The newest tag that the policy allows and that is newer than the present one; null: there is none. */
export function newestTag(
  policy: TagPolicy,
  current: string,
  tags: readonly string[],
): string | null {
  if (policy.follow === "semver") return newestVersion(policy.range, current, tags);
  const { pattern } = policy;
  const isComparable = fitsPattern(pattern, current);
  const fitting = tags.filter((tag) => fitsPattern(pattern, tag));
  const newest = fitting.reduce<string | null>(
    (best, tag) => (best === null || compareTags(tag, best) > 0 ? tag : best),
    isComparable ? current : null,
  );
  return newest === current ? null : newest;
}
