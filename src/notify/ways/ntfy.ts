// ntfy, on ntfy.sh or a server of one's own.
import type { Message, NoticeKind } from "../notice.ts";
import type { Way } from "../target.ts";
import { bodyOf, headline, plainMarkup, sender, worstOf } from "../words.ts";
import { jsonBody, post } from "./post.ts";
import type { PostDeps } from "./post.ts";

/** A longer message becomes an attachment. */
const limits = { mostChars: 3_000, between: "\n\n" };

const priorities: Readonly<Record<NoticeKind, number>> = {
  failure: 4,
  approval: 4,
  certificate: 3,
  drift: 3,
  recovery: 2,
};

export async function sendNtfy(
  way: Extract<Way, { type: "ntfy" }>,
  message: Message,
  deps: PostDeps,
  signal: AbortSignal,
): Promise<void> {
  const { notices, isTest } = message;
  const title = `${sender(message)}: ${headline(message)}`;
  const click = notices.length === 1 ? (notices[0]?.url ?? null) : null;
  const body = {
    topic: way.topic,
    title: title.slice(0, 250),
    message: bodyOf(message, plainMarkup, limits) || title,
    priority: isTest ? 3 : priorities[worstOf(notices)],
    ...(click === null ? {} : { click }),
  };
  const sent = jsonBody(body, way.headers);
  await post(deps, { method: "POST", url: way.url, ...sent, signal });
}
