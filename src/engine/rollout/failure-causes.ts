// Whose failure a failed deployment is, told by docker's, git's and Dokploy's words: the platform's, which passes
// by itself and counts as no attempt (W7b), or the image's or build's, which stays until somebody changes it.
// Pure, one table: the first row that matches decides.

export type FailureCause =
  /** `says`: what happened, as a clause for people. */
  | { readonly kind: "platform"; readonly says: string }
  | { readonly kind: "image" }
  | { readonly kind: "unknown" };

interface Row {
  readonly when: RegExp;
  readonly cause: FailureCause;
}

const platform = (says: string, when: RegExp): Row => ({ when, cause: { kind: "platform", says } });
const image = (when: RegExp): Row => ({ when, cause: { kind: "image" } });

/** Docker's and Go's ways to say that a connection came to nothing. */
const network =
  /no such host|could not resolve host|temporary failure in name resolution|server misbehaving|i\/o timeout|tls handshake timeout|client\.timeout exceeded|request canceled while waiting for connection|context deadline exceeded|connection (?:refused|reset by peer|timed out)|connect: (?:network is unreachable|no route to host)|network is unreachable|no route to host|failed to connect to .+ port \d+|couldn't connect to server|unexpected EOF|\bread tcp\b.*\bEOF\b|^.*\/v2\/.*: EOF$|\b(?:ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET|ENETUNREACH|EHOSTUNREACH)\b/im;

const rows: readonly Row[] = [
  // A full disk fails every step, so that it comes before whatever the step says of itself.
  platform(
    "no space is left on the server's disk",
    /no space left on device|disk quota exceeded|\bENOSPC\b|you don't have enough free space/i,
  ),
  // Dokploy's own words, before those of git's ssh.
  platform(
    "the server could not be reached over ssh",
    /SSH connection error: |Timed out while waiting for handshake|No SSH key available for this server|Authentication failed: Invalid SSH private key/,
  ),
  platform(
    "the docker daemon could not be reached",
    /docker\.sock\b|cannot connect to the docker daemon|is the docker daemon running|error during connect:|the docker daemon is not running/i,
  ),
  platform(
    "the swarm has no manager that answers",
    /swarm does not have a leader|this node is not a swarm manager|no managers? (?:are )?available|swarm is encrypted and needs to be unlocked/i,
  ),
  // What an image or a build says of itself comes before the network: a build step may fail to download something.
  image(
    /manifest unknown|no matching manifest|manifest for \S+ not found|name unknown|repository does not exist|repository name not known|pull access denied|access (?:to the resource is|forbidden|denied)|\bunauthorized\b|authentication required|no basic auth credentials|incorrect username or password|\bdenied: |no such image|invalid reference format|invalid repository name/i,
  ),
  image(
    /did not complete successfully|returned a non-zero code|non-zero exit|exec format error|failed to read dockerfile|dockerfile parse error|unknown instruction|failed to compute cache key|executable file not found/i,
  ),
  image(
    /remote branch \S+ not found|repository '?\S+'? not found|could not read (?:username|password)|authentication failed|permission denied \(publickey|host key verification failed|couldn't find remote ref|docker image not found|provider not found/i,
  ),
  platform(
    "the registry allows no more pulls for now",
    /toomanyrequests|too many requests|pull rate limit/i,
  ),
  platform(
    "the registry answered with an error of its own",
    /(?:unexpected|received) .*\bstatus(?: code)?\b.*\b5\d\d\b|\b50[0234] (?:internal server error|bad gateway|service unavailable|gateway time-?out)|returned error: 5\d\d/i,
  ),
  {
    when: new RegExp(`(?:unable to access|ssh: |fatal: ).*(?:${network.source})`, "im"),
    cause: { kind: "platform", says: "the Git server could not be reached" },
  },
  {
    when: new RegExp(
      `(?:failed to connect|couldn't connect to server|ssh: connect to host).*`,
      "im",
    ),
    cause: { kind: "platform", says: "the Git server could not be reached" },
  },
  // It passes when names can be resolved again, and never where this one is mistyped: that is for people to see.
  platform(
    "the registry's name could not be resolved (is it spelled right?)",
    /dial tcp: lookup \S+.*: no such host/i,
  ),
  platform("the registry could not be reached", network),
];

/** `texts`: the log's last lines, or docker's answer. Words that no row knows count as they always did. */
export function failureCause(texts: readonly string[]): FailureCause {
  const text = texts.join("\n");
  return rows.find(({ when }) => when.test(text))?.cause ?? { kind: "unknown" };
}
