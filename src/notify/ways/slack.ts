// Slack's incoming webhooks (Mattermost and Rocket.Chat take the same).
import type { Message } from "../notice.ts";
import type { Way } from "../target.ts";
import { bodyOf, headline, sender } from "../words.ts";
import type { Markup } from "../words.ts";
import { jsonBody, post } from "./post.ts";
import type { PostDeps } from "./post.ts";

/** Also keeps `<!channel>` from calling everybody. */
const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const markup: Markup = {
  text: escape,
  bold: (text) => `*${escape(text).replaceAll("*", "∗")}*`,
  link: (text, url) => `<${encodeURI(url)}|${escape(text)}>`,
};

/** Slack cuts texts beyond 4,000 characters. */
const limits = { mostChars: 3_500, between: "\n\n" };

export async function sendSlack(
  way: Extract<Way, { type: "slack" }>,
  message: Message,
  deps: PostDeps,
  signal: AbortSignal,
): Promise<void> {
  const head = `${markup.bold(sender(message))}: ${escape(headline(message))}`;
  const text = [head, bodyOf(message, markup, limits)].filter((part) => part !== "").join("\n\n");
  const body = { text, unfurl_links: false, unfurl_media: false };
  await post(deps, { method: "POST", url: way.url, ...jsonBody(body), signal });
}
