// Any program: the message as JSON. With a secret it is signed: HMAC-SHA256 over `<timestamp>.<body>`, so that an old
// message cannot be sent again later.
import { createHmac } from "node:crypto";
import type { Message } from "../notice.ts";
import type { Way } from "../target.ts";
import { headline } from "../words.ts";
import { jsonBody, post } from "./post.ts";
import type { PostDeps } from "./post.ts";

const timeOf = (atMs: number): string => new Date(atMs).toISOString();

function webhookBody(message: Message): unknown {
  const { id, instance, notices, dropped, isTest, atMs } = message;
  return {
    version: 1,
    id,
    instance,
    time: timeOf(atMs),
    test: isTest,
    summary: headline(message),
    notices: notices.map(({ kind, subject, stack, labels, title, text, url, atMs: since }) => ({
      ...{ kind, subject, stack, labels, title, text, url },
      time: timeOf(since),
    })),
    dropped,
  };
}

/** What `X-Capstan-Signature` holds. */
function signatureOf(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
}

export async function sendWebhook(
  way: Extract<Way, { type: "webhook" }>,
  message: Message,
  deps: PostDeps,
  signal: AbortSignal,
): Promise<void> {
  const { headers, body } = jsonBody(webhookBody(message), way.headers);
  const timestamp = String(Math.floor(deps.now() / 1_000));
  const signed =
    way.secret === null
      ? {}
      : {
          "x-capstan-timestamp": timestamp,
          "x-capstan-signature": signatureOf(way.secret, timestamp, body),
        };
  const all = { ...headers, "x-capstan-delivery": message.id, ...signed };
  await post(deps, { method: "POST", url: way.url, headers: all, body, signal });
}
