// A repository's address taken apart: what git is given, what people are shown, and the credentials
// that were written inside it, which go to neither. Pure.
import { CapstanError } from "../lib/errors.ts";

export type GitAddress =
  | {
      readonly kind: "http";
      /** Without credentials: what git is given and people are shown. */
      readonly url: string;
      /** Whether what is sent can be read on the way. */
      readonly plain: boolean;
      readonly username: string | null;
      readonly password: string | null;
    }
  | { readonly kind: "ssh"; readonly url: string; readonly password: string | null }
  | { readonly kind: "git"; readonly url: string }
  | { readonly kind: "local"; readonly url: string; readonly folder: string };

const scheme = /^([a-z][a-z0-9+.-]*):\/\//i;
/** `git@host:path`: a colon before the first slash. */
const scpLike = /^(?:([^/]*)@)?([^/:@]+):(.+)$/s;

function refuse(what: string, hint: string): CapstanError {
  return new CapstanError("invalid", `the repository's address ${what}`, { hint });
}

const examples =
  "give https://host/group/name.git, ssh://git@host/group/name.git, git@host:group/name.git or a folder";

/**
 * Throws `invalid` for what is no address of a repository or names a transport that runs programs. The
 * address itself is in no error, as it may hold a password. `absolute` makes a folder's path absolute.
 */
export function parseAddress(text: string, absolute: (path: string) => string): GitAddress {
  if (
    text === "" ||
    text.startsWith("-") ||
    /[\u0000-\u0020\u007f]/.test(text.replaceAll(" ", ""))
  ) {
    throw refuse("is empty, begins with a hyphen or holds control characters", examples);
  }
  const protocol = scheme.exec(text)?.[1]?.toLowerCase();
  if (protocol !== undefined) return parseUrl(text, protocol, absolute);
  if (/^[a-z][a-z0-9+.-]*::/i.test(text)) throw refuse("names a transport helper", examples);
  const scp = scpLike.exec(text);
  if (scp !== null) {
    const [, user, host, path] = scp;
    if (user?.includes(":")) throw refuse("holds a password that ssh cannot use", examples);
    if (host?.startsWith("-")) throw refuse("has a host that begins with a hyphen", examples);
    return {
      kind: "ssh",
      url: `${user === undefined ? "" : `${user}@`}${host ?? ""}:${path ?? ""}`,
      password: null,
    };
  }
  const folder = absolute(text);
  return { kind: "local", url: folder, folder };
}

function parseUrl(text: string, protocol: string, absolute: (path: string) => string): GitAddress {
  const url = URL.parse(text);
  if (url === null) throw refuse("is not a URL", examples);
  if (url.search !== "" || url.hash !== "") {
    throw refuse("has a query or a fragment", "leave out what follows the ? or #");
  }
  const username = decode(url.username);
  const password = decode(url.password);
  url.password = "";
  switch (protocol) {
    case "http":
    case "https":
      url.username = "";
      return { kind: "http", url: url.href, plain: protocol === "http", username, password };
    case "ssh":
    case "git+ssh":
    case "ssh+git":
      return { kind: "ssh", url: url.href, password };
    case "git":
      url.username = "";
      return { kind: "git", url: url.href };
    case "file": {
      const folder = absolute(decode(url.pathname) ?? "/");
      return { kind: "local", url: folder, folder };
    }
    default:
      throw refuse("has a scheme that is not supported", examples);
  }
}

function decode(text: string): string | null {
  if (text === "") return null;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * The branch's name as it is. Throws `invalid` for what git would not take as a branch: the rules of
 * `git check-ref-format`.
 */
export function checkBranch(branch: string): string {
  if (isWrongName(branch)) {
    throw new CapstanError("invalid", `${JSON.stringify(branch)} is not the name of a branch`, {
      hint: "set GIT_BRANCH to a branch's name, such as main",
    });
  }
  return branch;
}

function isWrongName(name: string): boolean {
  return (
    name === "" ||
    name === "@" ||
    name.startsWith("-") ||
    name.endsWith(".") ||
    /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{/.test(name) ||
    name.split("/").some((part) => part === "" || part.startsWith(".") || part.endsWith(".lock"))
  );
}

/** A ref's whole name as it is: `refs/pull/7/head`. Throws `invalid` for what git would not take as one. */
export function checkRef(ref: string): string {
  if (!ref.startsWith("refs/") || isWrongName(ref)) {
    throw new CapstanError("invalid", `${JSON.stringify(ref)} is not the name of a ref`, {
      hint: "give its whole name, such as refs/pull/7/head",
    });
  }
  return ref;
}

/** `stacks` of `./stacks/`; empty for the whole repository. Throws `invalid` when it leads outside. */
export function checkPath(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..") || path.includes("\0")) {
    throw new CapstanError("invalid", `${JSON.stringify(path)} leads out of the repository`, {
      hint: "set STACKS_PATH to a folder of the repository, such as stacks",
    });
  }
  return parts.join("/");
}
