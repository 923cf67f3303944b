// Signatures of DNS messages with a shared key (TSIG, RFC 8945): requests are signed, and answers believed only
// with a signature that fits. An answer of several messages is one chain of signatures.
import { createHmac, timingSafeEqual } from "node:crypto";
import { CapstanError } from "../lib/errors.ts";
import type { TsigAlgorithm } from "../model/dns.ts";
import { expandData, typeNumber } from "./rdata.ts";
import {
  classes,
  createReader,
  decodeMessage,
  encodeName,
  encodeRecord,
  u16,
  u32,
} from "./wire.ts";
import type { Message, Reader, WireRecord } from "./wire.ts";

export interface TsigKey {
  readonly name: string;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Uint8Array;
}

/** How far the clocks of both sides may be apart, in seconds. */
const fudge = 300;
/** RFC 8945, 5.3.1: so many messages in a row may be unsigned. */
const mostUnsigned = 99;
const clockHint =
  "the clocks of both sides differ by more than five minutes: set the clock of this machine";
const tsigType = typeNumber("TSIG");
const tsigErrors: Readonly<Record<number, string>> = {
  16: "BADSIG",
  17: "BADKEY",
  18: "BADTIME",
  22: "BADTRUNC",
};

interface Tsig {
  readonly algorithm: string;
  readonly timeMs: number;
  readonly fudge: number;
  readonly mac: Buffer;
  readonly originalId: number;
  readonly error: number;
  readonly other: Buffer;
}

function hmac(key: TsigKey, parts: readonly Uint8Array[]): Buffer {
  const hash = createHmac(key.algorithm.replace("hmac-", ""), key.secret);
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function u48(seconds: number): Buffer {
  return Buffer.concat([u16(Math.floor(seconds / 2 ** 32)), u32(seconds % 2 ** 32)]);
}

function withLength(bytes: Uint8Array): Buffer {
  return Buffer.concat([u16(bytes.length), bytes]);
}

/** What of the signature itself is signed. */
function variables(key: TsigKey, tsig: Pick<Tsig, "timeMs" | "fudge" | "error" | "other">): Buffer {
  return Buffer.concat([
    encodeName(key.name.toLowerCase()),
    u16(classes.ANY),
    u32(0),
    encodeName(key.algorithm),
    timers(tsig),
    u16(tsig.error),
    withLength(tsig.other),
  ]);
}

function timers({ timeMs, fudge: apart }: Pick<Tsig, "timeMs" | "fudge">): Buffer {
  return Buffer.concat([u48(Math.floor(timeMs / 1_000)), u16(apart)]);
}

/** The number of additional records is bytes 10 and 11. */
function withAdditional(bytes: Uint8Array, change: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt16BE(copy.readUInt16BE(10) + change, 10);
  return copy;
}

export function sign(
  message: Uint8Array,
  key: TsigKey,
  nowMs: number,
): { readonly bytes: Buffer; readonly mac: Buffer } {
  const tsig = { timeMs: nowMs, fudge, error: 0, other: Buffer.alloc(0) };
  const mac = hmac(key, [message, variables(key, tsig)]);
  const data = Buffer.concat([
    encodeName(key.algorithm),
    timers(tsig),
    withLength(mac),
    Buffer.from(message).subarray(0, 2),
    u16(0),
    u16(0),
  ]);
  const record = { name: key.name, type: tsigType, class: classes.ANY, ttl: 0, data };
  return { bytes: Buffer.concat([withAdditional(message, 1), encodeRecord(record)]), mac };
}

function readTsig(reader: Reader): Tsig {
  const algorithm = reader.name();
  const timeMs = (reader.u16() * 2 ** 32 + reader.u32()) * 1_000;
  return {
    algorithm,
    timeMs,
    fudge: reader.u16(),
    mac: reader.bytes(reader.u16()),
    originalId: reader.u16(),
    error: reader.u16(),
    other: reader.bytes(reader.u16()),
  };
}

export interface Verifier {
  /**
   * The message of these bytes when it may be believed. A refusal (any rcode but 0) may come without a
   * signature. Throws `unauthorised` when the server refuses the key, `unavailable` when a signature is
   * missing, does not fit, or was made at another time.
   */
  read(bytes: Uint8Array): Message;
  /** Throws when the last message that was read had no signature. */
  end(): void;
}

export function createVerifier(key: TsigKey, requestMac: Uint8Array, now: () => number): Verifier {
  let priorMac: Uint8Array = requestMac;
  let isFirst = true;
  const unsigned: Buffer[] = [];
  const changedHint =
    "something in between may have changed it, or the server has a different key with that name";
  const forged = (what: string, hint = changedHint): never => {
    throw new CapstanError("unavailable", `the name server's answer ${what}`, { hint });
  };
  /** The signature covers what these fields must be (RFC 8945, 4.2), not what they are. */
  const isOfKey = (record: WireRecord, tsig: Tsig): boolean =>
    record.name === key.name.toLowerCase() &&
    record.class === classes.ANY &&
    record.ttl === 0 &&
    tsig.algorithm === key.algorithm;
  return {
    read(bytes) {
      const { message, lastAt } = decodeMessage(bytes, expandData);
      const last = message.additional.at(-1);
      if (last?.type !== tsigType) {
        if (message.rcode !== 0) return message;
        if (isFirst) return forged("is not signed");
        unsigned.push(Buffer.from(bytes));
        if (unsigned.length > mostUnsigned) forged("is not signed");
        return message;
      }
      const tsig = readTsig(createReader(last.data));
      const error = tsigErrors[tsig.error];
      if (error !== undefined) throw keyError(error);
      const plain = withAdditional(Buffer.from(bytes).subarray(0, lastAt), -1);
      plain.writeUInt16BE(tsig.originalId, 0);
      const mac = hmac(key, [
        withLength(priorMac),
        ...unsigned,
        plain,
        isFirst ? variables(key, tsig) : timers(tsig),
      ]);
      const fits = mac.length === tsig.mac.length && timingSafeEqual(mac, tsig.mac);
      if (!fits || !isOfKey(last, tsig)) return forged("has a signature that does not fit");
      // The server's own BADTIME is a refusal. This answer may follow a change that was made.
      if (Math.abs(now() - tsig.timeMs) > (tsig.fudge + 1) * 1_000) {
        return forged("was signed too long ago, or in the future", clockHint);
      }
      priorMac = tsig.mac;
      isFirst = false;
      unsigned.length = 0;
      return { ...message, additional: message.additional.slice(0, -1) };
    },
    end() {
      if (unsigned.length > 0) forged("ends without a signature");
    },
  };
}

function keyError(error: string): CapstanError {
  const hints: Readonly<Record<string, string>> = {
    BADKEY:
      "it does not know the key, or the key may not do this: check RFC2136_KEY_NAME, RFC2136_KEY_ALGORITHM and what the server allows the key",
    BADSIG: "the secret is another one there: check RFC2136_KEY_SECRET",
    BADTIME: clockHint,
  };
  const hint = hints[error];
  return new CapstanError(
    "unauthorised",
    `the name server does not accept the key (${error})`,
    hint === undefined ? {} : { hint },
  );
}
