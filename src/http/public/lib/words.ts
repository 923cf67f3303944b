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

/** The dashboard's page of a stack. */
export function dashboardPath(stack: string): string {
  return `/stacks/${encodeURIComponent(stack)}`;
}

/** A class list without its empty places. */
export function classes(...names: readonly (string | false | null | undefined)[]): string {
  return names.filter((name) => typeof name === "string" && name !== "").join(" ");
}

/** Words that sentences of the API begin with. Names that stand first keep their small letters. */
const openers =
  /^(?:a|all|an|another|as|at|by|for|from|in|it|its|no|nobody|not|nothing|one|only|sign|somebody|the|their|there|these|they|this|those|to|too|use|what|when|while|with|without|you|your)\b/;

/** A text of the API as a sentence of a page: with a capital letter and an end. */
export function sentence(text: string): string {
  const begun = openers.test(text) ? text.slice(0, 1).toUpperCase() + text.slice(1) : text;
  return /[.!?…:]$/.test(begun) || begun === "" ? begun : `${begun}.`;
}

/** A sentence that begins with this name keeps the small letters that the name is written in. */
export function keepingName(text: string, name: string): string {
  const isFirst = text.toLowerCase().startsWith(`${name} `);
  return isFirst ? `${name}${text.slice(name.length)}` : text;
}
