// Reads deliveries of webhooks: first who sent it, then what it says. Which host may have sent it is told by
// the address it came to; Gitea and Forgejo send GitHub's headers too, so theirs are looked for first.
import { CapstanError } from "../lib/errors.ts";
import type { Delivery, ForgeKind } from "../model/forge.ts";
import type { WebhookReader } from "../ports-forge.ts";
import { readGiteaPayload } from "./gitea/events.ts";
import { readGitHubPayload } from "./github/events.ts";
import { readGitLabPayload } from "./gitlab/events.ts";
import type { PayloadContent } from "./payload.ts";
import { checkStamped, hexDigest, isSigned, isToken, signingPrefix } from "./signatures.ts";

/** One secret for all hosts, or one each. A host without one, or with an empty one, is heard by nobody. */
export type WebhookSecrets = string | Readonly<Partial<Record<ForgeKind, string>>>;

type Headers = Readonly<Record<string, string | undefined>>;
type Family = "gitea" | "github" | "gitlab";

interface Sent {
  readonly secret: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly nowMs: number;
}

interface Host {
  /** The event's name; undefined when the delivery is not this host's. */
  readonly event: (headers: Headers) => string | undefined;
  readonly id: (headers: Headers) => string | undefined;
  /** The JSON that is proven to be the host's. Throws `unauthorised`. */
  readonly proven: (sent: Sent) => Uint8Array;
  readonly read: (name: string, payload: unknown) => PayloadContent;
}

/** GitHub's own limit. */
const maxBytes = 25 * 1024 * 1024;

const familyOf: Readonly<Record<ForgeKind, Family>> = {
  gitea: "gitea",
  forgejo: "gitea",
  github: "github",
  gitlab: "gitlab",
};

function present(...texts: readonly (string | undefined)[]): string | undefined {
  return texts.find((text) => text !== undefined && text !== "");
}

const hosts: Readonly<Record<Family, Host>> = {
  gitea: {
    event: (headers) => present(headers["x-forgejo-event"], headers["x-gitea-event"]),
    id: (headers) => present(headers["x-forgejo-delivery"], headers["x-gitea-delivery"]),
    proven({ secret, headers, body }) {
      const signatures = [headers["x-forgejo-signature"], headers["x-gitea-signature"]].map(
        hexDigest,
      );
      if (signatures.every((signature) => signature === null)) throw unsigned();
      // As a form, it signs the JSON inside.
      const signed = isForm(headers) ? formPayload(body) : body;
      if (signed === null || !isSigned(secret, signed, signatures)) throw wrong();
      return signed;
    },
    read: readGiteaPayload,
  },
  github: {
    event: (headers) => present(headers["x-github-event"]),
    id: (headers) => present(headers["x-github-delivery"]),
    proven({ secret, headers, body }) {
      const text = headers["x-hub-signature-256"] ?? "";
      const signature = text.startsWith("sha256=") ? hexDigest(text.slice(7)) : null;
      if (signature === null) throw unsigned();
      // As a form, it signs the form.
      if (!isSigned(secret, body, [signature])) throw wrong();
      return isForm(headers) ? (formPayload(body) ?? new Uint8Array()) : body;
    },
    read: readGitHubPayload,
  },
  gitlab: {
    event: (headers) => present(headers["x-gitlab-event"]),
    // Its event's UUID is shared by deliveries that cause one another: only the last resort.
    id: (headers) =>
      present(headers["webhook-id"], headers["idempotency-key"], headers["x-gitlab-event-uuid"]),
    proven({ secret, headers, body, nowMs }) {
      if (!secret.startsWith(signingPrefix)) {
        if (present(headers["x-gitlab-token"]) === undefined) throw unsigned();
        if (!isToken(secret, headers["x-gitlab-token"])) throw wrong();
        return body;
      }
      const { "webhook-id": id, "webhook-timestamp": timestamp } = headers;
      const signature = present(headers["webhook-signature"]);
      if (signature === undefined) throw unsigned();
      switch (checkStamped(secret, { id, timestamp, signature }, body, nowMs)) {
        case "good":
          return body;
        case "wrong":
          throw wrong();
        case "too-old":
          throw refused(
            "was signed more than five minutes from now",
            "it may be a replay; if it is not, set the clocks of the host and of Capstan",
          );
      }
    },
    read: readGitLabPayload,
  },
};

function refused(what: string, hint: string): CapstanError {
  return new CapstanError("unauthorised", `the delivery ${what}`, { hint });
}

function unsigned(): CapstanError {
  return refused(
    "has no signature",
    "enter the value of WEBHOOK_SECRET as the secret of the webhook in the host's settings",
  );
}

function wrong(): CapstanError {
  return refused(
    "has a wrong signature",
    "WEBHOOK_SECRET and the webhook's secret in the host's settings must be the same",
  );
}

function isForm(headers: Headers): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(headers["content-type"]?.trim() ?? "");
}

function formPayload(body: Uint8Array): Uint8Array | null {
  const payload = new URLSearchParams(new TextDecoder().decode(body)).get("payload");
  return payload === null ? null : new TextEncoder().encode(payload);
}

/** Throws `unauthorised` when another host sent it, and says where it belongs. */
function senderOf(
  kind: ForgeKind,
  headers: Headers,
): { readonly host: Host; readonly name: string } {
  const senders: readonly Family[] = ["gitea", "gitlab", "github"];
  const sender = senders.find((family) => hosts[family].event(headers) !== undefined);
  const name = sender === undefined ? undefined : hosts[sender].event(headers);
  if (sender === undefined || name === undefined) {
    throw refused(
      "does not name an event of a Git host",
      "only webhooks of Gitea, Forgejo, GitHub and GitLab are accepted here",
    );
  }
  if (sender === familyOf[kind]) return { host: hosts[sender], name };
  const is = present(headers["x-forgejo-event"]) === undefined ? sender : "forgejo";
  throw refused(
    `is one of ${is}, and came to the address of ${kind}`,
    `let the webhook's address end with /webhooks/${is}`,
  );
}

function parsePayload(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch {
    throw new CapstanError("invalid", "the delivery's body is not JSON", {
      hint: "set the webhook's content type to application/json",
    });
  }
}

/** An id that can be kept and compared. */
function usableId(id: string | undefined): string | null {
  return id !== undefined && /^[\u0021-\u007e]{1,200}$/.test(id) ? id : null;
}

export function createWebhookReader(options: { readonly secrets: WebhookSecrets }): WebhookReader {
  const { secrets } = options;
  return {
    read(kind, given, body, nowMs): Delivery {
      if (body.byteLength > maxBytes) {
        throw new CapstanError("invalid", "the delivery is larger than any host's");
      }
      const headers: Headers = Object.fromEntries(
        Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]),
      );
      const { host, name } = senderOf(kind, headers);
      const secret = typeof secrets === "string" ? secrets : (secrets[kind] ?? "");
      if (secret === "") {
        throw refused(
          "cannot be checked: there is no secret for it",
          "set WEBHOOK_SECRET, and the same value as the webhook's secret in the host's settings",
        );
      }
      const payload = parsePayload(host.proven({ secret, headers, body, nowMs }));
      return { id: usableId(host.id(headers)), ...host.read(name, payload) };
    },
  };
}
