// The edge towards hosts as people reach them, as a contract.

/** Where to ask for a host: one address and port, so that nothing is looked up on the way. */
export interface HostAsk {
  /** In TLS's server name and in the Host header. */
  readonly host: string;
  /** An IP address. */
  readonly address: string;
  readonly port: number;
}

export interface ShownCertificate {
  readonly endsAtMs: number;
  /** Why it is not believed for this host, as OpenSSL or Node names it; null: it is. */
  readonly distrust: string | null;
  readonly names: readonly string[];
}

export interface HostAnswer {
  readonly status: number;
  /** It reads as the answer that Traefik gives itself when it has no route for the host. */
  readonly isNoRoute: boolean;
}

/**
 * Asks as a visitor would. Follows no redirect, sends no credentials, and connects to nothing but the address that it
 * is given. Each call ends within some ten seconds. Throws `unavailable` when nobody answers there.
 */
export interface HostProbe {
  certificate(ask: HostAsk): Promise<ShownCertificate>;
  /** GET; a certificate that is not believed does not stop it. */
  answer(ask: HostAsk & { readonly https: boolean; readonly path: string }): Promise<HostAnswer>;
}
