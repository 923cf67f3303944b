// Notices and messages for tests.
import type { Message, Notice } from "../../src/notify/notice.ts";

export function notice(more: Partial<Notice> = {}): Notice {
  return {
    kind: "failure",
    subject: { type: "stack", stack: "shop" },
    stack: "shop",
    labels: { team: "sales" },
    title: "shop is failing",
    text: "app/web: crashed with exit code 1",
    url: "https://capstan.example.com/stacks/shop",
    atMs: 1_700_000_000_000,
    ...more,
  };
}

export function message(more: Partial<Message> = {}): Message {
  return {
    id: "0198f0e2-message",
    instance: "default",
    notices: [notice()],
    dropped: 0,
    isTest: false,
    atMs: 1_700_000_000_000,
    ...more,
  };
}

export const recovery = notice({
  kind: "recovery",
  title: "shop is well again",
  text: "",
});
