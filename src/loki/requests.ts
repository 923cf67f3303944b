// What a request to Loki needs: the address of its push API, and headers with login and tenant.

export interface LokiAddress {
  /** Without a slash at its end. */
  readonly url: string;
  /** With a password alone it is a bearer token. */
  readonly login: { readonly username: string | null; readonly password: string } | null;
  /** X-Scope-OrgID of a Loki with several tenants. */
  readonly tenant: string | null;
}

export function pushUrl({ url }: LokiAddress): string {
  return `${url}/loki/api/v1/push`;
}

export function pushHeaders({ login, tenant }: LokiAddress): Record<string, string> {
  return {
    "content-type": "application/json",
    "user-agent": "capstan",
    ...(tenant === null ? {} : { "x-scope-orgid": tenant }),
    ...(login === null ? {} : { authorization: authorization(login) }),
  };
}

function authorization({ username, password }: NonNullable<LokiAddress["login"]>): string {
  if (username === null) return `Bearer ${password}`;
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
