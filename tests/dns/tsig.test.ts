// Signatures of DNS messages: a server's answer is believed as it was signed, and with no bit of it changed.
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expandData, typeName } from "../../src/dns/rdata.ts";
import { createVerifier, sign } from "../../src/dns/tsig.ts";
import type { TsigKey } from "../../src/dns/tsig.ts";
import {
  decodeMessage,
  encodeMessage,
  encodeName,
  encodeRecord,
  u16,
  u32,
} from "../../src/dns/wire.ts";
import type { Message } from "../../src/dns/wire.ts";
import { CapstanError } from "../../src/lib/errors.ts";
import { tsigAlgorithms } from "../../src/model/dns.ts";
import { failure } from "../forge/support.ts";

const question: Message = {
  id: 7,
  opcode: 0,
  isAnswer: false,
  recursion: false,
  rcode: 0,
  questions: [{ name: "example.test", type: 1, class: 1 }],
  answers: [],
  authority: [],
  additional: [],
};
const address = { name: "example.test", type: 1, class: 1, ttl: 300 };
const answer: Message = {
  ...question,
  isAnswer: true,
  answers: [{ ...address, data: Buffer.from([203, 0, 113, 7]) }],
};
const nowMs = 1_767_225_600_000;
const keyOf = (algorithm: TsigKey["algorithm"] = "hmac-sha256"): TsigKey => ({
  name: "Capstan",
  algorithm,
  secret: Buffer.from("a secret of this test"),
});

interface Signing {
  readonly key?: TsigKey;
  /** The signature of the request, or of the answer's message before this one. */
  readonly prior: Uint8Array;
  readonly timeMs?: number;
  /** Messages before this one that were sent without a signature. */
  readonly unsigned?: readonly Uint8Array[];
  /** Later messages of one answer sign less. */
  readonly isFirst?: boolean;
}

/** Signs as a server does (RFC 8945, 4.3 and 5.3), without the code that is tested. */
function signed(body: Message, signing: Signing) {
  const { key = keyOf(), prior, timeMs = nowMs, unsigned = [], isFirst = true } = signing;
  const plain = encodeMessage(body);
  const seconds = timeMs / 1_000;
  const algorithm = encodeName(key.algorithm);
  const timers = Buffer.concat([u16(Math.floor(seconds / 2 ** 32)), u32(seconds), u16(300)]);
  const name = encodeName(key.name.toLowerCase());
  const variables = Buffer.concat([name, u16(255), u32(0), algorithm, timers, u16(0), u16(0)]);
  const mac = createHmac(key.algorithm.slice("hmac-".length), key.secret)
    .update(u16(prior.length))
    .update(prior)
    .update(Buffer.concat([...unsigned, plain]))
    .update(isFirst ? variables : timers)
    .digest();
  const data = [algorithm, timers, u16(mac.length), mac, u16(body.id), u16(0), u16(0)];
  const record = { name: key.name, type: 250, class: 255, ttl: 0, data: Buffer.concat(data) };
  const whole = Buffer.concat([plain, encodeRecord(record)]);
  whole.writeUInt16BE(1, 10);
  return { bytes: whole, mac, at: plain.length };
}

