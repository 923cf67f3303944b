// A company's network: everything goes through a proxy with a login, to servers whose certificates an authority of
// their own has signed. One CA_FILE and the usual variables serve requests to Dokploy and git alike.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startSimulator } from "../../src/simulator/server.ts";
import type { Simulator } from "../../src/simulator/server.ts";
import { startCapstan } from "../support/capstan-process.ts";
import { createTestRepository } from "../support/git.ts";
import type { TestRepository } from "../support/git.ts";
import { serveRepository } from "../support/git-http.ts";
import type { GitHttpServer } from "../support/git-http.ts";
import { authority, openPrivateNetwork } from "../support/private-network.ts";
import type { PrivateNetwork } from "../support/private-network.ts";

const manifest = `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec: { applications: { web: { image: "nginx:1", rollout: { stableFor: 1s } } } }
`;

let simulator: Simulator;
let repository: TestRepository;
let git: GitHttpServer;
let network: PrivateNetwork;
let folder: string;

beforeEach(async () => {
  simulator = await startSimulator({ timeScale: 0.02 });
  repository = await createTestRepository();
  await repository.push({ "stacks/shop.yaml": manifest });
  git = await serveRepository(repository.url);
  const portOf = (url: string): number => Number(new URL(url).port);
  network = await openPrivateNetwork({
    "dokploy.example.com": portOf(simulator.url),
    "git.example.com": portOf(git.url),
  });
  folder = await mkdtemp(join(tmpdir(), "capstan-network-"));
  await writeFile(join(folder, "ca.pem"), authority);
});
afterEach(async () => {
  await network.close();
  await git.close();
  await simulator.close();
  await repository.remove();
  await rm(folder, { recursive: true, force: true });
});

async function run(args: readonly string[], more: Readonly<Record<string, string>>) {
  const environment = {
    DOKPLOY_URL: "https://dokploy.example.com",
    DOKPLOY_API_TOKEN: simulator.apiKey,
    HOST_CHECK_INTERVAL: "off",
    GIT_URL: `https://git.example.com/${basename(repository.url)}`,
    ...more,
  };
  const child = startCapstan(args, { folder, environment });
  const code = await child.ended;
  return { code, out: child.out(), err: child.err() };
}

test("a plan and an apply go through the proxy, and trust the authority", async () => {
  const through = { CA_FILE: join(folder, "ca.pem"), HTTPS_PROXY: network.proxy };
  const planned = await run(["plan"], through);
  expect(planned.code, planned.err).toBe(0);
  expect(planned.out).toContain("shop");
  expect(new Set(network.asked)).toEqual(
    new Set(["CONNECT dokploy.example.com:443", "CONNECT git.example.com:443"]),
  );
  const applied = await run(["apply"], through);
  expect(applied.code, applied.err).toBe(0);
  expect(simulator.state.projects.size).toBe(1);
  expect(planned.out + planned.err + applied.out + applied.err).not.toContain(network.password);
});

test("plain http goes through HTTP_PROXY, in small letters too, and never to this machine", async () => {
  const plain = {
    DOKPLOY_URL: "http://dokploy.example.com",
    GIT_URL: `http://git.example.com/${basename(repository.url)}`,
    http_proxy: network.proxy,
  };
  const planned = await run(["plan"], plain);
  expect(planned.code, planned.err).toBe(0);
  expect(network.asked.some((line) => line.includes("git.example.com"))).toBe(true);
  expect(network.asked.some((line) => line.includes("dokploy.example.com"))).toBe(true);

  const before = network.asked.length;
  const direct = { HTTP_PROXY: network.proxy, DOKPLOY_URL: simulator.url, GIT_URL: git.url };
  const local = await run(["plan"], direct);
  expect(local.code, local.err).toBe(0);
  expect(network.asked).toHaveLength(before);
});

test("without the authority's certificate both say what to set", async () => {
  const { code, err } = await run(["plan"], { HTTPS_PROXY: network.proxy });
  expect(code).not.toBe(0);
  expect(err).toContain("CA_FILE");
  const git = await run(["plan"], {
    HTTPS_PROXY: network.proxy,
    DOKPLOY_URL: simulator.url,
    NO_PROXY: "",
  });
  expect(git.code).not.toBe(0);
  expect(git.err).toContain("CA_FILE");
});

test("a proxy that refuses, and settings that are wrong, are said without the password", async () => {
  const refused = network.proxy.replace(network.password, "canary-of-a-password");
  const wrong = await run(["plan"], { HTTPS_PROXY: refused, CA_FILE: join(folder, "ca.pem") });
  expect(wrong.code).not.toBe(0);
  expect(wrong.out + wrong.err).not.toContain("canary-of-a-password");

  const unset = await run(["plan"], { HTTPS_PROXY: "proxy.example.com:3128", CA_FILE: "no-file" });
  expect(unset.code).not.toBe(0);
  expect(unset.err).toContain("HTTPS_PROXY must be an address such as");
  expect(unset.err).toContain("CA_FILE names a file that cannot be read");

  await writeFile(join(folder, "junk.pem"), "junk");
  const junk = await run(["plan"], { CA_FILE: join(folder, "junk.pem") });
  expect(junk.code).not.toBe(0);
  expect(junk.err).toContain("CA_FILE holds no certificate");
});
