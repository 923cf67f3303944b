// E-mail to a real SMTP server.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { SMTPServer } from "smtp-server";
import type { SMTPServerOptions } from "smtp-server";
import { afterEach, expect, test } from "vitest";
import { httpClient } from "../../src/lib/http.ts";
import type { CapstanError } from "../../src/lib/errors.ts";
import type { Message } from "../../src/notify/notice.ts";
import { parseTarget } from "../../src/notify/target.ts";
import { createSend } from "../../src/notify/ways/send.ts";
import { message, notice } from "./support.ts";

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly user: string | null;
}

const send = createSend({ http: httpClient, now: () => 0 });
const servers: SMTPServer[] = [];
function closed(server: SMTPServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(resolve);
  });
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map(closed));
});

async function serve(options: SMTPServerOptions = {}) {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    logger: false,
    closeTimeout: 50,
    onAuth({ username, password }, _session, done) {
      if (username === "me" && password === "right") done(null, { user: username });
      else done(new Error("no"));
    },
    onData(stream, { envelope, user }, done) {
      void textOf(stream).then((text) => {
        const { mailFrom, rcptTo } = envelope;
        const from = mailFrom === false ? "" : mailFrom.address;
        const to = rcptTo.map(({ address }) => address);
        mails.push({ from, to, text, user: typeof user === "string" ? user : null });
        done();
      });
    },
    ...options,
  });
  servers.push(server);
  // A client that breaks the handshake off is no failure of the test.
  server.on("error", () => undefined);
  const listening = server.listen(0, "127.0.0.1");
  await once(listening, "listening");
  return { mails, port: (listening.address() as AddressInfo).port };
}

function deliver(
  address: string,
  sent: Message = message(),
  signal = new AbortController().signal,
): Promise<void> {
  const parsed = parseTarget(address);
  if (!parsed.ok) throw new Error(parsed.problem);
  return send(parsed.target.way, sent, signal);
}

const tail = "#from=capstan@example.com&to=ann@example.com,ben@example.com";

test("a message arrives as plain text, from the sender, at everybody", async () => {
  const { mails, port } = await serve();
  await deliver(`smtp://me:right@127.0.0.1:${port}${tail}`);
  expect(mails).toHaveLength(1);
  const [mail] = mails;
  expect(mail).toMatchObject({
    from: "capstan@example.com",
    to: ["ann@example.com", "ben@example.com"],
    user: "me",
  });
  expect(mail?.text).toMatch(/^Subject: \[Capstan\] shop is failing\r?$/m);
  expect(mail?.text).toMatch(/^Auto-Submitted: auto-generated\r?$/m);
  expect(mail?.text).toMatch(/^Message-ID: <0198f0e2-message@example.com>\r?$/m);
  expect(mail?.text).toContain("https://capstan.example.com/stacks/shop");
});

test("nothing that a stack says becomes a header", async () => {
  const { mails, port } = await serve();
  const title = "shop\r\nBcc: eve@example.com\r\n\r\nfails";
  await deliver(`smtp://127.0.0.1:${port}${tail}`, message({ notices: [notice({ title })] }));
  const [head = ""] = (mails[0]?.text ?? "").split("\r\n\r\n");
  expect(head).not.toMatch(/^Bcc:/im);
  expect(mails[0]?.to).not.toContain("eve@example.com");
});

test("a wrong password is told as such, without it", async () => {
  const { port } = await serve();
  const sending = deliver(`smtp://me:canary@127.0.0.1:${port}${tail}`);
  const error = (await sending.catch((thrown: unknown) => thrown)) as CapstanError;
  expect(error.code).toBe("unauthorised");
  expect(`${error.message} ${error.hint ?? ""}`).not.toContain("canary");
});

test("a server that has no time is asked again, one that refuses is not", async () => {
  const refusing = (responseCode: number) =>
    serve({
      onRcptTo(_address, _session, done) {
        done(Object.assign(new Error("canary"), { responseCode }));
      },
    });
  for (const [status, retryable] of [
    [451, true],
    [550, false],
  ] as const) {
    const { port } = await refusing(status);
    const sending = deliver(`smtp://127.0.0.1:${port}${tail}`);
    const error = (await sending.catch((thrown: unknown) => thrown)) as CapstanError;
    expect(error.retryable, String(status)).toBe(retryable);
    expect(error.message).toContain(String(status));
    expect(error.message).not.toContain("canary");
  }
});

test("a certificate that nobody trusts is not accepted", async () => {
  const { mails, port } = await serve({ secure: true });
  const sending = deliver(`smtps://me:right@127.0.0.1:${port}${tail}`);
  const error = (await sending.catch((thrown: unknown) => thrown)) as CapstanError;
  expect(error.code).toBe("unavailable");
  expect(mails).toEqual([]);
});

test("a password waits for encryption: a server elsewhere that offers none gets nothing", async () => {
  const { mails, port } = await serve();
  const parsed = parseTarget(`smtp://me:right@mail.example.com:${port}${tail}`);
  if (!parsed.ok || parsed.target.way.type !== "mail") throw new Error("no mail");
  const way = { ...parsed.target.way, host: "127.0.0.1" };
  const sending = send(way, message(), new AbortController().signal);
  const error = (await sending.catch((thrown: unknown) => thrown)) as CapstanError;
  expect(error.code).toBe("invalid");
  expect(mails).toEqual([]);
});

test("nobody there is unavailable", async () => {
  const { port } = await serve();
  await Promise.all(servers.splice(0).map(closed));
  const sending = deliver(`smtp://127.0.0.1:${port}${tail}`);
  await expect(sending).rejects.toMatchObject({ code: "unavailable" });
});

test("a server that hangs is left when the process ends", async () => {
  const leaving = new AbortController();
  const { port } = await serve({
    onRcptTo() {
      // It never answers.
      leaving.abort();
    },
  });
  const sending = deliver(`smtp://127.0.0.1:${port}${tail}`, message(), leaving.signal);
  await expect(sending).rejects.toMatchObject({ code: "cancelled" });
  const late = deliver(`smtp://127.0.0.1:${port}${tail}`, message(), AbortSignal.abort());
  await expect(late).rejects.toMatchObject({ code: "cancelled" });
});
