// Deliveries as the hosts make them: signed bodies with the headers that go with them.
import { createHmac } from "node:crypto";

export interface Made {
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

export const secret = "a-secret-of-tests";

function sign(body: Uint8Array, key: string): string {
  return createHmac("sha256", key).update(body).digest("hex");
}

export function giteaDelivery(
  event: string,
  payload: unknown,
  options: {
    readonly kind?: "gitea" | "forgejo";
    readonly form?: boolean;
    readonly key?: string;
  } = {},
): Made {
  const json = Buffer.from(JSON.stringify(payload, null, 2));
  const signature = sign(json, options.key ?? secret);
  const names = options.kind === "forgejo" ? ["forgejo", "gitea", "gogs"] : ["gitea", "gogs"];
  const headers: Record<string, string> = {
    "content-type": options.form ? "application/x-www-form-urlencoded" : "application/json",
    "x-github-event": event,
    "x-github-delivery": "an-id",
    "x-hub-signature-256": `sha256=${signature}`,
  };
  for (const name of names) {
    headers[`x-${name}-event`] = event;
    headers[`x-${name}-delivery`] = "an-id";
    headers[`x-${name}-signature`] = signature;
  }
  const form = new URLSearchParams({ payload: json.toString() }).toString();
  return { headers, body: options.form ? Buffer.from(form) : json };
}

export function githubDelivery(
  event: string,
  payload: unknown,
  options: { readonly form?: boolean; readonly key?: string } = {},
): Made {
  const json = JSON.stringify(payload);
  const text = options.form ? new URLSearchParams({ payload: json }).toString() : json;
  const body = Buffer.from(text);
  return {
    headers: {
      "Content-Type": options.form ? "application/x-www-form-urlencoded" : "application/json",
      "X-GitHub-Event": event,
      "X-GitHub-Delivery": "an-id",
      "X-Hub-Signature-256": `sha256=${sign(body, options.key ?? secret)}`,
    },
    body,
  };
}

export function gitlabDelivery(event: string, payload: unknown, token = secret): Made {
  return {
    headers: {
      "content-type": "application/json",
      "x-gitlab-event": event,
      "x-gitlab-token": token,
      "x-gitlab-event-uuid": "shared-by-what-it-causes",
      "idempotency-key": "an-id",
    },
    body: Buffer.from(JSON.stringify(payload)),
  };
}

/** Standard Webhooks, as newer GitLab signs. */
export function stampedDelivery(event: string, payload: unknown, key: string, nowMs: number): Made {
  const { headers, body } = gitlabDelivery(event, payload, "");
  const timestamp = String(Math.floor(nowMs / 1_000));
  const signature = createHmac("sha256", Buffer.from(key.slice("whsec_".length), "base64"))
    .update(`an-id.${timestamp}.`)
    .update(body)
    .digest("base64");
  return {
    headers: {
      ...headers,
      "webhook-id": "an-id",
      "webhook-timestamp": timestamp,
      "webhook-signature": `v1,${signature}`,
    },
    body,
  };
}
