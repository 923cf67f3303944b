// Discord's webhooks.
import type { Message } from "../notice.ts";
import type { Way } from "../target.ts";
import { bodyOf, headline, sender } from "../words.ts";
import type { Markup } from "../words.ts";
import { jsonBody, post } from "./post.ts";
import type { PostDeps } from "./post.ts";

const escape = (text: string): string => text.replaceAll(/[\\*_~`|>#[\]()<@]/g, "\\$&");

const markup: Markup = {
  text: escape,
  bold: (text) => `**${escape(text)}**`,
  // In angle brackets there is no preview.
  link: (text, url) => `${escape(text)}: <${encodeURI(url)}>`,
};

/** 2,000 characters are taken. */
const limits = { mostChars: 1_700, between: "\n\n" };

export async function sendDiscord(
  way: Extract<Way, { type: "discord" }>,
  message: Message,
  deps: PostDeps,
  signal: AbortSignal,
): Promise<void> {
  const head = markup.bold(headline(message).slice(0, 100));
  const content = [head, bodyOf(message, markup, limits)]
    .filter((part) => part !== "")
    .join("\n\n");
  // A stack's text must not call @everyone.
  const body = { username: sender(message), content, allowed_mentions: { parse: [] } };
  await post(deps, { method: "POST", url: way.url, ...jsonBody(body), signal });
}
