// The data of records, as bytes and as zone files have them. TXT is its text itself. Types that are not known
// here have the form that RFC 3597 gives all of them: `\# 4 c0000201`.
import { isIPv4, isIPv6 } from "node:net";
import { canonicalAddress } from "../lib/ip-address.ts";
import { CapstanError } from "../lib/errors.ts";
import { txtStrings } from "./txt.ts";
import { createReader, encodeName, u16, u32 } from "./wire.ts";
import type { Reader } from "./wire.ts";

const numbers: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  CDS: 59,
  CDNSKEY: 60,
  SVCB: 64,
  HTTPS: 65,
  TSIG: 250,
  AXFR: 252,
  ANY: 255,
  CAA: 257,
};
const names = new Map(Object.entries(numbers).map(([name, number]) => [number, name]));

export function typeName(type: number): string {
  return names.get(type) ?? `TYPE${type}`;
}

/** Throws `invalid` for a type that is none. */
export function typeNumber(name: string): number {
  const known = numbers[name] ?? Number(/^TYPE(\d{1,5})$/.exec(name)?.[1] ?? Number.NaN);
  if (Number.isInteger(known) && known <= 0xffff) return known;
  throw new CapstanError("invalid", `${JSON.stringify(name)} is not a type of DNS records`);
}

/** How many bytes stand before the names, and how many names there are; the rest follows. */
const withNames: Readonly<Record<number, readonly [before: number, names: number]>> = {
  2: [0, 1],
  5: [0, 1],
  6: [0, 2],
  12: [0, 1],
  15: [2, 1],
  33: [6, 1],
};

/** Reads data from a message and makes the names in it whole. */
export function expandData(type: number, reader: Reader, length: number): Uint8Array {
  const form = withNames[type];
  if (form === undefined || length === 0) return reader.bytes(length);
  const end = reader.at() + length;
  const [before, count] = form;
  const parts: Buffer[] = [reader.bytes(before)];
  for (let n = 0; n < count; n += 1) parts.push(encodeName(reader.name()));
  const rest = end - reader.at();
  if (rest < 0) throw new CapstanError("unavailable", "the answer is not a DNS message");
  return Buffer.concat([...parts, reader.bytes(rest)]);
}

export function dataText(type: number, data: Uint8Array): string {
  const reader = createReader(data);
  const absolute = (): string => `${reader.name()}.`;
  switch (typeName(type)) {
    case "A":
      return data.length === 4 ? Array.from(data).join(".") : generic(data);
    case "AAAA":
      return data.length === 16 ? sixText(data) : generic(data);
    case "NS":
    case "CNAME":
    case "PTR":
      return absolute();
    case "MX":
      return `${reader.u16()} ${absolute()}`;
    case "SRV":
      return `${reader.u16()} ${reader.u16()} ${reader.u16()} ${absolute()}`;
    case "SOA": {
      const who = `${absolute()} ${absolute()}`;
      return `${who} ${Array.from({ length: 5 }, () => reader.u32()).join(" ")}`;
    }
    case "TXT":
      return stringsText(data);
    case "CAA": {
      const flags = reader.u8();
      const tag = reader.bytes(reader.u8()).toString("latin1");
      return `${flags} ${tag} "${Buffer.from(data).subarray(reader.at()).toString("latin1")}"`;
    }
    default:
      return generic(data);
  }
}

/** The opposite of `dataText`. Throws `invalid` for what cannot be written. */
export function dataOf(type: string, text: string): Uint8Array {
  const fail = (): never => {
    throw new CapstanError(
      "invalid",
      `${JSON.stringify(text)} is not the value of a ${type} record`,
    );
  };
  const raw = /^\\# (\d{1,5})(?: ([0-9a-f ]*))?$/i.exec(text);
  if (raw !== null && type !== "TXT") {
    const bytes = Buffer.from((raw[2] ?? "").replaceAll(" ", ""), "hex");
    return bytes.length === Number(raw[1]) ? bytes : fail();
  }
  const words = text.trim().split(/\s+/);
  const counts = words.slice(0, -1).map((word) => (/^\d{1,10}$/.test(word) ? Number(word) : -1));
  const target = words.at(-1) ?? "";
  switch (type) {
    case "A":
      return isIPv4(text) ? Buffer.from(text.split(".").map(Number)) : fail();
    case "AAAA":
      return isIPv6(text) ? sixBytes(text) : fail();
    case "TXT":
      return Buffer.concat(
        txtStrings(text).flatMap((piece) => [
          Buffer.from([Buffer.byteLength(piece)]),
          Buffer.from(piece),
        ]),
      );
    case "NS":
    case "CNAME":
    case "PTR":
      return words.length === 1 && target !== "" ? encodeName(target) : fail();
    case "MX":
      return smalls(counts, 1) ? Buffer.concat([...counts.map(u16), encodeName(target)]) : fail();
    case "SRV":
      return smalls(counts, 3) ? Buffer.concat([...counts.map(u16), encodeName(target)]) : fail();
    case "SOA": {
      const [first = "", second = "", ...rest] = words;
      const values = rest.map(Number);
      const right = values.length === 5 && values.every((value) => value >= 0 && value < 2 ** 32);
      if (!right) return fail();
      return Buffer.concat([encodeName(first), encodeName(second), ...values.map(u32)]);
    }
    default:
      throw new CapstanError("unsupported", `Capstan cannot write ${type} records`);
  }
}

function smalls(values: readonly number[], count: number): boolean {
  return values.length === count && values.every((value) => value >= 0 && value <= 0xffff);
}

function generic(data: Uint8Array): string {
  return `\\# ${data.length}${data.length === 0 ? "" : ` ${Buffer.from(data).toString("hex")}`}`;
}

function stringsText(data: Uint8Array): string {
  const reader = createReader(data);
  const parts: Buffer[] = [];
  while (reader.at() < data.length) parts.push(reader.bytes(reader.u8()));
  return Buffer.concat(parts).toString("utf8");
}

function sixText(data: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((data[at * 2] ?? 0) << 8) | (data[at * 2 + 1] ?? 0)).toString(16),
  );
  return canonicalAddress(groups.join(":")) ?? groups.join(":");
}

function sixBytes(text: string): Buffer {
  const [head = "", tail] = (canonicalAddress(text) ?? text).split("::");
  const groups = (part: string): readonly string[] => (part === "" ? [] : part.split(":"));
  const before = groups(head);
  const after = groups(tail ?? "");
  const middle = tail === undefined ? [] : Array(8 - before.length - after.length).fill("0");
  const all = [...before, ...(middle as readonly string[]), ...after];
  return Buffer.concat(all.map((group) => u16(Number.parseInt(group, 16))));
}
