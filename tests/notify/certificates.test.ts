// Certificates of https domains that expire soon.
import { afterEach, beforeEach, expect, test } from "vitest";
import { watchCertificates } from "../../src/notify/certificates.ts";
import type { CertificateWatch } from "../../src/notify/certificates.ts";
import type { Seen } from "../../src/notify/judge.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import type { VirtualClock } from "../support/virtual-clock.ts";

const day = 24 * 3_600_000;

let clock: VirtualClock;
let ends: Map<string, number | null>;
let seen: Seen[];
let watch: CertificateWatch;

beforeEach(() => {
  clock = createVirtualClock(Date.parse("2026-03-01T12:00:00Z"));
  ends = new Map();
  seen = [];
  watch = watchCertificates({
    hosts: () => [...ends.keys()].map((host) => ({ stack: "shop", host })),
    look: async (host) => ends.get(host) ?? null,
    see: (one) => void seen.push(one),
    clock,
    soonMs: 14 * day,
    everyMs: day / 2,
  });
});
afterEach(() => watch.stop());

test("those that expire soon are reported with the date, others as fine, unknown ones not at all", async () => {
  ends.set("soon.example.com", clock.now() + 3 * day);
  ends.set("later.example.com", clock.now() + 60 * day);
  ends.set("gone.example.com", clock.now() - day);
  ends.set("mute.example.com", null);
  await clock.advance(120_000);
  const said = Object.fromEntries(
    seen.map(({ subject, condition, text }) => [
      subject.type === "certificate" ? subject.host : "",
      `${condition}: ${text}`,
    ]),
  );
  expect(said).toEqual({
    "soon.example.com": expect.stringContaining("failing: It expires on 2026-03-04, in 2 days"),
    "later.example.com": "fine: ",
    "gone.example.com": "failing: It expired on 2026-02-28: browsers refuse the site.",
  });
});

test("they are looked at twice a day, each host once", async () => {
  ends.set("a.example.com", clock.now() + 60 * day);
  await clock.advance(day + 120_000);
  expect(seen).toHaveLength(3);
});
