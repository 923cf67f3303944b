// By what two domains are the same one.

/** Host and path as Traefik compares them: a slash at the end makes no difference. */
export function domainClaim(domain: { readonly host: string; readonly path: string }): string {
  return `${domain.host.toLowerCase()}${domain.path.replace(/\/+$/, "")}`;
}
