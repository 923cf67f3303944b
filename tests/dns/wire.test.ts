// Bytes of DNS: names, data and texts there and back, junk from the network.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dataOf, dataText, expandData, typeName, typeNumber } from "../../src/dns/rdata.ts";
import { quoteTxt, txtStrings, unquoteTxt } from "../../src/dns/txt.ts";
import { createReader, decodeMessage, encodeMessage, encodeName } from "../../src/dns/wire.ts";
import type { Message } from "../../src/dns/wire.ts";

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
  const valid = encodeMessage(message);
  const read = (bytes: Uint8Array): void => {
    try {
      decodeMessage(bytes, expandData);
    } catch (error) {
      expect(error).toMatchObject({ code: "unavailable" });
    }
  };
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 120 }),
      fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 4 }),
      (junk, changes) => {
        const bent = Buffer.from(valid);
        for (const [at, byte] of changes) bent[at] = byte;
        read(junk);
        read(bent);
      },
    ),
    { numRuns: 500 },
  );
});

test("an answer with a name of more than 255 bytes is no message", () => {
  const labels = encodeName(`${"x".repeat(60)}.${"y".repeat(60)}`).subarray(0, -1);
  const long = Buffer.concat([labels, labels, labels, Buffer.from([0])]);
  const [head, name] = [encodeMessage({ ...message, questions: [] }), encodeName("a.test")];
  head.writeUInt16BE(1, 6);
  // A CNAME record whose data are a pointer to the name right behind it.
  const fields = Buffer.from([0, 5, 0, 1, 0, 0, 0, 0, 0, 2]);
  const behind = head.length + name.length + fields.length + 2;
  const alias = Buffer.concat([head, name, fields, Buffer.from([0xc0, behind])]);
  expect(decodeMessage(Buffer.concat([alias, name]), expandData).message.answers).toHaveLength(1);
  expect(() => decodeMessage(Buffer.concat([alias, long]), expandData)).toThrow(
    "not a DNS message",
  );
});
