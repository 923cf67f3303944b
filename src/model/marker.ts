// The marker that Capstan leaves in the description of everything it makes: who owns it, which
// resource of the stack it is, what was last written and what was last seen healthy.
// Grammar: `[capstan:1 key=value …]` anywhere in the text; unknown keys are ignored, so that a newer
// version may add some.

/**
 * `hash` is 12 hex digits, `attempt` counts the deploys of this service from 1 and never goes back; `adoptedAttempt`
 * before the first.
 */
export interface Want {
  readonly hash: string;
  readonly attempt: number;
}

export interface Marker {
  /** `<instance>/<stack>`. */
  readonly owner: string;
  /** `project`, or a service's key: `app/web`, `app/web@staging`. */
  readonly key: string;
  /** First eight characters of the resource's own id; null: a creation that was interrupted. */
  readonly id: string | null;
  readonly want: Want | null;
  readonly done: Want | null;
  /** Hash of what applies without a deploy (domains, redirects, basic auth, schedules, backups), as last written. */
  readonly live: string | null;
  /** The hash of the whole stack that a rollback left: of what failed, and of its project. */
  readonly bad: string | null;
  /** What survives the manifest. */
  readonly keep: boolean;
  /**
   * First twelve characters of the commit that was last rolled out; of a project, of the commit with which
   * its stack left Git while the project was kept.
   */
  readonly rev: string | null;
  /** Of what is built from Git, the first twelve characters of the commit that was last rolled out; absent: none. */
  readonly commit?: string;
  /** Of an image whose digest is followed, its first twelve hex digits as last rolled out; absent: none, or not known. */
  readonly digest?: string;
}

export const markerIdLength = 8;

/**
 * The attempt of a service that was adopted while it ran and was never deployed by Capstan: nothing that runs of it
 * carries a label, so that only its replicas and Dokploy's fields are known to be as Git says.
 */
export const adoptedAttempt = 0;

/**
 * Stands as `want` while something of a service changes in several requests: what is stored lies between
 * two configurations, and whatever it turns out to be still needs a deploy.
 */
export const unsettledHash = "000000000000";

/** Nothing in it can begin at two places of one text, so that no text, however long, is slow to search. */
const markerPattern = /\[capstan:1((?:\s+[a-z]+=[^\s[\]]+)*)\s*\]/;
const wantPattern = /^([0-9a-f]{12})\.(\d{1,9})$/;

export function formatWant(want: Want): string {
  return `${want.hash}.${want.attempt}`;
}

export function parseWant(text: string | undefined): Want | null {
  const match = wantPattern.exec(text ?? "");
  return match === null ? null : { hash: match[1] ?? "", attempt: Number(match[2]) };
}

export function sameWant(a: Want | null, b: Want | null): boolean {
  return a?.hash === b?.hash && a?.attempt === b?.attempt;
}

/** The marker in a description, or null. Text before and after it does not matter. */
export function parseMarker(description: string | null): Marker | null {
  const match = markerPattern.exec(description ?? "");
  if (match === null) return null;
  const fields = new Map<string, string>();
  for (const part of (match[1] ?? "").trim().split(/\s+/)) {
    const at = part.indexOf("=");
    if (at > 0) fields.set(part.slice(0, at), part.slice(at + 1));
  }
  const text = (name: string): string | null => {
    const value = fields.get(name);
    return value === undefined || value === "none" ? null : value;
  };
  const owner = text("owner");
  const key = text("key");
  if (owner === null || key === null) return null;
  const commit = text("commit");
  const digest = text("digest");
  return {
    owner,
    key,
    id: text("id"),
    want: parseWant(fields.get("want")),
    done: parseWant(fields.get("done")),
    live: text("live"),
    bad: text("bad"),
    keep: fields.get("keep") === "yes",
    rev: text("rev"),
    ...(commit === null ? {} : { commit }),
    ...(digest === null ? {} : { digest }),
  };
}

export function formatMarker(marker: Marker): string {
  const want = (value: Want | null): string => (value === null ? "none" : formatWant(value));
  return [
    "[capstan:1",
    `owner=${marker.owner}`,
    `key=${marker.key}`,
    `id=${marker.id ?? "none"}`,
    `want=${want(marker.want)}`,
    `done=${want(marker.done)}`,
    `live=${marker.live ?? "none"}`,
    `bad=${marker.bad ?? "none"}`,
    `keep=${marker.keep ? "yes" : "no"}`,
    `rev=${marker.rev ?? "none"}`,
    ...(marker.commit === undefined ? [] : [`commit=${marker.commit}`]),
    ...(marker.digest === undefined ? [] : [`digest=${marker.digest}`]),
  ]
    .join(" ")
    .concat("]");
}

/** The digest of a marker, for people. */
export function digestText(digest: string): string {
  return `sha256:${digest}`;
}

/** A description as written on the server: the person's text, then the marker. */
export function describe(text: string, marker: Marker): string {
  return text === "" ? formatMarker(marker) : `${text} ${formatMarker(marker)}`;
}

/** The person's part of a description. */
export function withoutMarker(description: string | null): string {
  const text = description ?? "";
  const match = markerPattern.exec(text);
  if (match === null) return text.trim();
  return (text.slice(0, match.index).trimEnd() + text.slice(match.index + match[0].length)).trim();
}

export function ownerName(instance: string, stack: string): string {
  return `${instance}/${stack}`;
}

/** Whose marker it is: the stack's name, when the owner is this instance. */
export function ownedStack(instance: string, marker: Marker): string | null {
  const prefix = `${instance}/`;
  if (!marker.owner.startsWith(prefix)) return null;
  const stack = marker.owner.slice(prefix.length);
  return stack === "" || stack.includes("/") ? null : stack;
}

/** A marker with another resource's id is a copy that somebody made in Dokploy. */
export function isCopy(marker: Marker, resourceId: string): boolean {
  return marker.id !== null && marker.id !== resourceId.slice(0, markerIdLength);
}

/** The label by which what runs proves its configuration. */
export const wantLabel = "capstan.want";
