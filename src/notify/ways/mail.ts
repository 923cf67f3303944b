// E-mail by SMTP. A password is never sent over a connection that is not encrypted, loopback aside.
import { CapstanError } from "../../lib/errors.ts";
import type { ErrorCode } from "../../lib/errors.ts";
import type { Message } from "../notice.ts";
import type { Way } from "../target.ts";
import { bodyOf, headline, plainMarkup, sender } from "../words.ts";

const timeoutMs = 20_000;
const limits = { mostChars: 50_000, between: "\n\n" };

/** What nodemailer's errors say; their messages may hold what the server answered, and are left out. */
interface MailFailure {
  readonly code?: string;
  readonly responseCode?: number;
}

const words: Readonly<Record<string, readonly [ErrorCode, string, string?]>> = {
  EAUTH: [
    "unauthorised",
    "did not accept the login",
    "see the user and the password in its address",
  ],
  ETLS: [
    "invalid",
    "cannot be spoken to with encryption",
    "take smtps:// for port 465; a server without TLS needs tls=offered behind #",
  ],
  EENVELOPE: ["invalid", "did not accept the sender or the people to write to"],
  EMESSAGE: ["invalid", "did not accept the message"],
  ETIMEDOUT: ["unavailable", "did not answer in time"],
  ESOCKET: ["unavailable", "cannot be reached, or its certificate is not trusted"],
  ECONNECTION: ["unavailable", "cannot be reached"],
  EDNS: ["unavailable", "has no address"],
};

function failureOf(error: unknown, host: string): CapstanError {
  const { code = "", responseCode = 0 } = error as MailFailure;
  const [known, what, hint] = words[code] ?? ["unavailable", "did not take the message"];
  // 4xx of SMTP means to come again later.
  const isLater = responseCode >= 400 && responseCode < 500 && known !== "unauthorised";
  const status = responseCode === 0 ? "" : ` (status ${responseCode})`;
  return new CapstanError(isLater ? "unavailable" : known, `${host} ${what}${status}`, {
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Control characters would end a header. */
const headerText = (text: string): string => text.replaceAll(/[\p{Cc}]+/gu, " ").slice(0, 200);

export async function sendMail(
  way: Extract<Way, { type: "mail" }>,
  message: Message,
  signal: AbortSignal,
): Promise<void> {
  const { host, port, security, login, from, to } = way;
  const { createTransport } = await import("nodemailer");
  const transport = createTransport({
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ...(login === null ? {} : { auth: login }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const name = sender(message);
  const title = headline(message);
  const body = bodyOf(message, plainMarkup, limits);
  const cancelled = new CapstanError("cancelled", `sending by ${host} was cancelled`);
  // The transport gives up nothing that is under way: it is left to end by itself.
  const leaving = Promise.withResolvers<never>();
  leaving.promise.catch(() => undefined);
  const leave = (): void => {
    leaving.reject(cancelled);
  };
  signal.addEventListener("abort", leave, { once: true });
  try {
    if (signal.aborted) throw cancelled;
    const sending = transport.sendMail({
      from: { name, address: from },
      to: [...to],
      subject: headerText(`[${name}] ${title}`),
      text: `${body === "" ? title : body}\n`,
      messageId: `<${message.id}@${from.split("@")[1] ?? "capstan"}>`,
      date: new Date(message.atMs),
      headers: { "Auto-Submitted": "auto-generated" },
    });
    await Promise.race([sending, leaving.promise]);
  } catch (error) {
    throw error === cancelled ? cancelled : failureOf(error, host);
  } finally {
    signal.removeEventListener("abort", leave);
    transport.close();
  }
}
