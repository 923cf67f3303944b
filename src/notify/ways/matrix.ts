// A room of Matrix, through the client API. The message's id is the transaction's: a message that is sent again after
// a lost answer is shown once.
import type { Message } from "../notice.ts";
import type { Way } from "../target.ts";
import { bodyOf, headline, plainMarkup, sender } from "../words.ts";
import type { Markup } from "../words.ts";
import { jsonBody, post } from "./post.ts";
import type { PostDeps } from "./post.ts";

const escape = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

const html: Markup = {
  text: escape,
  bold: (text) => `<strong>${escape(text)}</strong>`,
  link: (text, url) => `<a href="${escape(url)}">${escape(text)}</a>`,
};

/** Two copies must fit into 64 KiB with all their escapes. */
const mostChars = 12_000;

export async function sendMatrix(
  way: Extract<Way, { type: "matrix" }>,
  message: Message,
  deps: PostDeps,
  signal: AbortSignal,
): Promise<void> {
  const head = `${sender(message)}: ${headline(message)}`;
  const plain = bodyOf(message, plainMarkup, { mostChars, between: "\n\n" });
  const formatted = bodyOf(message, html, { mostChars, between: "\n\n" }).replaceAll("\n", "<br>");
  const body = {
    msgtype: "m.text",
    body: [head, plain].filter((part) => part !== "").join("\n\n"),
    format: "org.matrix.custom.html",
    formatted_body: [html.bold(head), formatted].filter((part) => part !== "").join("<br><br>"),
    "m.mentions": {},
  };
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(way.room)}/send/m.room.message/${encodeURIComponent(message.id)}`;
  const auth = { authorization: `Bearer ${way.token}` };
  await post(deps, { method: "PUT", url: `${way.url}${path}`, ...jsonBody(body, auth), signal });
}
