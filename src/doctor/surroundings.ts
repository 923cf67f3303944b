// What lies around the controller: its folder, secrets, the provider for sign-in, certificates.
import type { Certificate } from "../lib/certificate.ts";
import type { Secrets } from "../ports-secrets.ts";
import { fail, pass, skip, warn } from "./check.ts";
import type { Check, Finding } from "./check.ts";

const diskWarnBytes = 500 * 2 ** 20;
const diskFailBytes = 50 * 2 ** 20;
const dayMs = 24 * 3_600_000;
const certificateWarnMs = 14 * dayMs;

const mib = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)} MiB`;

export interface FolderFacts {
  readonly path: string;
  /** Throws when nothing can be written there. */
  readonly write: () => Promise<void>;
  /** Free for this user, in bytes; null where the file system does not tell. */
  readonly freeBytes: () => Promise<number | null>;
}

export function stateCheck({ path, write, freeBytes }: FolderFacts): Check {
  const look = async (): Promise<Finding> => {
    try {
      await write();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      return fail(
        `${path} cannot be written: ${code}`,
        "let this user write there, or set STATE_DIR",
      );
    }
    const free = await freeBytes();
    if (free === null) return pass(`${path} can be written`);
    const message = `${path} can be written, ${mib(free)} are free`;
    const next = "make room on that disk: a full one stops the history and the portal";
    if (free < diskFailBytes) return fail(message, next);
    return free < diskWarnBytes ? warn(message, next) : pass(message);
  };
  return { id: "state", title: "State folder", look };
}

export interface SharedStore {
  /** `capstan on db.example.com:5432` */
  readonly title: string;
  /** Throws when it cannot be used. */
  readonly look: () => Promise<{ readonly version: string; readonly answeredInMs: number }>;
}

const slowStoreMs = 200;

/** `store`: null where each controller has a file of its own. */
export function storeCheck(store: SharedStore | null): Check {
  const look = async (): Promise<Finding> => {
    if (store === null) return skip("the store is a file in the state folder");
    const { version, answeredInMs } = await store.look();
    const message = `${store.title} (PostgreSQL ${version}) can be written, and answers in ${answeredInMs} ms`;
    if (answeredInMs < slowStoreMs) return pass(message);
    return warn(message, "put it nearer to Capstan: each write to Dokploy waits for it");
  };
  return { id: "store", title: "Store", look };
}

/** One for each source; a single one that is left out where there is none. */
export function secretsChecks(sources: Secrets["checks"]): readonly Check[] {
  if (sources.length === 0) {
    const look = async (): Promise<Finding> => skip("no source of secrets is set up");
    return [{ id: "secrets", title: "Secrets", look }];
  }
  return sources.map(({ source, look }) => ({
    id: `secrets-${source
      .toLowerCase()
      .replaceAll(/[^a-z]+/g, "-")
      .replaceAll(/^-|-$/g, "")}`,
    title: `Secrets: ${source}`,
    async look(): Promise<Finding> {
      const count = await look();
      return pass(count === null ? "it answers, and the token is good" : `it has ${count}`);
    },
  }));
}

export interface Discovery {
  readonly issuer: string;
  /** The document at `/.well-known/openid-configuration`. Throws `unavailable`. */
  readonly read: () => Promise<Readonly<Record<string, unknown>>>;
}

/** `discovery`: null when nobody signs in by OpenID Connect. */
export function oidcCheck(discovery: Discovery | null): Check {
  const look = async (): Promise<Finding> => {
    if (discovery === null) return skip("nobody signs in by OpenID Connect");
    const { issuer } = discovery;
    const found = await discovery.read();
    if (found.issuer !== issuer) {
      const named = typeof found.issuer === "string" ? found.issuer : "nothing";
      return fail(
        `the provider calls itself ${named}, OIDC_ISSUER says ${issuer}`,
        "copy the issuer from the provider, with or without the slash at its end",
      );
    }
    const missing = ["authorization_endpoint", "token_endpoint", "jwks_uri"].filter(
      (name) => typeof found[name] !== "string",
    );
    if (missing.length > 0) {
      return fail(`its description lacks ${missing.join(", ")}`, "use a whole OpenID provider");
    }
    return pass(`${issuer} describes itself`);
  };
  return { id: "oidc", title: "Sign-in", look };
}

export interface Site {
  /** `DOKPLOY_URL` */
  readonly variable: string;
  readonly url: string;
  /** Through which it is asked; null: directly. */
  readonly proxy: string | null;
}

/** `Dokploy`'s way and the others': proxies are the first thing to look at when nothing answers. */
export function proxyCheck(sites: readonly Site[], hasOwnAuthority: boolean): Check {
  const look = async (): Promise<Finding> => {
    const own = hasOwnAuthority ? "CA_FILE is trusted as well" : "no authority of your own";
    const through = sites.flatMap(({ variable, proxy }) =>
      proxy === null ? [] : [`${variable} through ${proxy}`],
    );
    if (through.length === 0 && !hasOwnAuthority) return skip("no proxy and no authority is set");
    return pass(`${through.length === 0 ? "no proxy" : through.join(", ")}; ${own}`);
  };
  return { id: "network", title: "Proxy", look };
}

export interface CertificateFacts {
  readonly sites: readonly Site[];
  /** Throws `unavailable`. */
  readonly read: (host: string, port: number) => Promise<Certificate>;
  readonly nowMs: () => number;
}

/** One check for each host that is spoken to by https, or one that says that there is none. */
export function certificateChecks({ sites, read, nowMs }: CertificateFacts): readonly Check[] {
  const byHost = new Map<string, Site>();
  for (const site of sites) {
    const url = URL.parse(site.url);
    if (url?.protocol === "https:" && !byHost.has(url.host)) byHost.set(url.host, site);
  }
  if (byHost.size === 0) {
    const look = async (): Promise<Finding> => skip("no address that is set begins with https");
    return [{ id: "certificates", title: "Certificates", look }];
  }
  return [...byHost].map(([host, { variable, url, proxy }]): Check => ({
    id: `certificate.${host}`,
    title: `Certificate of ${host}`,
    async look() {
      if (proxy !== null) return skip(`not looked at: it is asked through ${proxy}`);
      const { hostname, port } = new URL(url);
      const { endsAtMs, distrust } = await read(hostname, port === "" ? 443 : Number(port));
      const leftMs = endsAtMs - nowMs();
      const days = Math.floor(leftMs / dayMs);
      const next = `renew it; ${variable} leads there`;
      if (leftMs <= 0) return fail("it has expired", next);
      if (distrust !== null) {
        return fail(
          `it is not trusted (${distrust})`,
          `give ${host} a certificate for its name; for a certificate authority of your own set CA_FILE`,
        );
      }
      const message = `it expires in ${days} ${days === 1 ? "day" : "days"}`;
      return leftMs < certificateWarnMs ? warn(message, next) : pass(message);
    },
  }));
}
