// git's own words turned into one line for people: what happened and what to do. A table, first match
// wins; what it does not know is passed on in git's words, redacted and cut. Pure.
import { CapstanError, type ErrorCode } from "../lib/errors.ts";

export interface FailureContext {
  /** The repository without credentials. */
  readonly url: string;
  readonly branch: string;
  readonly kind: "http" | "ssh" | "git" | "local";
  readonly hasCredentials: boolean;
  readonly redact: (text: string) => string;
  /** What was tried; reading by default. */
  readonly access?: "read" | "write";
}

interface Row {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly says: string | ((context: FailureContext) => string);
  /** Whether a broken mirror could be behind it as well. */
  readonly mayBeMirror?: true;
  readonly hint: (context: FailureContext) => string | undefined;
}

const mayDo = ({ access }: FailureContext): string => (access === "write" ? "write to" : "read");
const loginHint = (context: FailureContext): string => {
  const { kind, hasCredentials } = context;
  if (kind === "ssh") {
    return hasCredentials
      ? `check that the public half of GIT_SSH_KEY_FILE may ${mayDo(context)} the repository`
      : `set GIT_SSH_KEY_FILE to a private key that may ${mayDo(context)} the repository`;
  }
  return hasCredentials
    ? `GIT_TOKEN (or GIT_USERNAME) is wrong, expired or may not ${mayDo(context)} the repository`
    : `set GIT_TOKEN to a token that may ${mayDo(context)} the repository`;
};
const reachHint = (): string => "check that GIT_URL is right and that its host answers from here";
const hostKeyHint = (): string =>
  "add the host's key to GIT_KNOWN_HOSTS_FILE (ssh-keyscan HOST), or remove the old one there or in " +
  "STATE_DIR/known_hosts when the host was really replaced";
const missingHint = ({ kind }: FailureContext): string =>
  kind === "local"
    ? "check that GIT_URL names the folder of a Git repository"
    : "check that GIT_URL is right; some servers also say this when the credentials may not read it";

