// What the little Hetzner Cloud API of the tests checks and refuses, and how it divides lists into pages.
import { isIPv4, isIPv6 } from "node:net";
import type { FakeRecordSet } from "./fake-hetzner.ts";
import { Refusal } from "./forge-hosts.ts";
import type { Call, Reply } from "./forge-hosts.ts";

export const types = "A AAAA CAA CNAME DS HINFO HTTPS MX NS PTR RP SOA SRV SVCB TLSA TXT".split(
  " ",
);
export const label = /^(?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?$/;

export function refuse(
  status: number,
  code: string,
  message: string,
  details: unknown = null,
): never {
  const reply = { status, body: { error: { code, message, details } } };
  // eslint-disable-next-line @typescript-eslint/only-throw-error
  throw Object.assign(new Refusal(status, ""), { reply });
}

export function invalid(name: string, message: string): never {
  const details = { fields: [{ name, messages: [message] }] };
  return refuse(422, "invalid_input", `invalid input in field '${name}'`, details);
}

export function recordsOf(body: unknown, type: string): FakeRecordSet["records"] {
  const { records } = body as { records?: FakeRecordSet["records"] };
  if (!Array.isArray(records)) return invalid("records", "is required");
  if (records.length === 0) invalid("records", "must not be empty");
  if (new Set(records.map(({ value }) => value)).size < records.length) {
    invalid("records", "must be unique");
  }
  for (const { value } of records) checkValue(type, value);
  return records.map((record) => ({ ...record }));
}

export function soa(): FakeRecordSet {
  const value = "hydrogen.ns.hetzner.com. dns.hetzner.com. 1 86400 10800 3600000 3600";
  const records = [{ value }];
  return { name: "@", type: "SOA", ttl: null, labels: {}, protection: { change: false }, records };
}

export function nameServers(): FakeRecordSet {
  const records = [{ value: "hydrogen.ns.hetzner.com." }, { value: "oxygen.ns.hetzner.com." }];
  return { name: "@", type: "NS", ttl: null, labels: {}, protection: { change: false }, records };
}

function checkValue(type: string, value: string): void {
  const right =
    type === "A"
      ? isIPv4(value)
      : type === "AAAA"
        ? isIPv6(value)
        : type === "TXT"
          ? /^"(?:[^"\\]|\\.){0,510}"(?: "(?:[^"\\]|\\.){0,510}")*$/su.test(value)
          : value !== "";
  if (!right) invalid("records", type === "TXT" ? "must be quoted strings" : "has no valid value");
}

export function page(key: string, rows: readonly unknown[], call: Call, most: number): Reply {
  const asked = Number(call.query.get("per_page") ?? 25);
  if (asked > most) return invalid("per_page", `must be at most ${most}`);
  const number = Number(call.query.get("page") ?? 1);
  const last = Math.max(1, Math.ceil(rows.length / asked));
  const pagination = {
    page: number,
    per_page: asked,
    previous_page: number > 1 ? number - 1 : null,
    next_page: number < last ? number + 1 : null,
    last_page: last,
    total_entries: rows.length,
  };
  const body = {
    [key]: rows.slice((number - 1) * asked, number * asked),
    meta: { pagination },
  };
  return { status: 200, body };
}
