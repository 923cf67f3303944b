// Where people are told: one address of NOTIFY_URLS, read. The address itself goes to the host; what is Capstan's
// (which notices, quiet hours, keys) stands behind `#`, which is never sent.
import { noticeKinds } from "./notice.ts";
import type { Notice, NoticeKind } from "./notice.ts";
import { isTimezone, parseQuietHours } from "./quiet.ts";
import type { QuietHours } from "./quiet.ts";

/** How a message gets there. */
export type Way =
  | {
      readonly type: "webhook";
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      /** Null: it is not signed. */
      readonly secret: string | null;
    }
  | { readonly type: "slack"; readonly url: string }
  | { readonly type: "discord"; readonly url: string }
  | {
      readonly type: "matrix";
      readonly url: string;
      readonly room: string;
      readonly token: string;
    }
  | {
      readonly type: "ntfy";
      readonly url: string;
      readonly topic: string;
      readonly headers: Readonly<Record<string, string>>;
    }
  | {
      readonly type: "mail";
      readonly host: string;
      readonly port: number;
      /** `tls`: from the first byte; `starttls`: before anything is said; `offered`: where the server can. */
      readonly security: "tls" | "starttls" | "offered";
      readonly login: { readonly user: string; readonly pass: string } | null;
      readonly from: string;
      readonly to: readonly string[];
    };

export interface Target {
  /** For people and logs: `slack at hooks.slack.com`. */
  readonly title: string;
  readonly way: Way;
  /** Null: all. */
  readonly kinds: ReadonlySet<NoticeKind> | null;
  /** A stack must have all of them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly quiet: QuietHours | null;
  /** Values that must not be shown. */
  readonly secrets: readonly string[];
}

export type Parsed =
  { readonly ok: true; readonly target: Target } | { readonly ok: false; readonly problem: string };

class Problem extends Error {}

const schemes = [
  "webhook+https",
  "slack+https",
  "discord+https",
  "matrix+https",
  "ntfy+https",
  "smtp",
  "smtps",
] as const;
/** Hosts whose addresses people paste as they get them. */
const chats: Readonly<Record<string, string>> = {
  "hooks.slack.com": "slack",
  "discord.com": "discord",
  "discordapp.com": "discord",
  "ntfy.sh": "ntfy",
};
const commonOptions = ["kinds", "labels", "quiet", "timezone"] as const;

/** `name=value&name=value` with percent-encoded values; a plus is a plus. */
function readOptions(hash: string, allowed: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const part of hash.replace(/^#/, "").split("&")) {
    if (part === "") continue;
    const at = part.indexOf("=");
    const name = at < 0 ? part : part.slice(0, at);
    if (!allowed.includes(name)) {
      throw new Problem(`has an unknown option behind #; they are ${allowed.join(", ")}`);
    }
    found.set(name, decode(part.slice(at + 1)));
  }
  return found;
}

function decode(text: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    throw new Problem("has a % that is not percent-encoding; write it as %25");
  }
  // A header that holds one is refused with the header's value in the words.
  if (/\p{Cc}/u.test(decoded)) throw new Problem("has a control character in it, such as %0A");
  return decoded;
}

