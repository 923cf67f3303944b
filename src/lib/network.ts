// How this process reaches others: through which proxy, and which certificate authorities it trusts. Set once, before
// the first request; fetch, libraries and git all follow it.
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { setGlobalProxyFromEnv } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { CapstanError } from "./errors.ts";

export interface NetworkSettings {
  /** Addresses of proxies; null: none. They may hold a password. */
  readonly httpProxy: string | null;
  readonly httpsProxy: string | null;
  /** Hosts that are asked directly, separated by commas. This machine always is. */
  readonly noProxy: string | null;
  /** Certificates in PEM that are trusted beside those of the system; null: none. */
  readonly authorities: string | null;
}

/** Never asked through a proxy. */
export const thisMachine: readonly string[] = ["localhost", "127.0.0.1", "::1", "[::1]"];

function useProxies({ httpProxy, httpsProxy, noProxy }: NetworkSettings): string {
  const direct = [...(noProxy === null ? [] : [noProxy]), ...thisMachine].join(",");
  setGlobalProxyFromEnv({
    ...(httpProxy === null ? {} : { http_proxy: httpProxy }),
    ...(httpsProxy === null ? {} : { https_proxy: httpsProxy }),
    no_proxy: direct,
  });
  return direct;
}

const block = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function trust(authorities: string): void {
  try {
    const blocks = authorities.match(block) ?? [];
    for (const one of blocks) new X509Certificate(one);
    if (blocks.length === 0) throw new Error("it holds none");
    setDefaultCACertificates([...getCACertificates("default"), ...blocks]);
  } catch {
    throw new CapstanError("invalid", "CA_FILE holds no certificate that can be read", {
      hint: "it must be PEM: -----BEGIN CERTIFICATE----- …",
    });
  }
}

/** One file for programs that take a whole list; removed when the process ends. */
function bundleOf(certificates: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "capstan-ca-"));
  const file = join(folder, "authorities.pem");
  writeFileSync(file, `${certificates.map((one) => one.trim()).join("\n")}\n`);
  process.once("exit", () => {
    rmSync(folder, { recursive: true, force: true });
  });
  return file;
}

/**
 * Call it once. Gives the variables that programs started from here need, such as git. Throws `invalid` where
 * `authorities` is no certificate.
 */
export function useNetwork(settings: NetworkSettings): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  const { httpProxy, httpsProxy, authorities } = settings;
  if (httpProxy !== null || httpsProxy !== null) {
    variables.no_proxy = useProxies(settings);
    // git takes the first of them in small letters only.
    if (httpProxy !== null) variables.http_proxy = httpProxy;
    if (httpsProxy !== null) variables.https_proxy = httpsProxy;
  }
  if (authorities !== null) {
    trust(authorities);
    variables.GIT_SSL_CAINFO = bundleOf(getCACertificates("default"));
  }
  return variables;
}
