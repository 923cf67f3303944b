// Where a browser goes after signing in: a path of this server and nowhere else (no open redirect).

const longestPath = 2_000;
/** Going back to these would sign people in or out once more. */
const signInPaths = /^\/(?:sign-in|sign-out|auth)(?:[/?#]|$)/;

/** The path as it is safe to redirect to; `/` for anything else. */
export function returnPath(to: string | null | undefined): string {
  if (to === null || to === undefined || to.length > longestPath) return "/";
  // Browsers read a backslash as a slash, and drop tabs and line ends.
  if (!to.startsWith("/") || /[\\\p{Cc}]/u.test(to)) return "/";
  const base = "http://capstan.invalid";
  const url = URL.parse(to, base);
  if (url?.origin !== base) return "/";
  const path = `${url.pathname}${url.search}${url.hash}`;
  // `/.//host` has become `//host`.
  return path.startsWith("//") || signInPaths.test(path) ? "/" : path;
}
