// Notifications in the environment.
import { expect, test } from "vitest";
import { noFile, reading } from "./reading.ts";

const { config, problems } = reading(noFile);

test("notifications are told what is wrong with them, address by address and without keys", () => {
  const good = "slack+https://hooks.slack.com/services/T/B/canary";
  const { notify } = config({
    NOTIFY_URLS: `${good}\n  ntfy+https://ntfy.sh/topic`,
    NOTIFY_GROUP: "2m",
    NOTIFY_REPEAT: "1d",
    NOTIFY_CERTIFICATE_DAYS: "0",
  });
  expect(notify.targets.map(({ title }) => title)).toEqual([
    "slack at hooks.slack.com",
    "ntfy at ntfy.sh",
  ]);
  expect(notify).toMatchObject({ groupMs: 120_000, repeatMs: 86_400_000, certificateDays: 0 });
  const told = problems({ NOTIFY_URLS: `${good} https://canary canary+https://canary` });
  expect(told).toEqual([
    expect.stringMatching(/^NOTIFY_URLS: address 2 /),
    expect.stringMatching(/^NOTIFY_URLS: address 3 /),
  ]);
  expect(told.join()).not.toContain("canary");
});
