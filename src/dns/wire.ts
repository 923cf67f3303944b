// DNS messages as bytes (RFC 1035), as much of them as updates, queries and zone transfers need.
import { CapstanError } from "../lib/errors.ts";

export const classes = { IN: 1, NONE: 254, ANY: 255 } as const;
export const opcodes = { query: 0, update: 5 } as const;

export interface WireRecord {
  /** Without a dot at its end, in lower case; the root is empty. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  /** Names in it are whole. */
  readonly data: Uint8Array;
}

export interface Question {
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

/** Updates call these zone, prerequisites, updates and additional. */
export interface Message {
  readonly id: number;
  readonly opcode: number;
  readonly isAnswer: boolean;
  readonly recursion: boolean;
  readonly rcode: number;
  readonly questions: readonly Question[];
  readonly answers: readonly WireRecord[];
  readonly authority: readonly WireRecord[];
  readonly additional: readonly WireRecord[];
}

const longestLabel = 63;
const longestName = 255;
/** More pointers in one name lead in a circle. */
const mostPointers = 64;

function malformed(): never {
  throw new CapstanError("unavailable", "the answer is not a DNS message");
}

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** A name's labels as bytes; `\.` and `\046` are what they are in zone files. */
function labelsOf(name: string): readonly Buffer[] {
  const labels: number[][] = [[]];
  for (const [, code, escaped, plain = ""] of name.matchAll(/\\(\d{3})|\\(.)|(.)/gsu)) {
    if (plain === ".") labels.push([]);
    else if (code !== undefined) labels.at(-1)?.push(Number(code) & 0xff);
    else labels.at(-1)?.push(...Buffer.from(escaped ?? plain));
  }
  const whole = labels.map((bytes) => Buffer.from(bytes));
  return whole.at(-1)?.length === 0 ? whole.slice(0, -1) : whole;
}

/** Whole, without pointers. Throws `invalid` for what is no name. */
export function encodeName(name: string): Buffer {
  const labels = labelsOf(name);
  const parts = labels.flatMap((label) => {
    if (label.length === 0 || label.length > longestLabel) badName(name);
    return [Buffer.from([label.length]), label];
  });
  const bytes = Buffer.concat([...parts, Buffer.from([0])]);
  return bytes.length > longestName ? badName(name) : bytes;
}

function badName(name: string): never {
  throw new CapstanError("invalid", `${JSON.stringify(name)} is not a name of DNS`, {
    hint: "each part between dots has 1 to 63 characters, all of it at most 253",
  });
}

function labelText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    const character = String.fromCharCode(byte).toLowerCase();
    if (byte <= 0x20 || byte >= 0x7f) text += `\\${String(byte).padStart(3, "0")}`;
    else text += /[.\\"]/.test(character) ? `\\${character}` : character;
  }
  return text;
}

export interface Reader {
  /** Where the next byte is read. */
  at(): number;
  u8(): number;
  u16(): number;
  u32(): number;
  bytes(length: number): Buffer;
  name(): string;
}

export function createReader(bytes: Uint8Array, from = 0): Reader {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = from;
  const take = (length: number): Buffer => {
    if (position + length > buffer.length) return malformed();
    position += length;
    return buffer.subarray(position - length, position);
  };
  return {
    at: () => position,
    u8: () => take(1).readUInt8(),
    u16: () => take(2).readUInt16BE(),
    u32: () => take(4).readUInt32BE(),
    bytes: (length) => Buffer.from(take(length)),
    name() {
      const labels: string[] = [];
      let back: number | null = null;
      let size = 1;
      for (let pointers = 0; pointers <= mostPointers && labels.length <= 128;) {
        const length = take(1).readUInt8();
        if (length === 0) {
          if (back !== null) position = back;
          return labels.join(".");
        }
        if (length <= longestLabel) {
          size += 1 + length;
          if (size > longestName) return malformed();
          labels.push(labelText(take(length)));
          continue;
        }
        if (length < 0xc0) return malformed();
        const target = ((length & 0x3f) << 8) | take(1).readUInt8();
        back ??= position;
        position = target;
        pointers += 1;
      }
      return malformed();
    },
  };
}

export function encodeRecord(record: WireRecord): Buffer {
  const { name, type, class: of, ttl, data } = record;
  return Buffer.concat([encodeName(name), u16(type), u16(of), u32(ttl), u16(data.length), data]);
}

export function encodeMessage(message: Message): Buffer {
  const { id, opcode, isAnswer, recursion, rcode, questions } = message;
  const flags = (isAnswer ? 0x8000 : 0) | (opcode << 11) | (recursion ? 0x0100 : 0) | rcode;
  const sections = [message.answers, message.authority, message.additional];
  return Buffer.concat([
    ...[id, flags, questions.length, ...sections.map(({ length }) => length)].map(u16),
    ...questions.flatMap(({ name, type, class: of }) => [encodeName(name), u16(type), u16(of)]),
    ...sections.flat().map(encodeRecord),
  ]);
}

/**
 * Reads a message; `expand` makes names in the data of a type whole. Throws `unavailable` for what is none.
 * The offset of the last record comes with it: where a signature begins that is taken off.
 */
export function decodeMessage(
  bytes: Uint8Array,
  expand: (type: number, reader: Reader, length: number) => Uint8Array,
): { readonly message: Message; readonly lastAt: number } {
  const reader = createReader(bytes);
  const [id, flags, questionCount, ...counts] = Array.from({ length: 6 }, () => reader.u16()) as [
    number,
    number,
    number,
    ...number[],
  ];
  const questions = Array.from({ length: questionCount }, () => ({
    name: reader.name(),
    type: reader.u16(),
    class: reader.u16(),
  }));
  let lastAt = reader.at();
  const sections = counts.map((count) =>
    Array.from({ length: count }, (): WireRecord => {
      lastAt = reader.at();
      const head = { name: reader.name(), type: reader.u16(), class: reader.u16() };
      const ttl = reader.u32();
      const length = reader.u16();
      const end = reader.at() + length;
      const data = expand(head.type, reader, length);
      if (reader.at() !== end) malformed();
      return { ...head, ttl, data };
    }),
  );
  const [answers = [], authority = [], additional = []] = sections;
  return {
    lastAt,
    message: {
      id,
      opcode: (flags >> 11) & 0xf,
      isAnswer: (flags & 0x8000) !== 0,
      recursion: (flags & 0x0100) !== 0,
      rcode: flags & 0xf,
      questions,
      answers,
      authority,
      additional,
    },
  };
}
