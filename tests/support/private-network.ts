// A network like a company's: servers with certificates of an authority of its own, reached through a proxy alone.
import { once } from "node:events";
import { createServer as createHttpServer, request } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

/** Made for tests alone. The key's certificate is for dokploy.example.com, git.example.com and 127.0.0.1. */
export const authority = `-----BEGIN CERTIFICATE-----
MIIBpzCCAU2gAwIBAgIUA+VjXT8AU0F617r7xN6+6QQUH5cwCgYIKoZIzj0EAwIw
ITEfMB0GA1UEAwwWQ2Fwc3RhbiB0ZXN0IGF1dGhvcml0eTAeFw0yNjExMjgxNzMz
MDVaFw00NjExMjMxNzMzMDVaMCExHzAdBgNVBAMMFkNhcHN0YW4gdGVzdCBhdXRo
b3JpdHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARxIDGhVbKkTwFwasbMCU/R
Sbn51bebkmxo5taRdHG1utreolM2fzdwGFXVK29uPQ8BG66MahIk9y/laLbB0wYH
o2MwYTAdBgNVHQ4EFgQUIbHI5aGrOKj4O4wJpXx0XtXrllAwHwYDVR0jBBgwFoAU
IbHI5aGrOKj4O4wJpXx0XtXrllAwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8E
BAMCAgQwCgYIKoZIzj0EAwIDSAAwRQIhAPfuarjq1P2TpKyWeXJb0o/epTYkU8Zm
2BxvjWhN+4hJAiBWPWL8rIA37pXQcWI3BmDs3DpnlavBR3f/A2PH0tYk5A==
-----END CERTIFICATE-----`;
export const privateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgcfYd9WOCzFrVFRIP
O7185AlCpBXv6YAd3E4ngBTgd6ihRANCAAQWCYkxJj/OS7ItlKoDezGTHfjY6iYO
A8mk31naWkZtXBzUfM0eZ5mETXaE+Kuca+SKQAPINxH9yG9uVsy+Ruka
-----END PRIVATE KEY-----`;
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBujCCAWCgAwIBAgIUazrfGeWge8OJRDw0K5AB5ocMhLUwCgYIKoZIzj0EAwIw
ITEfMB0GA1UEAwwWQ2Fwc3RhbiB0ZXN0IGF1dGhvcml0eTAeFw0yNjExMjgxNzMz
MDZaFw00NjExMjMxNzMzMDZaMB4xHDAaBgNVBAMME2Rva3Bsb3kuZXhhbXBsZS5j
b20wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQWCYkxJj/OS7ItlKoDezGTHfjY
6iYOA8mk31naWkZtXBzUfM0eZ5mETXaE+Kuca+SKQAPINxH9yG9uVsy+Rukao3kw
dzA1BgNVHREELjAsghNkb2twbG95LmV4YW1wbGUuY29tgg9naXQuZXhhbXBsZS5j
b22HBH8AAAEwHQYDVR0OBBYEFLzf1MueoDQHNFE8aUZstxp0cry+MB8GA1UdIwQY
MBaAFCGxyOWhqzio+DuMCaV8dF7V65ZQMAoGCCqGSM49BAMCA0gAMEUCIQDTj6Dw
8q4ouFCcpc+XQtYFgzO0Q2f0YJ6SnQUTe9q9hwIgHvBV9g7sFtIqKSrmO20TM/v1
bHjAmxsral/9sfa4IFc=
-----END CERTIFICATE-----`;

export interface PrivateNetwork {
  /** With a login. */
  readonly proxy: string;
  readonly password: string;
  /** What was asked of it: `CONNECT git.example.com:443`, `GET http://plain.example.com/…`. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** Copies both ways until one side ends. */
function join(a: Socket, b: Socket): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
  }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** `ports`: by host, where its plain HTTP server really listens. */
export async function openPrivateNetwork(
  ports: Readonly<Record<string, number>>,
): Promise<PrivateNetwork> {
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  const password = "password-of-the-proxy";
  const login = `Basic ${Buffer.from(`me:${password}`).toString("base64")}`;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
  };
  const fronts: Server[] = [];
  const front = new Map<string, number>();
  for (const [host, port] of Object.entries(ports)) {
    const server = createTlsServer({ key: privateKey, cert: certificate }, (socket) => {
      const behind = connect(port, "127.0.0.1");
      keep(behind);
      join(socket, behind);
    });
    server.on("connection", keep);
    server.on("tlsClientError", () => undefined);
    fronts.push(server);
    front.set(host, await listen(server));
  }

  const proxy = createHttpServer((incoming, outgoing) => {
    asked.push(`${incoming.method ?? ""} ${incoming.url ?? ""}`);
    const { hostname, pathname, search } = new URL(incoming.url ?? "");
    const port = ports[hostname];
    if (port === undefined || incoming.headers["proxy-authorization"] !== login) {
      outgoing.writeHead(407, { "proxy-authenticate": "Basic" }).end();
      return;
    }
    const options = { host: "127.0.0.1", port, method: incoming.method, headers: incoming.headers };
    incoming.pipe(
      request({ ...options, path: `${pathname}${search}` }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      }),
    );
  });
  proxy.on("connection", keep);
  proxy.on("connect", (incoming, socket: Socket) => {
    asked.push(`CONNECT ${incoming.url ?? ""}`);
    const [host = "", wanted] = (incoming.url ?? "").split(":");
    const port = wanted === "443" ? front.get(host) : ports[host];
    if (port === undefined || incoming.headers["proxy-authorization"] !== login) {
      socket.end(
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
      );
      return;
    }
    const behind = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      join(socket, behind);
    });
    keep(behind);
  });
  const port = await listen(proxy);
  return {
    proxy: `http://me:${password}@127.0.0.1:${port}`,
    password,
    asked,
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all(
        [proxy, ...fronts].map(async (server) => {
          const closed = once(server, "close");
          server.close();
          await closed;
        }),
      );
    },
  };
}
