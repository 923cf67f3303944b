// The same value with every text in it changed: to take secrets out of data before it leaves the process.

/**
 * Texts under a key in `keep` stay: words of a closed list, by which programs decide. Longer lists are cut at
 * `mostItems` (P7).
 */
export function mapTexts<T>(
  value: T,
  change: (text: string) => string,
  keep: ReadonlySet<string>,
  mostItems = Infinity,
): T {
  const map = (one: unknown, key: string): unknown => {
    if (typeof one === "string") return keep.has(key) ? one : change(one);
    if (Array.isArray(one)) return one.slice(0, mostItems).map((item) => map(item, key));
    if (typeof one !== "object" || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([name, item]) => [name, map(item, name)]));
  };
  return map(value, "") as T;
}
