// What a name server is asked for over TCP, signed with a key: queries, whole zones, and updates (RFC 2136) that
// happen as a whole or not at all. Reads are tried three times; updates are sent once.
import { backoffMs, readBackoff } from "../lib/backoff.ts";
import type { Clock } from "../lib/clock.ts";
import { CapstanError, isCapstanError } from "../lib/errors.ts";
import type { ErrorCode } from "../lib/errors.ts";
import type { Logger } from "../lib/logger.ts";
import { typeNumber } from "./rdata.ts";
import { exchangeTcp } from "./tcp.ts";
import { createVerifier, sign } from "./tsig.ts";
import type { TsigKey } from "./tsig.ts";
import { classes, encodeMessage, opcodes } from "./wire.ts";
import type { Message, WireRecord } from "./wire.ts";

export interface Rfc2136ClientOptions {
  readonly host: string;
  readonly port: number;
  readonly key: TsigKey;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
}

export interface Update {
  readonly zone: string;
  /** What must hold for it to happen; see RFC 2136, 2.4. Without changes it is a question, and a read. */
  readonly prerequisites: readonly WireRecord[];
  readonly changes: readonly WireRecord[];
  readonly what: string;
}

/** How an update ended: done, or refused because a prerequisite does not hold. */
export type Updated = "done" | "exists" | "missing";

export interface Rfc2136Client {
  readonly title: string;
  query(name: string, type: string): Promise<Message>;
  /** All records of a zone. Throws `forbidden` when the key may not transfer it. */
  transfer(zone: string): Promise<readonly WireRecord[]>;
  update(update: Update): Promise<Updated>;
}

const timeoutMs = 15_000;
const transferMs = 60_000;
const maxBytes = 64 * 1024 * 1024;
const readTries = 3;
const soaType = typeNumber("SOA");
const lookHint = "it may have worked: run `capstan dns check` before you try again";

const rcodes: Readonly<Record<number, readonly [name: string, code: ErrorCode, hint: string]>> = {
  1: [
    "FORMERR",
    "unsupported",
    "it does not understand the request: is it a name server that takes updates?",
  ],
  2: ["SERVFAIL", "unavailable", "see the name server's own log"],
  4: [
    "NOTIMP",
    "unsupported",
    "it does not accept updates; RFC2136_SERVER must be the primary of the zone",
  ],
  5: [
    "REFUSED",
    "forbidden",
    "allow the key RFC2136_KEY_NAME to update the zone (BIND: allow-update or update-policy; Knot: acl)",
  ],
  9: [
    "NOTAUTH",
    "forbidden",
    "it is not the primary of the zone, or the key may not do this; RFC2136_SERVER must be the primary",
  ],
  10: ["NOTZONE", "invalid", "the name is not in the zone; set RFC2136_ZONE"],
};
/** Prerequisites that do not hold: YXDOMAIN, YXRRSET; NXDOMAIN, NXRRSET. */
const unmet: Readonly<Record<number, Updated>> = {
  6: "exists",
  7: "exists",
  3: "missing",
  8: "missing",
};

