// Small helps with words and addresses.

/** `1 stack`, `2 stacks`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

export function shortSha(sha: string): string {
  return /^[0-9a-f]{12,}$/.test(sha) ? sha.slice(0, 7) : sha;
}

/** Only what a browser opens as a page: nothing from a manifest may become a script. */
export function safeUrl(url: string | null | undefined): string | null {
  if (url === null || url === undefined) return null;
  return /^https?:\/\/[^\s]+$/i.test(url) ? url : null;
}

/** `https://zoe.ai.example.com/` as `zoe.ai.example.com`. */
export function bareUrl(url: string): string {
  return url.replace(/^https?:\/\//i, "").replace(/\/$/, "");
}

/** A class list without its empty places. */
export function classes(...names: readonly (string | false | null | undefined)[]): string {
  return names.filter((name) => typeof name === "string" && name !== "").join(" ");
}
