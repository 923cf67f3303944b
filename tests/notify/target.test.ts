// How addresses of NOTIFY_URLS are read.
import { describe, expect, test } from "vitest";
import { parseTarget, wants } from "../../src/notify/target.ts";
import type { Target } from "../../src/notify/target.ts";
import { notice } from "./support.ts";

function read(text: string): Target {
  const parsed = parseTarget(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.target;
}

function problem(text: string): string {
  const parsed = parseTarget(text);
  if (parsed.ok) throw new Error(`it was read as ${parsed.target.title}`);
  return parsed.problem;
}

describe("each way", () => {
  test("a webhook, with a login, a query and a secret to sign with", () => {
    const target = read(
      "webhook+https://me:pa%40ss@hooks.example.com/a?b=1#secret=0123456789abcdef",
    );
    expect(target.way).toEqual({
      type: "webhook",
      url: "https://hooks.example.com/a?b=1",
      headers: { authorization: `Basic ${Buffer.from("me:pa@ss").toString("base64")}` },
      secret: "0123456789abcdef",
    });
    expect(target.title).toBe("webhook at hooks.example.com");
    expect(target.secrets).toEqual(expect.arrayContaining(["pa@ss", "0123456789abcdef"]));
  });

  test("slack and discord", () => {
    expect(read("slack+https://hooks.slack.com/services/T0/B0/canary").way).toEqual({
      type: "slack",
      url: "https://hooks.slack.com/services/T0/B0/canary",
    });
    const { way, secrets, title } = read("discord+https://discord.com/api/webhooks/1/canary");
    expect(way).toEqual({ type: "discord", url: "https://discord.com/api/webhooks/1/canary" });
    expect(title).toBe("discord at discord.com");
    expect(secrets).toContain("/api/webhooks/1/canary");
  });

  test("matrix", () => {
    const target = read("matrix+https://syt_canary@matrix.example.com#room=!abc:example.com");
    expect(target.way).toEqual({
      type: "matrix",
      url: "https://matrix.example.com",
      room: "!abc:example.com",
      token: "syt_canary",
    });
    expect(target.secrets).toContain("syt_canary");
  });

  test("ntfy, open, with a login and with a token", () => {
    expect(read("ntfy+https://ntfy.sh/acme-capstan").way).toEqual({
      type: "ntfy",
      url: "https://ntfy.sh",
      topic: "acme-capstan",
      headers: {},
    });
    const login = read("ntfy+https://me:secret@ntfy.example.com/ops").way;
    const pair = Buffer.from("me:secret").toString("base64");
    expect(login).toMatchObject({ headers: { authorization: `Basic ${pair}` } });
    const token = read("ntfy+https://:tk_canary@ntfy.example.com/ops").way;
    expect(token).toMatchObject({ headers: { authorization: "Bearer tk_canary" } });
  });

  test("mail, with the usual ports and encryption", () => {
    const target = read(
      "smtp://bot%40example.com:pa%20ss@mail.example.com#from=capstan@example.com&to=ann+ops@example.com,ben@example.com",
    );
    expect(target.way).toEqual({
      type: "mail",
      host: "mail.example.com",
      port: 587,
      security: "starttls",
      login: { user: "bot@example.com", pass: "pa ss" },
      from: "capstan@example.com",
      to: ["ann+ops@example.com", "ben@example.com"],
    });
    const tail = "#from=a@example.com&to=b@example.com";
    expect(read(`smtps://mail.example.com${tail}`).way).toMatchObject({
      port: 465,
      security: "tls",
    });
    expect(read(`smtps://mail.example.com:443${tail}`).way).toMatchObject({ port: 443 });
    expect(read(`smtp://mail.example.com:25${tail}&tls=offered`).way).toMatchObject({
      port: 25,
      security: "offered",
      login: null,
    });
    // What follows the colon of a login is its password.
    for (const password of ["12345", "1secret", "587x"]) {
      const { way } = read(`smtp://user:${password}@mail.example.com${tail}`);
      expect(way).toMatchObject({ port: 587, login: { user: "user", pass: password } });
    }
    expect(read(`smtp://user:1s@mail.example.com:2525${tail}`).way).toMatchObject({ port: 2525 });
    expect(read(`smtp://me:pw@[::1]:2525${tail}`).way).toMatchObject({ host: "::1", port: 2525 });
  });
});

describe("what is Capstan's behind #", () => {
  test("kinds, labels and quiet hours", () => {
    const target = read(
      "slack+https://hooks.slack.com/services/T/B/X#kinds=failure,recovery&labels=team=sales,tier=1&quiet=22:00-07:30&timezone=Europe/Amsterdam",
    );
    expect(target.kinds).toEqual(new Set(["failure", "recovery"]));
    expect(target.labels).toEqual({ team: "sales", tier: "1" });
    expect(target.quiet).toEqual({ fromMinute: 1320, toMinute: 450, timezone: "Europe/Amsterdam" });
  });

  test("is not part of the address that is asked", () => {
    const { way } = read("slack+https://hooks.slack.com/services/T/B/X#kinds=failure");
    expect(way).toEqual({ type: "slack", url: "https://hooks.slack.com/services/T/B/X" });
  });

  test("a target gets what it asked for and nothing else", () => {
    const target = read("ntfy+https://ntfy.sh/topic#kinds=failure&labels=team=sales");
    expect(wants(target, notice())).toBe(true);
    expect(wants(target, notice({ kind: "drift" }))).toBe(false);
    expect(wants(target, notice({ labels: { team: "blog" } }))).toBe(false);
    // What is about no stack has no labels.
    expect(wants(target, notice({ stack: null, labels: {} }))).toBe(false);
    expect(wants(read("ntfy+https://ntfy.sh/topic"), notice({ labels: {} }))).toBe(true);
  });
});

test.each([
  ["slack://hooks.slack.com/canary", "begins with"],
  ["telegram+https://canary@host/x", "begins with none of"],
  ["nonsense canary", "begins with"],
  ["slack+http://hooks.slack.com/services/canary", "write https"],
  ["matrix+http://canary@matrix.example.com#room=!a:b", "write https"],
  ["slack+https://hooks.slack.com/", "path of the incoming webhook"],
  ["matrix+https://matrix.example.com#room=!a:b", "access token"],
  ["matrix+https://canary@matrix.example.com#room=%23canary:b", "room's id"],
  ["ntfy+https://ntfy.sh/", "topic"],
  ["smtp://me:can%0Aary@mail.example.com#from=a@b.c&to=a@b.c", "control character"],
  ["smtp://me:canary@mail.example.com#from=a@b.c", "people to write to"],
  ["smtp://me:canary@mail.example.com#to=a@b.c", "sender"],
  ["smtp://me:canary@mail.example.com#from=a@b.c&to=a@b.c&tls=none", "unknown tls"],
  ["smtp://me:canary@mail.example.com#from=a@b.c&to=a@b.c&tls=offered", "without encryption"],
  ["webhook+https://host/x#secret=canary", "16 characters"],
  ["webhook+https://host/x#token=canary", "unknown option"],
  ["webhook+https://host/x#kinds=canary", "unknown kinds"],
  ["webhook+https://host/x#kinds=", "unknown kinds"],
  ["webhook+https://host/x#labels=canary", "team=sales"],
  ["webhook+https://host/x#quiet=25:00-canary", "22:00-07:00"],
  ["webhook+https://host/x#quiet=07:00-07:00", "22:00-07:00"],
  ["webhook+https://host/x#quiet=22:00-07:00&timezone=Mars/canary", "timezone"],
  ["webhook+https://host/x#secret=%zzcanary", "%25"],
])("%s is refused, and the problem holds nothing of it", (text, part) => {
  expect(problem(text)).toContain(part);
  expect(problem(text)).not.toContain("canary");
});

test("an address as Slack or Discord gives it is answered with how it is written here, without its key", () => {
  expect(problem("https://hooks.slack.com/services/T0/B0/canary")).toBe(
    "lacks its kind: write slack+https://hooks.slack.com/…",
  );
  expect(problem("https://discord.com/api/webhooks/1/canary")).toBe(
    "lacks its kind: write discord+https://discord.com/…",
  );
});
