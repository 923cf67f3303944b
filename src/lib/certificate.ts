// The certificate that a server shows: when it expires, and whether this process trusts it for that name.
import { isIP } from "node:net";
import { connect } from "node:tls";
import { CapstanError } from "./errors.ts";

export interface Certificate {
  /** Milliseconds since 1970. */
  readonly endsAtMs: number;
  /** Why it is not trusted, as OpenSSL or Node names it: `DEPTH_ZERO_SELF_SIGNED_CERT`; null: it is. */
  readonly distrust: string | null;
}

const withinMs = 10_000;

/**
 * Connects to `host` (`at`: elsewhere) and says nothing. Throws `unavailable` when nobody answers with a certificate,
 * `cancelled` when `signal` aborts.
 */
export function readCertificate(
  host: string,
  at: { readonly host?: string; readonly port?: number } = {},
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
      const endsAtMs = Date.parse(socket.getPeerCertificate().valid_to);
      if (Number.isNaN(endsAtMs)) failed("it shows no certificate");
      else done({ endsAtMs, distrust: socket.authorized ? null : distrustOf(socket) });
    });
  });
}

function distrustOf({ authorizationError }: { readonly authorizationError: Error | null }): string {
  // Node gives a code in words where its type says an error.
  const given = authorizationError as (Error & { code?: string }) | string | null;
  if (typeof given === "string") return given;
  return given?.code ?? given?.message ?? "unknown";
}