const requestMac = sign(encodeMessage(question), keyOf(), nowMs).mac;
const verifier = (key = keyOf(), now = nowMs) => createVerifier(key, requestMac, () => now);
/** Null when the answer is not believed. */
function believed(bytes: Uint8Array): Message | null {
  try {
    return verifier().read(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(CapstanError);
    return null;
  }
}

test.each(tsigAlgorithms)("%s signs a request, and the record stands at the end", (algorithm) => {
  const { bytes, mac } = sign(encodeMessage(question), keyOf(algorithm), nowMs);
  const { message: read } = decodeMessage(bytes, expandData);
  const [record] = read.additional;
  expect(record).toMatchObject({ name: "capstan", class: 255, ttl: 0 });
  expect(typeName(record!.type)).toBe("TSIG");
  expect(Buffer.from(record!.data).includes(mac)).toBe(true);
  const end = Buffer.from(bytes.subarray(-encodeRecord(record!).length));
  expect(end.equals(encodeRecord({ ...record!, name: "Capstan" }))).toBe(true);
});

describe("an answer", () => {
  test.each(tsigAlgorithms)("signed with %s is believed, and loses its signature", (algorithm) => {
    const key = keyOf(algorithm);
    const { mac: prior } = sign(encodeMessage(question), key, nowMs);
    const { bytes } = signed(answer, { key, prior });
    expect(createVerifier(key, prior, () => nowMs).read(bytes)).toEqual(answer);
  });

  test("with any one bit changed is not believed", () => {
    const { bytes, at } = signed(answer, { prior: requestMac });
    const letters = new Set<number>();
    const nameLength = encodeName("Capstan").length;
    const algorithmLength = encodeName("hmac-sha256").length;
    // Behind the key's name: type, class, TTL and length.
    for (const [start, length] of [
      [at, nameLength],
      [at + nameLength + 10, algorithmLength],
    ] as const) {
      for (let index = start; index < start + length; index += 1) {
        if (/[a-z]/i.test(String.fromCharCode(bytes[index]!))) letters.add(index);
      }
    }
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const index = Math.floor(bit / 8);
      const mask = 1 << (bit % 8);
      const bent = Buffer.from(bytes);
      bent[index]! ^= mask;
      const read = believed(bent);
      if (index < 2) {
        // The signature is over the original id; whoever asked compares this one.
        expect(read?.id, `bit ${bit}`).not.toBe(answer.id);
      } else if (letters.has(index) && mask === 0x20) {
        // Another case of a letter in a name is the same name.
        expect(read, `bit ${bit}`).toEqual(answer);
      } else {
        expect(read, `bit ${bit}`).toBeNull();
      }
    }
  });

  test("with many bytes changed, and junk, say nothing else and throw nothing else", () => {
    const { bytes } = signed(answer, { prior: requestMac });
    expect(believed(bytes)).toEqual(answer);
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 120 }),
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 4 }),
        (junk, changes) => {
          const bent = Buffer.from(bytes);
          for (const [at, byte] of changes) bent[at] = byte;
          const read = believed(bent);
          // A refusal may come without a signature.
          if (read?.rcode === 0) expect({ ...read, id: answer.id }).toEqual(answer);
          const strange = believed(junk);
          if (strange !== null) expect(strange.rcode).not.toBe(0);
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each<[string, Partial<Signing>]>([
    ["another secret", { key: { ...keyOf(), secret: Buffer.from("other") } }],
    ["a key of another name", { key: { ...keyOf(), name: "other" } }],
    ["another algorithm", { key: keyOf("hmac-sha512") }],
    ["the signature of another request", { prior: Buffer.alloc(32) }],
  ])("with %s is not believed", (_, more) => {
    const { bytes } = signed(answer, { prior: requestMac, ...more });
    expect(() => verifier().read(bytes)).toThrow("signature that does not fit");
  });

  test.each([-302_000, 302_000])("of %i ms before now is not believed", async (ms) => {
    const { bytes } = signed(answer, { prior: requestMac, timeMs: nowMs - ms });
    const read = async () => verifier().read(bytes);
    // The server took the request: this is not its own BADTIME.
    expect((await failure(read(), "unavailable")).hint).toContain("clock");
  });

  test("without a signature is believed only as a refusal", () => {
    expect(() => verifier().read(encodeMessage(answer))).toThrow("is not signed");
    const refusal = encodeMessage({ ...question, isAnswer: true, rcode: 5 });
    expect(verifier().read(refusal).rcode).toBe(5);
  });
});

describe("an answer of several messages", () => {
  const first = signed(answer, { prior: requestMac });
  const middle = encodeMessage({ ...answer, id: 8 });
  const last = signed(answer, { prior: first.mac, unsigned: [middle], isFirst: false });

  test("is one chain, in which some may be unsigned", () => {
    const chain = verifier();
    for (const bytes of [first.bytes, middle]) chain.read(bytes);
    expect(() => chain.end()).toThrow("ends without a signature");
    expect(chain.read(last.bytes)).toEqual(answer);
    chain.end();
  });

  test("is not believed when one of them is changed, missing or in another place", () => {
    const bent = Buffer.from(middle);
    bent[bent.length - 1]! ^= 1;
    for (const between of [[bent], [], [middle, middle]]) {
      const chain = verifier();
      for (const bytes of [first.bytes, ...between]) chain.read(bytes);
      expect(() => chain.read(last.bytes)).toThrow("signature that does not fit");
    }
    expect(() => verifier().read(last.bytes)).toThrow("signature that does not fit");
  });
});