const rows: readonly Row[] = [
  {
    pattern: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/,
    code: "unauthorised",
    says: "the host's ssh key is not known or has changed",
    hint: hostKeyHint,
  },
  {
    pattern: /UNPROTECTED PRIVATE KEY FILE|bad permissions/,
    code: "unauthorised",
    says: "ssh refuses the key, as other users may read its file",
    hint: () => "chmod 600 the file that GIT_SSH_KEY_FILE names",
  },
  {
    pattern: /Identity file .* not accessible|Load key .*(?:invalid format|error in libcrypto)/,
    code: "unauthorised",
    says: "the ssh key's file cannot be read or is not a private key",
    hint: () => "check that GIT_SSH_KEY_FILE names a private key without a passphrase",
  },
  {
    pattern:
      /could not read (?:Username|Password)|Authentication failed|error: 401|Permission denied \(|HTTP Basic: Access denied|Invalid username or/i,
    code: "unauthorised",
    says: "the server refused the credentials",
    hint: loginHint,
  },
  {
    pattern:
      /error: 403|Permission to .* denied|access denied|not authori[sz]ed|marked as read only|not allowed to (?:push|upload)/i,
    code: "forbidden",
    says: (context) =>
      context.hasCredentials
        ? `the server knows the credentials, and they may not ${mayDo(context)} this repository`
        : `the server lets nobody ${mayDo(context)} this repository without credentials`,
    hint: loginHint,
  },
  {
    pattern: /detected dubious ownership/,
    code: "forbidden",
    says: "the folder belongs to another user",
    hint: () => "run Capstan as that user, or chown the repository",
  },
  {
    pattern: /couldn't find remote ref/,
    code: "not-found",
    says: "the branch is gone",
    hint: ({ branch }) => `push the branch ${branch}, or set GIT_BRANCH`,
  },
  {
    pattern: /error: 429/,
    code: "rate-limited",
    says: "the server asks for fewer requests",
    hint: () => "use a webhook and a slower POLL_SCHEDULE",
  },
  {
    pattern: /error: 30[1278]/,
    code: "unavailable",
    says: "the server redirects to another address, and credentials are not sent there",
    hint: () => "set GIT_URL to the repository's final address (often it ends in .git)",
  },
  {
    pattern: /Proxy CONNECT|CONNECT tunnel failed|proxy authentication/i,
    code: "unavailable",
    says: "the proxy does not let it through",
    hint: () => "check the address and login in HTTPS_PROXY (or HTTP_PROXY), and NO_PROXY",
  },
  {
    pattern: /SSL|certificate|TLS/,
    code: "unavailable",
    says: "the server's certificate cannot be verified",
    hint: () => "for a certificate authority of your own set CA_FILE to its certificate",
  },
  {
    pattern: /Could not resolve (?:host|proxy)/,
    code: "unavailable",
    says: "its host name cannot be resolved",
    hint: reachHint,
  },
  {
    pattern:
      /Failed to connect|Couldn't connect|Connection (?:refused|timed out|reset|closed)|unable to connect|No route to host|Network is unreachable|Empty reply|Operation too slow|timed out|Recv failure|error: 5\d\d/,
    code: "unavailable",
    says: "its host does not answer as a Git server",
    hint: reachHint,
  },
  {
    pattern: /early EOF|hung up unexpectedly|unexpected disconnect/,
    code: "unavailable",
    says: "the transfer broke off",
    mayBeMirror: true,
    hint: reachHint,
  },
  {
    pattern:
      /repository .* not found|Repository not found|does not appear to be a git repository|does not exist|error: 404|not valid: is this a git repository/i,
    code: "not-found",
    says: "there is no such repository",
    hint: missingHint,
  },
  {
    pattern: /transport '.*' not allowed|protocol '.*' is not supported/,
    code: "invalid",
    says: "its transport is not supported",
    hint: () => "use https, ssh or a folder",
  },
  {
    pattern:
      /No space left on device|Read-only file system|unable to create temporary file|cannot mkdir|insufficient permission for adding/i,
    code: "unavailable",
    says: "the mirror in STATE_DIR cannot be written",
    hint: () => "check that STATE_DIR is writable and its disk is not full",
  },
];

export interface Failure {
  readonly error: CapstanError;
  /** Whether a new mirror may do what this one could not. */
  readonly mayBeMirror: boolean;
}

/** Why a git command failed, from its standard error. */
export function explainFailure(stderr: string, context: FailureContext): Failure {
  // What stands in quotes is an address or a path: its words tell nothing.
  const words = stderr.replaceAll(/'[^'\n]*'/g, "''");
  const row = rows.find(({ pattern }) => pattern.test(words));
  const known = typeof row?.says === "function" ? row.says(context) : row?.says;
  const told = known ?? (lastWords(context.redact(stderr)) || "git failed and did not say why");
  const hint = row === undefined ? "try the same with git by hand" : row.hint(context);
  const code = row?.code ?? "unavailable";
  const tried = context.access === "write" ? "written to" : "read";
  const error = new CapstanError(code, `${context.url} cannot be ${tried}: ${told}`, {
    ...(hint === undefined ? {} : { hint }),
  });
  return { error, mayBeMirror: row === undefined || row.mayBeMirror === true };
}

/** The last line that says what is wrong; git's advice after it is left out. */
export function lastWords(stderr: string): string {
  const lines = stderr
    .split(/[\r\n]+/)

    .map((line) => line.replaceAll(/[\u0000-\u001f\u007f]/g, " ").trim())
    .filter((line) => line !== "" && !line.startsWith("hint:"));
  const telling = lines.filter((line) => /^(?:remote: )?(?:fatal|error)\b/i.test(line));
  const line = telling.at(-1) ?? lines.at(-1) ?? "";
  return line.replace(/^(?:remote: )?(?:fatal|error):\s*/i, "").slice(0, 300);
}
