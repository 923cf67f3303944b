// RFC 2136 on a connection that loses or spoils what follows a change: Capstan looks instead of guessing.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { typeNumber } from "../../src/dns/rdata.ts";
import { createRfc2136Client } from "../../src/dns/rfc2136-client.ts";
import { createRfc2136 } from "../../src/dns/rfc2136.ts";
import type { Rfc2136Options } from "../../src/dns/rfc2136.ts";
import { classes } from "../../src/dns/wire.ts";
import type { Dns } from "../../src/ports-dns.ts";
import { failure } from "../forge/support.ts";
import { startNameServer } from "../support/name-server.ts";
import type { RunningNameServer } from "../support/name-server.ts";
import { installedKinds, optionsAt, resolved, startBadConnection } from "./rfc2136-support.ts";
import type { Bend } from "./rfc2136-support.ts";

describe.each(installedKinds())("with %s", (kind) => {
  let server: RunningNameServer;
  let dns: Dns;
  let count = 0;
  /** A name of its own for each test, so that they share one server. */
  let name: string;

  const optionsOf = (): Rfc2136Options => optionsAt(server);
  const at = (more: Partial<Rfc2136Options> = {}): Dns =>
    createRfc2136({ ...optionsOf(), ...more });
  const answer = (of: string, type: "A") => resolved(server, of, type);

  beforeAll(async () => {
    server = await startNameServer(kind, ["*.ai A 192.0.2.99"]);
  });
  afterAll(() => server.close());
  beforeEach(() => {
    dns = at();
    count += 1;
    name = `test-${count}.ai.example.test`;
  });

  let close = async (): Promise<void> => undefined;
  afterEach(() => close());
  async function badConnection(bend: Bend): Promise<number> {
    const between = await startBadConnection(server, bend);
    close = () => between.close();
    return between.port;
  }
  const losing = (alsoRequests: boolean): Promise<number> =>
    badConnection((bytes, of) => (of === "request" && !alsoRequests ? bytes : null));
  /** A number at the end of the signature, and one that says how many records there are. */
  const spoiled = (bytes: Buffer, part: "signature" | "shape"): Buffer => {
    const bent = Buffer.from(bytes);
    const at = part === "signature" ? bent.length - 7 : 9;
    if (at >= 0 && at < bent.length) bent[at]! ^= 1;
    return bent;
  };

  test("looks what happened", async () => {
    const far = at({ port: await losing(false) });
    await far.createARecord({ name, address: "203.0.113.7" });
    expect(await answer(name, "A")).toEqual(["203.0.113.7"]);
    const now = await far.update(name, "A", { values: ["203.0.113.8"] });
    expect(now.values).toEqual(["203.0.113.8"]);
    await far.remove(name, "A", ["203.0.113.8"]);
    expect(await answer(name, "A")).toEqual(["192.0.2.99"]);
  });

  test.each(["signature", "shape"] as const)(
    "looks what happened when the %s of an answer is spoiled",
    async (part) => {
      const port = await badConnection((bytes, of) =>
        of === "answer" ? spoiled(bytes, part) : bytes,
      );
      const far = at({ port });
      await far.createARecord({ name, address: "203.0.113.7" });
      expect((await far.update(name, "A", { ttl: 90 })).ttl).toBe(90);
      await far.remove(name, "A", ["203.0.113.7"]);
      expect(await answer(name, "A")).toEqual(["192.0.2.99"]);
    },
  );

  test("does not believe in a TTL that was not changed", async () => {
    await dns.createARecord({ name, address: "203.0.113.7" });
    const far = at({ port: await losing(true) });
    await failure(far.update(name, "A", { ttl: 90 }), "uncertain");
  });

  test("an answer that is not believed leaves a change uncertain", async () => {
    const port = await badConnection((bytes, of) =>
      of === "answer" ? spoiled(bytes, "signature") : bytes,
    );
    const type = typeNumber("A");
    const removal = { name, type, class: classes.ANY, ttl: 0, data: Buffer.alloc(0) };
    const update = { zone: server.zone, prerequisites: [], changes: [removal], what: "remove" };
    const client = createRfc2136Client({ ...optionsOf(), port });
    const error = await failure(client.update(update), "uncertain");
    expect(error.message).toContain("signature that does not fit");
    expect(error.hint).toContain("capstan dns check");
    // What changes nothing can be asked again.
    await client.update({ ...update, changes: [] });
  });

  test("says that nobody knows when nothing is to be seen", async () => {
    const far = at({ port: await losing(true) });
    const error = await failure(far.createARecord({ name, address: "203.0.113.7" }), "uncertain");
    expect(error.hint).toContain("capstan dns check");
    expect(await answer(name, "A")).toEqual(["192.0.2.99"]);
  });
});
