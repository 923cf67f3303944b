// Asking a host as a visitor does, with a stand-in of Traefik on loopback and certificates made here.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHostProbe } from "../../src/hosts/probe.ts";
import { failure } from "../forge/support.ts";
import { freePort } from "../support/free-port.ts";
import { startStandInProxy } from "../support/stand-in-proxy.ts";
import type { StandInProxy } from "../support/stand-in-proxy.ts";
import { createTestAuthority } from "../support/test-authority.ts";
import type { TestAuthority } from "../support/test-authority.ts";

const host = "shop.example.com";
const address = "127.0.0.1";
let authority: TestAuthority;
let proxy: StandInProxy;
beforeAll(async () => {
  authority = await createTestAuthority();
  proxy = await startStandInProxy(await authority.issue([host, "www.example.com"], 60));
});
afterAll(async () => {
  await proxy.close();
  await authority.close();
});

const probe = () => createHostProbe({ ca: authority.ca });
const tls = () => ({ host, address, port: proxy.ports.https });

describe("the certificate", () => {
  test("that is believed says until when, and for which names", async () => {
    const shown = await probe().certificate(tls());
    expect(shown).toMatchObject({ distrust: null, names: [host, "www.example.com"] });
    const days = (shown.endsAtMs - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(59);
    expect(days).toBeLessThan(61);
  });

  test("of another name, or of an authority that nobody knows, says so", async () => {
    const other = await probe().certificate({ ...tls(), host: "blog.example.com" });
    expect(other.distrust).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
    const unknown = await createHostProbe().certificate(tls());
    expect(unknown.distrust).toMatch(/UNABLE_TO_(?:GET_ISSUER_CERT|VERIFY_LEAF)/);
  });

  test("that nobody shows is an error", async () => {
    const port = await freePort();
    await failure(probe().certificate({ host, address, port }), "unavailable");
    await failure(probe().certificate({ host, address, port: proxy.ports.http }), "unavailable");
  });
});

describe("the answer", () => {
  test("of an application is its status, through HTTP and HTTPS, with the host and path", async () => {
    proxy.answers.set(host, 401);
    const asked = { host, address, path: "/health?x=1" };
    proxy.asked.length = 0;
    const plain = await probe().answer({ ...asked, port: proxy.ports.http, https: false });
    const secure = await probe().answer({ ...asked, port: proxy.ports.https, https: true });
    expect([plain, secure]).toEqual([
      { status: 401, isNoRoute: false },
      { status: 401, isNoRoute: false },
    ]);
    expect(proxy.asked).toEqual([`http ${host} /health?x=1`, `https ${host} /health?x=1`]);
  });

  test("of Traefik itself is told from an application's", async () => {
    const asked = { address, port: proxy.ports.http, https: false, path: "/" };
    const none = await probe().answer({ ...asked, host: "nobody.example.com" });
    expect(none).toEqual({ status: 404, isNoRoute: true });
    proxy.answers.set("own.example.com", 404);
    const own = await probe().answer({ ...asked, host: "own.example.com" });
    expect(own).toEqual({ status: 404, isNoRoute: false });
  });

  test("is not followed elsewhere", async () => {
    proxy.answers.set(host, 302);
    const asked = { host, address, port: proxy.ports.http, https: false, path: "/" };
    expect(await probe().answer(asked)).toEqual({ status: 302, isNoRoute: false });
  });

  test("that does not come, or a path with letters outside ASCII, is no crash", async () => {
    const port = await freePort();
    const asked = { host, address, https: false, path: "/ä" };
    await failure(probe().answer({ ...asked, port }), "unavailable");
    proxy.answers.set(host, 200);
    proxy.asked.length = 0;
    await probe().answer({ ...asked, port: proxy.ports.http });
    expect(proxy.asked).toEqual([`http ${host} /%C3%A4`]);
  });
});
