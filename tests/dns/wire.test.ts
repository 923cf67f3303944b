// Bytes of DNS: names, data and texts there and back, junk from the network, signatures that do not fit.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dataOf, dataText, expandData, typeName, typeNumber } from "../../src/dns/rdata.ts";
import { createVerifier, sign } from "../../src/dns/tsig.ts";
import type { TsigKey } from "../../src/dns/tsig.ts";
import { quoteTxt, txtStrings, unquoteTxt } from "../../src/dns/txt.ts";
import {
  createReader,
  decodeMessage,
  encodeMessage,
  encodeName,
  encodeRecord,
} from "../../src/dns/wire.ts";
import type { Message } from "../../src/dns/wire.ts";
import { CapstanError } from "../../src/lib/errors.ts";
import { tsigAlgorithms } from "../../src/model/dns.ts";

const message: Message = {
  id: 7,
  opcode: 0,
  isAnswer: false,
  recursion: false,
  rcode: 0,
  questions: [{ name: "example.test", type: 6, class: 1 }],
  answers: [],
  authority: [],
  additional: [],
};

describe("names", () => {
  test.each([
    "",
    "example.test",
    "*.ai.example.test",
    "_sip._tcp.x",
    String.raw`a\.b.c`,
    "x\\032y",
  ])("%j is the same there and back", (name) => {
    expect(createReader(encodeName(name)).name()).toBe(name);
  });

  test("are read in lower case, and may end with a dot", () => {
    expect(createReader(encodeName("Example.TEST.")).name()).toBe("example.test");
  });

  test.each(["a..b", ".", `${"x".repeat(64)}.test`, `${"abcdefg.".repeat(40)}test`])(
    "%j is none",
    (name) => {
      expect(() => encodeName(name)).toThrow("is not a name of DNS");
    },
  );

  test("pointers lead back, and never in a circle", () => {
    const bytes = Buffer.concat([
      encodeName("example.test"),
      Buffer.from([3]),
      Buffer.from("www"),
      Buffer.from([0xc0, 0]),
    ]);
    expect(createReader(bytes, 14).name()).toBe("www.example.test");
    for (const circle of [
      [0xc0, 0],
      [1, 97, 0xc0, 0],
      [0xc0, 2, 0xc0, 0],
      [0x80, 0],
      [5, 97],
    ]) {
      expect(() => createReader(Buffer.from(circle)).name()).toThrow("not a DNS message");
    }
  });
});

describe("data", () => {
  test.each([
    ["A", "203.0.113.7"],
    ["AAAA", "2001:db8::7"],
    ["AAAA", "::"],
    ["AAAA", "1:2:3:4:5:6:7:8"],
    ["AAAA", "fe80::1:0:0:1"],
    ["CNAME", "www.example.test."],
    ["NS", "ns1.example.test."],
    ["MX", "10 mail.example.test."],
    ["SRV", "1 2 5060 sip.example.test."],
    ["SOA", "ns1.example.test. hostmaster.example.test. 1 3600 600 86400 60"],
    ["TXT", "hello"],
    ["TXT", `${"é".repeat(300)} "x" \\`],
    ["TYPE65280", "\\# 3 0a0b0c"],
    ["TYPE65280", "\\# 0"],
  ])("of type %s is the same there and back: %s", (type, text) => {
    expect(dataText(typeNumber(type), dataOf(type, text))).toBe(text);
  });

  test.each([
    ["A", "203.0.113"],
    ["A", "::1"],
    ["AAAA", "203.0.113.7"],
    ["CNAME", "two words"],
    ["MX", "mail.example.test."],
    ["MX", "99999 mail.example.test."],
    ["SOA", "a. b. 1 2 3"],
    ["TYPE65280", "\\# 4 0a"],
  ])("of type %s cannot be %s", (type, text) => {
    expect(() => dataOf(type, text)).toThrow("is not the value");
  });

  test("of a type that is not written says so", () => {
    expect(() => dataOf("CAA", "0 issue x")).toThrow("cannot write CAA records");
    expect(() => typeNumber("BOGUS")).toThrow("is not a type");
    expect(typeName(typeNumber("TYPE4711"))).toBe("TYPE4711");
  });
});

describe("texts", () => {
  test("any text is the same there and back, in strings of at most 255 bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 900 }), (text) => {
        const whole = Buffer.from(text).toString("utf8") === text;
        fc.pre(whole);
        expect(unquoteTxt(quoteTxt(text))).toBe(text);
        expect(txtStrings(text).every((each) => Buffer.byteLength(each) <= 255)).toBe(true);
      }),
    );
  });

  test("without quotes are what they are; numbers are bytes", () => {
    expect(unquoteTxt("v=spf1 -all")).toBe("v=spf1 -all");
    expect(unquoteTxt('"caf\\195\\169"')).toBe("café");
    expect(quoteTxt("")).toBe('""');
  });
});

test("junk is refused, never more than that", () => {
  const key = { name: "k", algorithm: "hmac-sha256", secret: Buffer.from("secret") } as const;
  const valid = sign(encodeMessage(message), key, 0).bytes;
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 120 }),
      fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 4 }),
      (junk, changes) => {
        const bent = Buffer.from(valid);
        for (const [at, byte] of changes) bent[at] = byte;
        for (const bytes of [junk, bent]) {
          try {
            createVerifier(key, Buffer.alloc(0), () => 0).read(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(CapstanError);
          }
        }
      },
    ),
    { numRuns: 500 },
  );
});

describe("signatures", () => {
  const nowMs = 1_767_225_600_000;
  const keyOf = (algorithm: TsigKey["algorithm"] = "hmac-sha256"): TsigKey => ({
    name: "Capstan",
    algorithm,
    secret: Buffer.from("a secret of this test"),
  });
  const verifier = (key = keyOf(), now = nowMs) => createVerifier(key, Buffer.alloc(0), () => now);
  /** As a server signs: over a request without one. */
  const signed = (key = keyOf(), body = message) => {
    const plain = encodeMessage({ ...body, isAnswer: true });
    // The request's signature is part of what is signed; here it is empty, with its length.
    const { bytes } = sign(plain, key, nowMs);
    return bytes;
  };

  test.each(tsigAlgorithms)(
    "%s signs what it says, and the record stands at the end",
    (algorithm) => {
      const { bytes, mac } = sign(encodeMessage(message), keyOf(algorithm), nowMs);
      const { message: read } = decodeMessage(bytes, expandData);
      const [record] = read.additional;
      expect(record).toMatchObject({ name: "capstan", class: 255, ttl: 0 });
      expect(typeName(record!.type)).toBe("TSIG");
      expect(Buffer.from(record!.data).includes(mac)).toBe(true);
      expect(
        Buffer.from(bytes.subarray(-encodeRecord(record!).length)).equals(
          encodeRecord({ ...record!, name: "Capstan" }),
        ),
      ).toBe(true);
    },
  );

  test("that do not fit are not believed", () => {
    expect(() => verifier().read(signed({ ...keyOf(), secret: Buffer.from("other") }))).toThrow(
      "signature that does not fit",
    );
    const bent = signed();
    bent[4] = 0xff;
    expect(() => verifier().read(bent)).toThrow(CapstanError);
  });

  test("are missed, but for refusals", () => {
    const plain = encodeMessage({ ...message, isAnswer: true });
    expect(() => verifier().read(plain)).toThrow("is not signed");
    const refusal = encodeMessage({ ...message, isAnswer: true, rcode: 5 });
    expect(verifier().read(refusal).rcode).toBe(5);
  });
});
