// The certificate that a server shows: when it expires, and whether this process trusts it for that name.
import { isIP } from "node:net";
import { connect } from "node:tls";
import { CapstanError } from "./errors.ts";

export interface Certificate {
  /** Milliseconds since 1970. */
  readonly endsAtMs: number;
  /** Why it is not trusted, as OpenSSL or Node names it: `DEPTH_ZERO_SELF_SIGNED_CERT`; null: it is. */
  readonly distrust: string | null;
  /** The names that it is for, as it says: `shop.example.com`, `*.example.com`. */
  readonly names: readonly string[];
}

const withinMs = 10_000;
const mostNames = 20;

/**
 * Connects to `host` (`at`: elsewhere) and says nothing. Throws `unavailable` when nobody answers with a certificate,
 * `cancelled` when `signal` aborts.
 */
export function readCertificate(
  host: string,
  at: {
    readonly host?: string;
    readonly port?: number;
    /** Authorities that are believed instead of this process's own, in PEM. */
    readonly ca?: string;
  } = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Certificate> {
  return new Promise((resolve, reject) => {
    const name = host.replace(/^\[|\]$/g, "");
    const port = at.port ?? 443;
    const socket = connect({
      host: at.host ?? name,
      port,
      // One that has ended or is not trusted is looked at as well; nothing is sent.
      rejectUnauthorized: false,
      ...(isIP(name) === 0 ? { servername: name } : {}),
      ...(at.ca === undefined ? {} : { ca: at.ca }),
    });
    const done = (result: Certificate | CapstanError): void => {
      signal.removeEventListener("abort", giveUp);
      socket.destroy();
      if (result instanceof CapstanError) reject(result);
      else resolve(result);
    };
    const failed = (why: string): void => {
      done(
        new CapstanError("unavailable", `${host}:${port} cannot be asked: ${why}`, {
          hint: "check whether something listens there, and speaks TLS",
        }),
      );
    };
    const giveUp = (): void => {
      done(new CapstanError("cancelled", `${host}:${port} was not asked`));
    };
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    socket.setTimeout(withinMs, () => {
      failed("no answer");
    });
    socket.once("error", ({ message }: Error) => {
      failed(message);
    });
    socket.once("secureConnect", () => {
      const { valid_to: validTo, subjectaltname = "" } = socket.getPeerCertificate();
      const endsAtMs = Date.parse(validTo);
      if (Number.isNaN(endsAtMs)) {
        failed("it shows no certificate");
        return;
      }
      const distrust = socket.authorized ? null : distrustOf(socket);
      done({ endsAtMs, distrust, names: namesIn(subjectaltname) });
    });
  });
}

function distrustOf({ authorizationError }: { readonly authorizationError: Error | null }): string {
  // Node gives a code in words where its type says an error.
  const given = authorizationError as (Error & { code?: string }) | string | null;
  if (typeof given === "string") return given;
  return given?.code ?? given?.message ?? "unknown";
}

/** Of `DNS:shop.example.com, IP Address:203.0.113.7`; a certificate may hold hundreds. */
function namesIn(alternatives: string): readonly string[] {
  return alternatives
    .split(", ")
    .flatMap((one) => /^(?:DNS|IP Address):(.+)$/.exec(one)?.[1] ?? [])
    .slice(0, mostNames);
}
