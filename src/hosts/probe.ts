// Asks hosts as visitors do, at one address: what certificate is shown, and what is answered.
import { request as plainRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { request as tlsRequest } from "node:https";
import { readCertificate } from "../lib/certificate.ts";
import { CapstanError } from "../lib/errors.ts";
import type { HostAnswer, HostProbe } from "../ports-hosts.ts";

const withinMs = 10_000;
/** Traefik's own answer is much shorter; nobody keeps the text. */
const mostBytes = 4_096;
/** What Traefik says when no router has the host and path. */
const noRoute = "404 page not found";

export interface HostProbeOptions {
  /** Authorities that are believed instead of this process's own, in PEM. */
  readonly ca?: string;
}

async function startOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= mostBytes) break;
  }
  return Buffer.concat(chunks).toString("utf8", 0, mostBytes);
}

/** A manifest's path may hold letters that a request line may not. */
function encoded(path: string): string {
  const { pathname, search } = new URL(`http://host${path}`);
  return `${pathname}${search}`;
}

export function createHostProbe({ ca }: HostProbeOptions = {}): HostProbe {
  return {
    certificate: ({ host, address, port }) =>
      readCertificate(host, { host: address, port, ...(ca === undefined ? {} : { ca }) }),

    answer({ host, address, port, https, path }) {
      const where = `${host} at ${address}:${port}`;
      return new Promise<HostAnswer>((resolve, reject) => {
        const failed = (error: Error): void => {
          const why = error.name === "AbortError" ? "no answer" : error.message;
          const message = `${where} cannot be asked: ${why}`;
          reject(new CapstanError("unavailable", message, { cause: error }));
        };
        const options = {
          ...{ host: address, port, path: encoded(path), method: "GET" },
          headers: { host, "user-agent": "capstan", accept: "*/*", connection: "close" },
          // The address may be of another family than the first that a name would have: it is no name.
          agent: false as const,
          signal: AbortSignal.timeout(withinMs),
        };
        const heard = (answer: IncomingMessage): void => {
          const status = answer.statusCode ?? 0;
          if (status !== 404) {
            answer.destroy();
            resolve({ status, isNoRoute: false });
            return;
          }
          startOf(answer)
            .then((text) => {
              resolve({ status, isNoRoute: text.trim() === noRoute });
            })
            .catch(failed);
        };
        // Whether the certificate is good is a check of its own.
        const sent = https
          ? tlsRequest({ ...options, servername: host, rejectUnauthorized: false }, heard)
          : plainRequest(options, heard);
        sent.once("error", failed);
        sent.end();
      });
    },
  };
}
