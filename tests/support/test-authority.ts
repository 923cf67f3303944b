// Certificates made for a test: an authority of its own, and what it signs. Needs openssl.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

export interface TestAuthority {
  /** In PEM: who believes it believes what it signed. */
  readonly ca: string;
  /** A certificate for these names that ends in so many days. */
  issue(names: readonly string[], days: number): Promise<KeyPair>;
  close(): Promise<void>;
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

export async function createTestAuthority(): Promise<TestAuthority> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-ca-"));
  const at = (name: string): string => join(folder, name);
  const files = (name: string) => ["-keyout", at(`${name}.key`), "-out", at(`${name}.pem`)];
  const subject = ["-subj", "/CN=An authority for tests"];
  await run("openssl", ["req", "-x509", ...newKey, ...files("ca"), "-days", "3650", ...subject]);
  let made = 0;
  return {
    ca: await readFile(at("ca.pem"), "utf8"),
    async issue(names, days) {
      made += 1;
      const name = `leaf-${made}`;
      const alternatives = names.map((one) => `DNS:${one}`).join(",");
      await run("openssl", [
        ...["req", "-x509", "-CA", at("ca.pem"), "-CAkey", at("ca.key"), ...newKey],
        ...[...files(name), "-days", String(days), "-subj", `/CN=${names[0] ?? "nobody"}`],
        ...["-addext", `subjectAltName=${alternatives}`],
        ...["-addext", "basicConstraints=critical,CA:FALSE"],
      ]);
      const [key, cert] = await Promise.all([
        readFile(at(`${name}.key`), "utf8"),
        readFile(at(`${name}.pem`), "utf8"),
      ]);
      return { key, cert };
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
