// What people may ask of Capstan in a comment on a pull request. Pure.

export type CommentCommand =
  | { readonly name: "plan" }
  | { readonly name: "preview" }
  | { readonly name: "preview-stop" }
  | { readonly name: "approve-prune"; readonly digest: string };

const approve = /^approve-prune\s+`?([0-9a-f]{8,64})`?$/i;

/** The command that a comment's first line is; null for what is said to people. */
export function commentCommand(body: string): CommentCommand | null {
  const [line = ""] = body.trim().split(/\r?\n/, 1);
  const words = /^`{0,3}\s*\/?@?capstan\s+(.*?)\s*`{0,3}$/i.exec(line.trim())?.[1] ?? null;
  if (words === null) return null;
  if (/^plan$/i.test(words)) return { name: "plan" };
  if (/^preview$/i.test(words)) return { name: "preview" };
  if (/^preview\s+stop$/i.test(words)) return { name: "preview-stop" };
  const digest = approve.exec(words)?.[1];
  return digest === undefined ? null : { name: "approve-prune", digest: digest.toLowerCase() };
}