function listOf(text: string | undefined): readonly string[] {
  return (text ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

function kindsOf(text: string | undefined): Target["kinds"] {
  if (text === undefined) return null;
  const kinds = listOf(text).map((name) => noticeKinds.find((kind) => kind === name));
  const known = kinds.filter((kind) => kind !== undefined);
  if (known.length !== kinds.length || known.length === 0) {
    throw new Problem(`has unknown kinds; they are ${noticeKinds.join(", ")}`);
  }
  return new Set(known);
}

function labelsOf(text: string | undefined): Target["labels"] {
  const labels = listOf(text).map((one) => {
    const at = one.indexOf("=");
    if (at < 1) throw new Problem("has labels that are not like team=sales");
    return [one.slice(0, at), one.slice(at + 1)] as const;
  });
  return Object.fromEntries(labels);
}

function quietOf(options: ReadonlyMap<string, string>): QuietHours | null {
  const [quiet, timezone = "UTC"] = [options.get("quiet"), options.get("timezone")];
  if (!isTimezone(timezone))
    throw new Problem("has an unknown timezone, not like Europe/Amsterdam");
  if (quiet === undefined) return null;
  const hours = parseQuietHours(quiet, timezone);
  if (hours === null) throw new Problem("has quiet hours that are not like 22:00-07:00");
  return hours;
}

function basic(url: URL): Readonly<Record<string, string>> {
  if (url.username === "" && url.password === "") return {};
  const pair = `${decode(url.username)}:${decode(url.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** Without credentials and what stands behind #. */
function bare(url: URL): string {
  const clean = new URL(url);
  clean.username = "";
  clean.password = "";
  clean.hash = "";
  return clean.href;
}

interface Read {
  readonly way: Way;
  readonly options: ReadonlyMap<string, string>;
  readonly secrets: readonly string[];
}

function readWebhook(url: URL): Read {
  const options = readOptions(url.hash, [...commonOptions, "secret"]);
  const secret = options.get("secret") ?? null;
  if (secret !== null && secret.length < 16) {
    throw new Problem("has a secret of less than 16 characters; `openssl rand -hex 32` makes one");
  }
  const way: Way = { type: "webhook", url: bare(url), headers: basic(url), secret };
  return { way, options, secrets: [decode(url.password), secret ?? "", url.search] };
}

function readChat(type: "slack" | "discord", url: URL): Read {
  const options = readOptions(url.hash, commonOptions);
  if (url.pathname.length < 2) throw new Problem("lacks the path of the incoming webhook");
  return { way: { type, url: bare(url) }, options, secrets: [url.pathname, url.href] };
}

function readMatrix(url: URL): Read {
  const options = readOptions(url.hash, [...commonOptions, "room"]);
  const token = decode(url.username === "" ? url.password : url.username);
  const room = options.get("room") ?? "";
  if (token === "") throw new Problem("lacks the access token: matrix+https://TOKEN@host#room=…");
  if (!room.startsWith("!")) throw new Problem("lacks the room's id: #room=!abc:example.com");
  const base = bare(url).replace(/\/+$/, "");
  return { way: { type: "matrix", url: base, room, token }, options, secrets: [token] };
}

function readNtfy(url: URL): Read {
  const options = readOptions(url.hash, commonOptions);
  const topic = url.pathname.replaceAll(/^\/+|\/+$/g, "");
  if (!/^[\w-]{1,64}$/.test(topic))
    throw new Problem("lacks the topic: ntfy+https://ntfy.sh/topic");
  const token = url.username === "" ? decode(url.password) : "";
  const headers = token === "" ? basic(url) : { authorization: `Bearer ${token}` };
  const way: Way = { type: "ntfy", url: url.origin, topic, headers };
  // On a public server whoever knows the topic reads it.
  return { way, options, secrets: [decode(url.password), topic.length >= 8 ? topic : ""] };
}

const address = /^[^\s@<>,;"]+@[^\s@<>,;"]+$/;
const usualPorts = { smtp: 587, smtps: 465 } as const;
const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

function readMail(scheme: "smtp" | "smtps", url: URL, port: number | null): Read {
  const options = readOptions(url.hash, [...commonOptions, "from", "to", "tls"]);
  const to = listOf(options.get("to"));
  const from = options.get("from") ?? "";
  if (url.hostname === "") throw new Problem("lacks the mail server");
  if (to.length === 0 || !to.every((one) => address.test(one))) {
    throw new Problem("lacks the people to write to: #to=ops@example.com");
  }
  if (!address.test(from)) throw new Problem("lacks the sender: #from=capstan@example.com");
  const login =
    url.username === "" ? null : { user: decode(url.username), pass: decode(url.password) };
  const wanted = options.get("tls") ?? "required";
  if (wanted !== "required" && wanted !== "offered") {
    throw new Problem("has an unknown tls; it is required or offered");
  }
  const isLocal = loopback.test(url.hostname);
  if (wanted === "offered" && login !== null && !isLocal) {
    throw new Problem("would send a password without encryption; take tls=offered away");
  }
  const offered = isLocal || wanted === "offered" ? "offered" : "starttls";
  const way: Way = {
    type: "mail",
    host: url.hostname.replaceAll(/^\[|\]$/g, ""),
    port: port ?? usualPorts[scheme],
    security: scheme === "smtps" ? "tls" : offered,
    login,
    from,
    to,
  };
  return { way, options, secrets: [login?.pass ?? ""] };
}

function read(text: string): Read & { readonly host: string } {
  const [, scheme = ""] = /^([a-z]+(?:\+https?)?):\/\//i.exec(text) ?? [];
  const [kind = "", transport] = scheme.toLowerCase().split("+");
  if (kind === "smtp" || kind === "smtps") {
    // Only special schemes have a host that is read as such; this one would take 443 for no port at all.
    const rest = text.slice(scheme.length);
    const url = URL.parse(`https${rest}`);
    if (url === null || transport !== undefined) throw new Problem("is not an address");
    // A password that begins with digits is none: what follows the host's colon ends the host.
    const [, port] =
      /^:\/\/(?:[^/?#]*@)?(?:\[[^\]]*\]|[^@:/?#]*):(\d+)(?=[/?#]|$)/.exec(rest) ?? [];
    return { ...readMail(kind, url, port === undefined ? null : Number(port)), host: url.hostname };
  }
  const chat = /^https:\/\/([^/?#]+)\//i.exec(text)?.[1]?.toLowerCase() ?? "";
  if (Object.hasOwn(chats, chat))
    throw new Problem(`lacks its kind: write ${chats[chat] ?? ""}+https://${chat}/…`);
  const url = transport === undefined ? null : URL.parse(text.slice(kind.length + 1));
  if (url === null || url.hostname === "") {
    throw new Problem(`is not an address that begins with ${schemes.join("://, ")}://`);
  }
  if (
    transport === "http" &&
    !loopback.test(url.hostname) &&
    kind !== "webhook" &&
    kind !== "ntfy"
  ) {
    throw new Problem("would send a key without encryption; write https");
  }
  const { host } = url;
  switch (kind) {
    case "webhook":
      return { ...readWebhook(url), host };
    case "slack":
    case "discord":
      return { ...readChat(kind, url), host };
    case "matrix":
      return { ...readMatrix(url), host };
    case "ntfy":
      return { ...readNtfy(url), host };
    default:
      throw new Problem(`begins with none of ${schemes.join("://, ")}://`);
  }
}

/** A problem goes on after what the address is called, and holds nothing of it. */
export function parseTarget(text: string): Parsed {
  try {
    const { way, options, secrets, host } = read(text);
    const target: Target = {
      title: `${way.type} at ${host}`,
      way,
      kinds: kindsOf(options.get("kinds")),
      labels: labelsOf(options.get("labels")),
      quiet: quietOf(options),
      secrets: [...new Set([text, ...secrets])].filter((secret) => secret !== ""),
    };
    return { ok: true, target };
  } catch (error) {
    if (error instanceof Problem) return { ok: false, problem: error.message };
    throw error;
  }
}

/** Whether a target wants a notice: of its kinds, and about stacks with its labels. */
export function wants(
  { kinds, labels }: Pick<Target, "kinds" | "labels">,
  notice: Notice,
): boolean {
  if (kinds !== null && !kinds.has(notice.kind)) return false;
  return Object.entries(labels).every(([name, value]) => notice.labels[name] === value);
}
