// Puts routes on a socket: bounded times for clients, answers to what is no request, an end that cuts
// connections.
import { once } from "node:events";
import { createServer } from "node:http";
import { getRequestListener, RequestError } from "@hono/node-server";
import { CapstanError } from "../lib/errors.ts";
import { isLoopbackAddress } from "./auth/local-request.ts";
import { problem, problemType } from "./problem.ts";

export interface Listening {
  /** `http://127.0.0.1:3000`; a server that listens everywhere is named by loopback. */
  readonly address: string;
  /** Whether only programs of this machine can reach it. */
  readonly isLoopback: boolean;
  /** Ends open connections too; may be called twice. */
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Called at the end, before connections are cut. */
  readonly ending?: () => void;
}

/** A client that has not sent its headers by then is cut off. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 30_000;

/** What Node says of a request that it does not hand on. */
const refusals: Readonly<Record<string, readonly [status: number, title: string, detail: string]>> =
  {
    HPE_HEADER_OVERFLOW: [431, "Request Header Fields Too Large", "the headers are too long"],
    ERR_HTTP_REQUEST_TIMEOUT: [408, "Request Timeout", "the request was not sent in time"],
  };
const notHttp = [400, "Bad Request", "this request cannot be read as HTTP"] as const;

function refusalOf({ code }: NodeJS.ErrnoException): string {
  const [status, title, detail] = refusals[code ?? ""] ?? notHttp;
  const body = JSON.stringify({ type: "about:blank", title, status, detail });
  return (
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: ${problemType}\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  );
}

function listenError(error: unknown, host: string, port: number): CapstanError {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const where = `${host}:${port}`;
  switch (code) {
    case "EADDRINUSE":
      return new CapstanError("invalid", `port ${port} is in use already on ${host}`, {
        hint: "set PORT to another one, or stop what uses it",
      });
    case "EACCES":
      return new CapstanError("invalid", `this user may not listen on ${where}`, {
        hint: "set PORT to 1024 or more",
      });
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new CapstanError("invalid", `${host} is not an address of this machine`, {
        hint: "set HOST to 0.0.0.0 or 127.0.0.1",
      });
    default:
      return new CapstanError("unavailable", `cannot listen on ${where}: ${code || String(error)}`);
  }
}

/** What has no address that could be read never reaches the routes. */
function unreadable(error: unknown): Response {
  return error instanceof RequestError
    ? problem(400, "the address or the host of the request cannot be read")
    : problem(500, "an unexpected error; the log says more");
}

/** Listens when it resolves. Throws `invalid` with a hint when port or address cannot be had. */
export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  { host, port, ending }: ListenOptions,
): Promise<Listening> {
  const answer = getRequestListener(fetch, { errorHandler: unreadable });
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
  server.headersTimeout = headersTimeoutMs;
  server.requestTimeout = requestTimeoutMs;
  // Too little of a request to have a context: the answer is written by hand.
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (socket.writable) socket.end(refusalOf(error));
  });
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    throw listenError(error, host, port);
  }
  const bound = server.address();
  const actual = typeof bound === "object" && bound !== null ? bound : null;
  const everywhere = host === "0.0.0.0" || host === "::";
  const named = everywhere ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  let closing: Promise<void> | null = null;
  return {
    address: `http://${named}:${actual?.port ?? port}`,
    isLoopback: actual !== null && isLoopbackAddress(actual.address),
    close() {
      closing ??= new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        ending?.();
        server.closeAllConnections();
      });
      return closing;
    },
  };
}
