// What the failure of an exchange tells about its request: one that never left may be sent again, of any
// other nobody knows whether it was carried out.

const beforeSending: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_HAS_EXPIRED",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_SSL_PACKET_LENGTH_TOO_LONG",
]);

/** The codes of an error and its causes, outermost first. */
export function causeCodes(error: unknown): readonly string[] {
  const codes: string[] = [];
  for (let current = error; current instanceof Error; current = current.cause) {
    const { code } = current as NodeJS.ErrnoException;
    if (code !== undefined) codes.push(code);
  }
  return codes;
}

/** Whether who answered showed a certificate that is not trusted. */
export function isUntrusted(codes: readonly string[]): boolean {
  return codes.some((code) => /CERT|_SIGNATURE$/.test(code));
}

export const untrustedHint =
  "set CA_FILE to the certificate of its authority, or use the host name that it is made for";

/** Whether a failed exchange ended before its request could have reached the server. */
export function wasNeverSent(error: unknown): boolean {
  return causeCodes(error).some((code) => beforeSending.has(code));
}
