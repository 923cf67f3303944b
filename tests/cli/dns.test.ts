// `capstan dns …`, as people type it: on a stand-in for Hetzner, with what name servers would say.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFactories } from "../../src/app.ts";
import { runProgram } from "../../src/cli/program.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import type { NameServers } from "../../src/ports-dns.ts";
import { startCapstan } from "../support/capstan-process.ts";
import { startFakeHetzner } from "../support/fake-hetzner.ts";
import type { FakeHetzner } from "../support/fake-hetzner.ts";
import { createStage } from "./support.ts";

let host: FakeHetzner;
let environment: Record<string, string>;
/** What every name server of the zone says of a name. */
let say: (name: string) => readonly string[];
const asked: string[] = [];

beforeEach(async () => {
  host = await startFakeHetzner();
  environment = {
    HETZNER_API_URL: host.api,
    HETZNER_API_TOKEN: host.token,
    STACK_DOMAIN_SUFFIX: "ai.example.com",
    TRAEFIK_IP: "203.0.113.7:8080",
  };
  say = () => ["203.0.113.7"];
  asked.length = 0;
});
afterEach(() => host.close());

async function capstan(...args: readonly string[]) {
  const redactor = createRedactor();
  const factories = createFactories({
    environment,
    folder: "/nowhere",
    clock: systemClock,
    random: () => 0.5,
    redactor,
    version: "1.2.3",
  });
  const nameServers: NameServers = {
    addressesOf: async () => ["192.0.2.1"],
    async ask(_, name, family) {
      asked.push(name);
      return say(name).filter((address) => address.includes(":") === (family === 6));
    },
    zoneOf: async () => null,
  };
  const openDns = () => ({ ...factories.openDns(), nameServers });
  const { context, terminal } = createStage({ factories: { ...factories, openDns } });
  const code = await runProgram(context, ["dns", ...args]);
  return { code, out: terminal.out(), err: terminal.err() };
}

const values = (name: string, type = "A") => host.values("example.com", name, type);

test("list shows the zone, and whose each record is", async () => {
  host.put("example.com", "*.ai", "A", ["203.0.113.7"]).protection.change = true;
  host.put("example.com", "@", "TXT", ['"v=spf1 -all"']);
  await capstan("create", "alice");
  const { code, out } = await capstan("list");
  expect(code).toBe(0);
  expect(out).toMatch(/^NAME +TYPE +TTL +VALUE +MADE BY\n/);
  expect(out).toMatch(/^\*\.ai\.example\.com +A +- +203\.0\.113\.7 +-, protected$/m);
  expect(out).toMatch(/^alice\.ai\.example\.com +A +- +203\.0\.113\.7 +capstan \(default\)$/m);
  expect(out).toMatch(/^example\.com +TXT +- +v=spf1 -all +-$/m);
  const json = JSON.parse((await capstan("list", "-o", "json")).out);
  expect(json).toMatchObject({ provider: "Hetzner DNS", zone: { name: "example.com" } });
  expect(json.records).toContainEqual({
    name: "alice.ai.example.com",
    type: "A",
    ttl: null,
    values: ["203.0.113.7"],
    owner: "default",
    isProtected: false,
  });
  expect((await capstan("list", "-o", "yaml")).out).toContain("provider: Hetzner DNS\n");
});

describe("create", () => {
  test("points a name to TRAEFIK_IP, without its port, and says so", async () => {
    expect(await capstan("create", "alice")).toEqual({
      code: 0,
      out: "created alice.ai.example.com A 203.0.113.7\n",
      err: "",
    });
    expect(values("alice.ai")).toEqual(["203.0.113.7"]);
    expect((await capstan("create", "alice")).out).toBe(
      "nothing to do: alice.ai.example.com A 203.0.113.7 is there already (the Capstan instance default created it)\n",
    );
    expect((await capstan("create", "alice", "--target", "203.0.113.8")).out).toBe(
      "changed alice.ai.example.com A 203.0.113.8 (was 203.0.113.7)\n",
    );
    expect(values("alice.ai")).toEqual(["203.0.113.8"]);
  });

  test("takes other targets and full names; JSON says what was done", async () => {
    environment.TRAEFIK_IP = "[2001:db8::7]:80";
    await capstan("create", "*");
    expect(values("*.ai", "AAAA")).toEqual(["2001:db8::7"]);
    const { out } = await capstan(
      "create",
      "www.example.com",
      "--target",
      "203.0.113.9",
      "-o",
      "json",
    );
    expect(JSON.parse(out)).toMatchObject({ kind: "created", record: { name: "www.example.com" } });
    expect(values("www")).toEqual(["203.0.113.9"]);
  });

  test("leaves what others made", async () => {
    host.put("example.com", "alice.ai", "A", ["203.0.113.1"]);
    expect(await capstan("create", "alice")).toEqual({
      code: 1,
      out: "",
      err:
        "error: alice.ai.example.com has the A record 203.0.113.1 already, and Capstan did not create it, or somebody changed it since\n" +
        "hint:  to replace it, remove it first: capstan dns remove alice.ai.example.com --value 203.0.113.1\n",
    });
    expect(values("alice.ai")).toEqual(["203.0.113.1"]);
  });

  test("needs a target that is an address", async () => {
    environment.TRAEFIK_IP = "";
    expect((await capstan("create", "alice")).err).toContain(
      "hint:  pass an address with --target, or set TRAEFIK_IP\n",
    );
    environment.TRAEFIK_IP = "dokploy-traefik";
    const { code, err } = await capstan("create", "alice");
    expect(code).toBe(1);
    expect(err).toContain('"dokploy-traefik" is not an IP address');
  });

  test("says when the token may only read", async () => {
    host.readOnly = true;
    const { code, err } = await capstan("create", "alice");
    expect(code).toBe(1);
    expect(err).toContain("error: Hetzner refused to create the A record alice.ai.example.com: ");
    expect(err).toContain("Read & Write");
    expect(err).not.toContain(host.token);
  });
});

