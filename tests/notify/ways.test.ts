// Each way over real HTTP, to a stand-in for its host.
import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { httpClient } from "../../src/lib/http.ts";
import type { CapstanError } from "../../src/lib/errors.ts";
import type { Message, Notice } from "../../src/notify/notice.ts";
import { parseTarget } from "../../src/notify/target.ts";
import { createSend } from "../../src/notify/ways/send.ts";
import { startListener } from "../support/heard.ts";
import type { Heard, Listener } from "../support/heard.ts";
import { message, notice, recovery } from "./support.ts";

let host: Listener;
const nowMs = 1_700_000_000_000;
const send = createSend({ http: httpClient, now: () => nowMs });

beforeEach(async () => {
  host = await startListener();
});
afterEach(() => host.close());

async function deliver(address: string, sent: Message = message()): Promise<Heard> {
  const parsed = parseTarget(address.replace("HOST", host.host));
  if (!parsed.ok) throw new Error(parsed.problem);
  await send(parsed.target.way, sent, new AbortController().signal);
  const [heard] = host.heard.splice(0);
  if (heard === undefined) throw new Error("nothing was sent");
  return heard;
}

const text = ({ json }: Heard, key: string): string => String(json[key]);

describe("webhook", () => {
  test("the message is JSON, and its signature proves it", async () => {
    const secret = "0123456789abcdef";
    const heard = await deliver(`webhook+http://me:pw@HOST/hook?a=1#secret=${secret}`);
    expect(heard).toMatchObject({ method: "POST", path: "/hook?a=1" });
    expect(heard.json).toEqual({
      version: 1,
      id: "0198f0e2-message",
      instance: "default",
      time: "2023-11-14T22:13:20.000Z",
      test: false,
      summary: "shop is failing",
      notices: [
        {
          kind: "failure",
          subject: { type: "stack", stack: "shop" },
          stack: "shop",
          labels: { team: "sales" },
          title: "shop is failing",
          text: "app/web: crashed with exit code 1",
          url: "https://capstan.example.com/stacks/shop",
          time: "2023-11-14T22:13:20.000Z",
        },
      ],
      dropped: 0,
    });
    const timestamp = String(heard.headers["x-capstan-timestamp"]);
    expect(timestamp).toBe("1700000000");
    const mac = createHmac("sha256", secret).update(`${timestamp}.${heard.body}`).digest("hex");
    expect(heard.headers["x-capstan-signature"]).toBe(`sha256=${mac}`);
    expect(heard.headers["x-capstan-delivery"]).toBe("0198f0e2-message");
    expect(heard.headers.authorization).toBe(`Basic ${Buffer.from("me:pw").toString("base64")}`);
    expect(heard.body).not.toContain(secret);
  });

  test("without a secret it is not signed", async () => {
    const { headers } = await deliver("webhook+http://HOST/hook");
    expect(headers["x-capstan-signature"]).toBeUndefined();
  });
});

test("slack gets one text, with a link to the stack's page", async () => {
  const heard = await deliver("slack+http://HOST/services/T/B/X");
  expect(heard).toMatchObject({ method: "POST", path: "/services/T/B/X" });
  expect(text(heard, "text")).toBe(
    "*Capstan*: shop is failing\n\n❌ *shop is failing*\napp/web: crashed with exit code 1\n" +
      "<https://capstan.example.com/stacks/shop|More>",
  );
});

test("discord gets one content and calls nobody", async () => {
  const heard = await deliver("discord+http://HOST/api/webhooks/1/X");
  expect(heard.json).toMatchObject({
    username: "Capstan",
    allowed_mentions: { parse: [] },
  });
  expect(text(heard, "content")).toContain("❌ **shop is failing**");
  expect(text(heard, "content")).toContain("<https://capstan.example.com/stacks/shop>");
});

test("matrix gets text and HTML, under an id that makes repeating harmless", async () => {
  const address = "matrix+http://syt_token@HOST#room=!abc:example.com";
  const heard = await deliver(address);
  expect(heard).toMatchObject({
    method: "PUT",
    path: "/_matrix/client/v3/rooms/!abc%3Aexample.com/send/m.room.message/0198f0e2-message",
  });
  expect(heard.headers.authorization).toBe("Bearer syt_token");
  expect(text(heard, "body")).toContain("Capstan: shop is failing");
  expect(text(heard, "formatted_body")).toContain(
    '<a href="https://capstan.example.com/stacks/shop">More</a>',
  );
});