export function createRfc2136Client(options: Rfc2136ClientOptions): Rfc2136Client {
  const { host, port, key, clock, random, logger, signal } = options;
  const title = `the name server ${host.includes(":") ? `[${host}]` : host}:${port}`;

  const failed = (message: Message, what: string, isWrite: boolean): CapstanError => {
    const [name, code, hint] = rcodes[message.rcode] ?? [
      `rcode ${message.rcode}`,
      "unavailable",
      "",
    ];
    // Nobody knows how far a server came that failed.
    const unclear = isWrite && code === "unavailable";
    return new CapstanError(unclear ? "uncertain" : code, `${title} refused to ${what}: ${name}`, {
      hint: unclear ? "run `capstan dns check` before you try again" : hint,
    });
  };

  /** Sends one message and hands over its answers, each believed. */
  async function exchange(
    message: Omit<Message, "id" | "isAnswer" | "rcode" | "additional">,
    what: string,
    limitMs: number,
    isWrite: boolean,
    take: (answer: Message) => boolean,
  ): Promise<void> {
    const id = Math.floor(random() * 0x1_0000) & 0xffff;
    const plain = encodeMessage({ ...message, id, isAnswer: false, rcode: 0, additional: [] });
    const { bytes, mac } = sign(plain, key, clock.now());
    const verifier = createVerifier(key, mac, () => clock.now());
    /** The server may have made a change although its answer cannot be believed. */
    const believing = <T>(read: () => T): T => {
      try {
        return read();
      } catch (error) {
        // The server itself says that it does not accept the key.
        if (!isWrite || !isCapstanError(error) || error.code === "unauthorised") throw error;
        const said = `${title} was asked to ${what}: ${error.message}`;
        throw new CapstanError("uncertain", said, { hint: lookHint, cause: error });
      }
    };
    const outcome = await exchangeTcp(
      { host, port },
      bytes,
      (answer) => {
        const read = believing(() => verifier.read(answer));
        if (!read.isAnswer || read.id !== id) return false;
        logger.debug({ asked: what, rcode: read.rcode }, "name server");
        const done = take(read);
        if (done) believing(() => verifier.end());
        return done;
      },
      // A change that was sent is not given up.
      { timeoutMs: limitMs, maxBytes, ...(signal === undefined || isWrite ? {} : { signal }) },
    );
    if (outcome.ok) return;
    if (!isWrite && signal?.aborted === true) {
      throw new CapstanError("cancelled", `${title} was not asked to ${what}`);
    }
    const said = `${title} could not be asked to ${what}: ${outcome.reason}`;
    throw isWrite && outcome.sent
      ? new CapstanError("uncertain", said, { hint: lookHint })
      : new CapstanError("unavailable", said, {
          kind: "no-connection",
          hint: "check RFC2136_SERVER, and that it answers over TCP",
        });
  }

  async function reading<T>(read: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures++) {
      try {
        return await read();
      } catch (error) {
        if (!isCapstanError(error, "unavailable") || failures >= readTries) throw error;
        await clock.sleep(backoffMs(readBackoff, failures, random()), signal);
      }
    }
  }

  const ask = (name: string, type: string) => ({
    opcode: opcodes.query,
    recursion: false,
    questions: [{ name, type: typeNumber(type), class: classes.IN }],
    answers: [],
    authority: [],
  });

  return {
    title,

    query: (name, type) =>
      reading(async () => {
        const what = `show the ${type} records of ${name}`;
        const answers: Message[] = [];
        await exchange(
          ask(name, type),
          what,
          timeoutMs,
          false,
          (answer) => answers.push(answer) > 0,
        );
        const [answer] = answers;
        // NXDOMAIN is an answer.
        if (answer !== undefined && [0, 3].includes(answer.rcode)) return answer;
        if (answer === undefined) throw new CapstanError("internal", "no answer was taken");
        throw failed(answer, what, false);
      }),

    transfer: (zone) =>
      reading(async () => {
        const what = `list the records of ${zone}`;
        const records: WireRecord[] = [];
        let ends = 0;
        await exchange(ask(zone, "AXFR"), what, transferMs, false, (answer) => {
          if (answer.rcode !== 0) throw failed(answer, what, false);
          // A zone begins with its SOA record and ends with the same one.
          for (const record of answer.answers) {
            if (record.type === soaType) ends += 1;
            if (ends < 2) records.push(record);
          }
          if (ends === 0) {
            throw new CapstanError("unavailable", `${title} sent no zone when asked to ${what}`);
          }
          return ends >= 2;
        }).catch((error: unknown) => {
          throw transferError(error);
        });
        return records;
      }),

    update({ zone, prerequisites, changes, what }) {
      const isWrite = changes.length > 0;
      const message = {
        opcode: opcodes.update,
        recursion: false,
        questions: [{ name: zone, type: soaType, class: classes.IN }],
        answers: prerequisites,
        authority: changes,
      };
      const once = async (): Promise<Updated> => {
        let updated: Updated = "done";
        await exchange(message, what, timeoutMs, isWrite, (answer) => {
          const refused = unmet[answer.rcode];
          if (answer.rcode !== 0 && refused === undefined) throw failed(answer, what, isWrite);
          updated = refused ?? "done";
          return true;
        });
        return updated;
      };
      return isWrite ? once() : reading(once);
    },
  };
}

/** Who asks for a whole zone has asked it before: a key that is refused now lacks this right (Knot: BADKEY). */
function transferError(error: unknown): unknown {
  if (!isCapstanError(error, "forbidden") && !isCapstanError(error, "unauthorised")) return error;
  return new CapstanError("forbidden", error.message, {
    hint: "allow the key RFC2136_KEY_NAME to transfer the zone (BIND: allow-transfer; Knot: acl with action transfer); single names can be checked without it",
  });
}
