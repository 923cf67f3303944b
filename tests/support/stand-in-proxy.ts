// A stand-in of Traefik on loopback, for HTTP and HTTPS: which certificate it shows and what it answers may change.
import { once } from "node:events";
import { createServer as createPlain } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createTls } from "node:https";
import type { AddressInfo } from "node:net";
import { createSecureContext } from "node:tls";
import type { KeyPair } from "./test-authority.ts";

export interface StandInProxy {
  readonly ports: { readonly http: number; readonly https: number };
  /** `https shop.example.com /health` */
  readonly asked: string[];
  /** By host: the status that its application answers with; none has a route otherwise. */
  readonly answers: Map<string, number>;
  certificate: KeyPair;
  close(): Promise<void>;
}

export async function startStandInProxy(first: KeyPair): Promise<StandInProxy> {
  const asked: string[] = [];
  const answers = new Map<string, number>();
  const shown = { certificate: first };
  const answer = (scheme: string) => (request: IncomingMessage, response: ServerResponse) => {
    const host = request.headers.host ?? "";
    asked.push(`${scheme} ${host} ${request.url ?? ""}`);
    const status = answers.get(host);
    if (status === undefined) {
      response.writeHead(404, { "content-type": "text/plain" }).end("404 page not found\n");
    } else {
      response.writeHead(status, { location: "http://127.0.0.1:9/" }).end(`status ${status}`);
    }
  };
  const plain = createPlain(answer("http"));
  const tls = createTls(
    {
      ...first,
      SNICallback(_name, done) {
        done(null, createSecureContext(shown.certificate));
      },
    },
    answer("https"),
  );
  const listen = async (server: Server): Promise<number> => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
  const ports = { http: await listen(plain), https: await listen(tls) };
  return {
    ...{ ports, asked, answers },
    get certificate() {
      return shown.certificate;
    },
    set certificate(pair) {
      shown.certificate = pair;
    },
    async close() {
      for (const server of [plain, tls]) {
        const closed = once(server, "close");
        server.close();
        server.closeAllConnections();
        await closed;
      }
    },
  };
}
