// One exchange with a name server over TCP: a message out, one or several messages back, each with its length in
// front. Bounded in time and size; the connection is closed whatever happens.
import { createConnection } from "node:net";

export interface TcpTarget {
  readonly host: string;
  readonly port: number;
}

export type TcpOutcome =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** Whether the message may have reached the server. */
      readonly sent: boolean;
      readonly reason: string;
    };

export interface TcpLimits {
  /** For all of it. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/**
 * Sends `message` and hands each answer to `take` until that returns true. What `take` throws is thrown; what
 * happens to the connection comes back as a value.
 */
export async function exchangeTcp(
  target: TcpTarget,
  message: Uint8Array,
  take: (answer: Buffer) => boolean,
  limits: TcpLimits,
): Promise<TcpOutcome> {
  const { timeoutMs, maxBytes, signal } = limits;
  const socket = createConnection({ host: target.host, port: target.port });
  let sent = false;
  let timer: NodeJS.Timeout | undefined;
  let abort = (): void => undefined;
  try {
    return await new Promise<TcpOutcome>((resolve, reject) => {
      const fail = (reason: string): void => {
        resolve({ ok: false, sent, reason });
      };
      timer = setTimeout(() => {
        fail(`no answer within ${timeoutMs} ms`);
      }, timeoutMs);
      abort = () => {
        fail("cancelled");
      };
      signal?.addEventListener("abort", abort, { once: true });
      if (signal?.aborted === true) abort();
      let received = 0;
      let rest = Buffer.alloc(0);
      socket.on("error", (error: NodeJS.ErrnoException) => {
        fail(error.code ?? error.message);
      });
      socket.on("close", () => {
        fail("the connection was closed");
      });
      socket.on("connect", () => {
        sent = true;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(message.length);
        socket.write(Buffer.concat([length, message]));
      });
      socket.on("data", (chunk: Buffer) => {
        received += chunk.length;
        if (received > maxBytes) {
          fail(`more than ${maxBytes} bytes`);
          return;
        }
        rest = Buffer.concat([rest, chunk]);
        try {
          while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
            const end = 2 + rest.readUInt16BE(0);
            const answer = rest.subarray(2, end);
            rest = rest.subarray(end);
            if (take(answer)) {
              resolve({ ok: true });
              return;
            }
          }
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    socket.destroy();
  }
}
