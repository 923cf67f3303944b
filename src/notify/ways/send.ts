// Sends one message one way.
import type { Message } from "../notice.ts";
import type { Way } from "../target.ts";
import { sendDiscord } from "./discord.ts";
import { sendMail } from "./mail.ts";
import { sendMatrix } from "./matrix.ts";
import { sendNtfy } from "./ntfy.ts";
import type { PostDeps } from "./post.ts";
import { sendSlack } from "./slack.ts";
import { sendWebhook } from "./webhook.ts";

/** Throws a CapstanError without anything of the address, or `cancelled` when `signal` aborts. */
export type Send = (way: Way, message: Message, signal: AbortSignal) => Promise<void>;

export function createSend(deps: PostDeps): Send {
  return (way, message, signal) => {
    switch (way.type) {
      case "webhook":
        return sendWebhook(way, message, deps, signal);
      case "slack":
        return sendSlack(way, message, deps, signal);
      case "discord":
        return sendDiscord(way, message, deps, signal);
      case "matrix":
        return sendMatrix(way, message, deps, signal);
      case "ntfy":
        return sendNtfy(way, message, deps, signal);
      case "mail":
        return sendMail(way, message, signal);
    }
  };
}
