// What a real TLS server shows.
import { once } from "node:events";
import { createServer as plainServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { createServer } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { readCertificate } from "../../src/lib/certificate.ts";

/** Made for this test alone, for shop.example.com. */
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgDkE/pACDBYATcLJM
BMR9ltnOOifA3zE798KCKcgdVbihRANCAATm/Ha/GLoFwXq3hwYDG/sZNayWOxwK
7lswg/XYvWf24K6SKWN5kJuSml4aleBpWzZ0WpokhSYAgB+cWcIHWyAJ
-----END PRIVATE KEY-----`;
const cert = `-----BEGIN CERTIFICATE-----
MIIBqDCCAU6gAwIBAgIUWfJEI3EhxPntkq9kN1iQNbYXAQQwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQc2hvcC5leGFtcGxlLmNvbTAeFw0yNjExMjgxMzQ5MjNaFw0z
NjExMjUxMzQ5MjNaMBsxGTAXBgNVBAMMEHNob3AuZXhhbXBsZS5jb20wWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAATm/Ha/GLoFwXq3hwYDG/sZNayWOxwK7lswg/XY
vWf24K6SKWN5kJuSml4aleBpWzZ0WpokhSYAgB+cWcIHWyAJo3AwbjAdBgNVHQ4E
FgQUTS9GyvMq3eymf/s4a53Z4apNDF8wHwYDVR0jBBgwFoAUTS9GyvMq3eymf/s4
a53Z4apNDF8wDwYDVR0TAQH/BAUwAwEB/zAbBgNVHREEFDASghBzaG9wLmV4YW1w
bGUuY29tMAoGCCqGSM49BAMCA0gAMEUCIQDkzznVOo7vZWSieWbDYu6OHdMeUHOZ
V7AtcR0iSAjTzgIgA0hYoG4lCJ2dtSRupNjyXV1pd8ZdoAh0MEU3IT1xbwk=
-----END CERTIFICATE-----`;

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(
    servers.splice(0).map(async (server) => {
      const closed = once(server, "close");
      server.close();
      await closed;
    }),
  );
});

async function listen(server: Server, host = "127.0.0.1"): Promise<number> {
  server.listen(0, host);
  await once(server, "listening");
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

test("the certificate is what the server shows for that host, with why it is not trusted", async () => {
  const asked: string[] = [];
  const server = createServer({
    key,
    cert,
    SNICallback(name, done) {
      asked.push(name);
      done(null);
    },
  });
  const port = await listen(server);
  expect(await readCertificate("shop.example.com", { host: "127.0.0.1", port })).toEqual({
    endsAtMs: Date.parse("Nov 25 13:49:23 2036 GMT"),
    distrust: "DEPTH_ZERO_SELF_SIGNED_CERT",
    names: ["shop.example.com"],
  });
  expect(asked).toEqual(["shop.example.com"]);
});

test("an address is asked without a name, one of IPv6 too", async () => {
  const port = await listen(createServer({ key, cert }));
  await expect(readCertificate("127.0.0.1", { port })).resolves.toMatchObject({
    endsAtMs: expect.any(Number),
  });
  const sixth = await listen(createServer({ key, cert }), "::1");
  await expect(readCertificate("[::1]", { port: sixth })).resolves.toMatchObject({
    endsAtMs: expect.any(Number),
  });
});

test("nobody there, and somebody who does not speak TLS, are unavailable", async () => {
  const chatty = plainServer((socket) => {
    socket.resume().end("220 hello\r\n");
  });
  const port = await listen(chatty);
  const at = { host: "127.0.0.1", port };
  await expect(readCertificate("shop.example.com", at)).rejects.toMatchObject({
    code: "unavailable",
  });
  servers.splice(0);
  const closed = once(chatty, "close");
  chatty.close();
  await closed;
  await expect(readCertificate("shop.example.com", at)).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("ECONNREFUSED"),
  });
});

test("a server that says nothing is left when the caller stops", async () => {
  const server = plainServer();
  const port = await listen(server);
  const ending = new AbortController();
  const asking = readCertificate("shop.example.com", { host: "127.0.0.1", port }, ending.signal);
  const [socket] = (await once(server, "connection")) as [{ destroy(): void }];
  ending.abort();
  await expect(asking).rejects.toMatchObject({ code: "cancelled" });
  socket.destroy();
});