test("ntfy gets title, text, priority and a page to open", async () => {
  const heard = await deliver("ntfy+http://:tk_token@HOST/ops");
  expect(heard).toMatchObject({ method: "POST", path: "/" });
  expect(heard.headers.authorization).toBe("Bearer tk_token");
  expect(heard.json).toMatchObject({
    topic: "ops",
    title: "Capstan: shop is failing",
    priority: 4,
    click: "https://capstan.example.com/stacks/shop",
  });
  const good = await deliver("ntfy+http://HOST/ops", message({ notices: [recovery] }));
  expect(good.json.priority).toBe(2);
});

const addresses = [
  ["slack", "slack+http://HOST/services/T/B/X", "text", 4_000],
  ["discord", "discord+http://HOST/api/webhooks/1/X", "content", 2_000],
  ["matrix", "matrix+http://t@HOST#room=!a:b", "body", 16_000],
  ["ntfy", "ntfy+http://HOST/ops", "message", 4_096],
] as const;

describe.each(addresses)("%s", (_, address, key, mostChars) => {
  test("takes several notices in one message, and says how many", async () => {
    const blog = notice({ title: "blog waits for somebody", kind: "approval" });
    const sent = message({ instance: "lab", notices: [notice(), blog, recovery] });
    const heard = await deliver(address, sent);
    expect(heard.body).toContain("1 failure, 1 waiting for somebody, 1 recovery");
    expect(heard.body).toContain("Capstan (lab)");
    expect(text(heard, key)).toContain("blog waits for somebody");
  });

  test("is never given more than it takes", async () => {
    const many = Array.from({ length: 50 }, (_unused, index): Notice =>
      notice({ title: `stack-${index} fails`, text: "&<*_".repeat(500) }),
    );
    const heard = await deliver(address, message({ notices: many, dropped: 7 }));
    expect(text(heard, key).length).toBeLessThanOrEqual(mostChars);
    expect(text(heard, key)).toMatch(/… and \d+ more/);
  });

  test("calls nobody and forges nothing, whatever a stack prints", async () => {
    const evil = "<!channel> @everyone <b>bold</b> [x](https://evil.example.com) *x* `code`";
    const heard = await deliver(
      address,
      message({ notices: [notice({ title: evil, text: evil })] }),
    );
    const said = text(heard, key);
    if (key === "text") expect(said).not.toContain("<!channel>");
    if (key === "content") expect(said).not.toMatch(/(?<!\\)[[`]/);
    if (key === "body") expect(heard.json.formatted_body).not.toContain("<b>");
  });

  test.each([
    [429, "rate-limited"],
    [500, "unavailable"],
    [502, "unavailable"],
    [401, "unauthorised"],
    [403, "unauthorised"],
    [404, "not-found"],
    [410, "not-found"],
    [400, "invalid"],
    [302, "invalid"],
  ] as const)("an answer of %i is %s, and the error holds nothing secret", async (status, code) => {
    host.answer(
      status,
      { "retry-after": "17", location: "https://evil.example.com/canary" },
      // Longer than what is read of it.
      "canary".repeat(50_000),
    );
    const secret = address.replace(/\b(?:X|t|ops)\b/, "canary-secret");
    const error = (await deliver(secret).catch((thrown: unknown) => thrown)) as CapstanError;
    expect(error.code).toBe(code);
    expect(error.retryAfterMs).toBe(17_000);
    expect(`${error.message} ${error.hint ?? ""}`).not.toContain("canary");
    expect(error.message).toContain(String(status));
  });
});

test("a host that does not answer is unavailable, and not by its address", async () => {
  const { host: gone } = host;
  await host.close();
  const parsed = parseTarget(`slack+http://${gone}/services/T/B/canary`);
  if (!parsed.ok) throw new Error(parsed.problem);
  const failing = send(parsed.target.way, message(), new AbortController().signal);
  const error = (await failing.catch((thrown: unknown) => thrown)) as CapstanError;
  expect(error.code).toBe("unavailable");
  expect(error.message).not.toContain("canary");
  host = await startListener();
});
