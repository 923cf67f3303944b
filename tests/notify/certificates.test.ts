// Certificates of https domains that end soon.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { afterEach, beforeEach, expect, test } from "vitest";
import { certificateEnd, watchCertificates } from "../../src/notify/certificates.ts";
import type { CertificateWatch } from "../../src/notify/certificates.ts";
import type { Seen } from "../../src/notify/judge.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import type { VirtualClock } from "../support/virtual-clock.ts";

/** Made for this test alone, for shop.example.com. */
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgDkE/pACDBYATcLJM
BMR9ltnOOifA3zE798KCKcgdVbihRANCAATm/Ha/GLoFwXq3hwYDG/sZNayWOxwK
7lswg/XYvWf24K6SKWN5kJuSml4aleBpWzZ0WpokhSYAgB+cWcIHWyAJ
-----END PRIVATE KEY-----`;
const cert = `-----BEGIN CERTIFICATE-----
MIIBqDCCAU6gAwIBAgIUWfJEI3EhxPntkq9kN1iQNbYXAQQwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQc2hvcC5leGFtcGxlLmNvbTAeFw0yNjExMjgxMzQ5MjNaFw0z
NjExMjUxMzQ5MjNaMBsxGTAXBgNVBAMMEHNob3AuZXhhbXBsZS5jb20wWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAATm/Ha/GLoFwXq3hwYDG/sZNayWOxwK7lswg/XY
vWf24K6SKWN5kJuSml4aleBpWzZ0WpokhSYAgB+cWcIHWyAJo3AwbjAdBgNVHQ4E
FgQUTS9GyvMq3eymf/s4a53Z4apNDF8wHwYDVR0jBBgwFoAUTS9GyvMq3eymf/s4
a53Z4apNDF8wDwYDVR0TAQH/BAUwAwEB/zAbBgNVHREEFDASghBzaG9wLmV4YW1w
bGUuY29tMAoGCCqGSM49BAMCA0gAMEUCIQDkzznVOo7vZWSieWbDYu6OHdMeUHOZ
V7AtcR0iSAjTzgIgA0hYoG4lCJ2dtSRupNjyXV1pd8ZdoAh0MEU3IT1xbwk=
-----END CERTIFICATE-----`;
const day = 24 * 3_600_000;
const never = new AbortController().signal;

test("the end of a certificate is what the server shows for that host", async () => {
  const asked: string[] = [];
  const server = createServer({
    key,
    cert,
    SNICallback(name, done) {
      asked.push(name);
      done(null);
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const ends = await certificateEnd("shop.example.com", never, { host: "127.0.0.1", port });
  expect(ends).toBe(Date.parse("Nov 25 13:49:23 2036 GMT"));
  expect(asked).toEqual(["shop.example.com"]);
  const closed = once(server, "close");
  server.close();
  await closed;
  expect(await certificateEnd("shop.example.com", never, { host: "127.0.0.1", port })).toBeNull();
});

test("a server that says nothing is left when the controller stops", async () => {
  const { createServer: plain } = await import("node:net");
  const server = plain();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const ending = new AbortController();
  const asking = certificateEnd("shop.example.com", ending.signal, { host: "127.0.0.1", port });
  const [socket] = (await once(server, "connection")) as [{ destroy(): void }];
  ending.abort();
  expect(await asking).toBeNull();
  socket.destroy();
  server.close();
});

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

test("those that end soon are reported with the date, others as fine, unknown ones not at all", async () => {
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
    "soon.example.com": expect.stringContaining("failing: It ends on 2026-03-04, in 2 days"),
    "later.example.com": "fine: ",
    "gone.example.com": "failing: It ended on 2026-02-28: browsers refuse the site.",
  });
});

test("they are looked at twice a day, each host once", async () => {
  ends.set("a.example.com", clock.now() + 60 * day);
  await clock.advance(day + 120_000);
  expect(seen).toHaveLength(3);
});