describe("remove", () => {
  test("takes away what Capstan made", async () => {
    await capstan("create", "alice");
    expect(await capstan("remove", "alice")).toEqual({
      code: 0,
      out: "removed alice.ai.example.com A 203.0.113.7\n",
      err: "",
    });
    expect(values("alice.ai")).toBeNull();
    expect((await capstan("remove", "alice")).err).toBe(
      "error: alice.ai.example.com has no record of its own\n",
    );
  });

  test("takes what others made only with its value", async () => {
    host.put("example.com", "alice.ai", "A", ["203.0.113.1"]);
    const refused = await capstan("remove", "alice");
    expect(refused.code).toBe(1);
    expect(refused.err).toBe(
      "error: the A record alice.ai.example.com (203.0.113.1) was not removed: Capstan did not create it, or somebody changed it since\n" +
        "hint:  to remove it, repeat its value: capstan dns remove alice.ai.example.com --value 203.0.113.1\n",
    );
    expect(values("alice.ai")).toEqual(["203.0.113.1"]);
    const { out } = await capstan("remove", "alice", "--value", "203.0.113.1", "-o", "json");
    expect(JSON.parse(out)).toMatchObject({ removed: [{ values: ["203.0.113.1"] }], left: [] });
    expect(values("alice.ai")).toBeNull();
  });

  test("says what stays", async () => {
    await capstan("create", "alice");
    host.put("example.com", "alice.ai", "AAAA", ["2001:db8::1"]);
    expect((await capstan("remove", "alice")).out).toBe(
      "removed alice.ai.example.com A 203.0.113.7\nleft alice.ai.example.com AAAA 2001:db8::1\n",
    );
  });
});

describe("check", () => {
  test("passes for a name that a wildcard leads to Traefik", async () => {
    const { code, out } = await capstan("check", "alice");
    expect(code).toBe(0);
    expect(out).toContain("record    none of its own\n");
    expect(out).toContain("expected  203.0.113.7\n");
    expect(out).toMatch(/^pass +alice\.ai\.example\.com resolves to 203\.0\.113\.7 at all of/m);
    expect(out).toMatch(/^ {2}helium\.ns\.hetzner\.de +203\.0\.113\.7$/m);
    expect(host.writes()).toEqual([]);
  });

  test("asks with a name that nobody uses whether the wildcard answers", async () => {
    const { out } = await capstan("check", "*");
    expect(new Set(asked).size).toBe(1);
    expect(asked[0]).toMatch(/^capstan-check-[a-z0-9]{8}\.ai\.example\.com$/);
    expect(out).toContain("*.ai.example.com resolves to");
  });

  test("fails for a name that leads elsewhere, with the next step", async () => {
    say = () => [];
    host.put("example.com", "alice.ai", "CNAME", ["www.example.com."]);
    const { code, out } = await capstan("check", "alice");
    expect(code).toBe(1);
    expect(out).toContain(
      "record    CNAME www.example.com. (Capstan did not create it, or somebody changed it since)\n",
    );
    expect(out).toMatch(/^fail +alice\.ai\.example\.com has no address at the name servers of/m);
    expect(out).toMatch(/^next +create the A record alice/m);
    const json = JSON.parse((await capstan("check", "alice", "-o", "json")).out);
    expect(json).toMatchObject({ exists: true, check: { status: "fail", answers: [{}, {}, {}] } });
  });
});

test("without a provider, says how to name one; help says what a name is", async () => {
  delete environment.HETZNER_API_TOKEN;
  const { code, err } = await capstan("list");
  expect(code).toBe(1);
  expect(err).toMatch(/^error: no DNS provider is configured\nhint: {2}set HETZNER_API_TOKEN/);
  expect((await capstan("create", "--help")).out).toContain("NAME is a name below");
});

test("a name outside the zone is refused", async () => {
  const { code, err } = await capstan("check", "alice.example.org.");
  expect(code).toBe(1);
  expect(err).toContain("is not a name in example.com");
});

test("as a process of its own, it prints, changes the zone and ends", async () => {
  const folder = await mkdtemp(join(tmpdir(), "capstan-dns-"));
  const made = startCapstan(["dns", "create", "alice"], { folder, environment });
  try {
    expect(await made.ended).toBe(0);
    expect(made.out()).toBe("created alice.ai.example.com A 203.0.113.7\n");
    expect(made.err()).toBe("");
    expect(values("alice.ai")).toEqual(["203.0.113.7"]);
  } finally {
    await made.close();
    await rm(folder, { recursive: true, force: true });
  }
});
