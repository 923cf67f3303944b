// A little HashiCorp Vault (or OpenBao): KV engines of both versions, tokens and AppRoles with leases, namespaces,
// its quota of requests, and being sealed.
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface FakeVault {
  readonly url: string;
  readonly token: string;
  readonly role: { readonly roleId: string; readonly secretId: string };
  /** By path with its mount: the keys of it; null: the newest version was deleted. */
  readonly data: Map<string, Readonly<Record<string, unknown>> | null>;
  /** Paths that the token may not read. */
  readonly forbidden: Set<string>;
  state: "up" | "sealed" | "limited";
  /** Null: any. */
  namespace: string | null;
  /** Whether tokens may ask which engine has a path. */
  tellsMounts: boolean;
  readonly requests: string[];
  /** Tokens of AppRoles are worth nothing from now on. */
  endSessions(): void;
  close(): Promise<void>;
}

const mounts: Readonly<Record<string, { type: string; version: string | null }>> = {
  "kv/": { type: "kv", version: "2" },
  "team/kv/": { type: "kv", version: "2" },
  "old/": { type: "kv", version: null },
  "pki/": { type: "pki", version: null },
};

interface Answer {
  readonly status: number;
  readonly json: unknown;
}

const errors = (status: number, ...told: readonly string[]): Answer => ({
  status,
  json: { errors: told },
});

export async function startFakeVault(): Promise<FakeVault> {
  const sessions = new Set<string>();
  const role = { roleId: "role-1234", secretId: "canary-secret-id" };

  function login(body: string): Answer {
    const asked = JSON.parse(body) as { role_id?: string; secret_id?: string };
    if (asked.role_id !== role.roleId || asked.secret_id !== role.secretId) {
      return errors(400, "invalid role or secret ID");
    }
    const token = `hvs.session-${sessions.size}-${fake.requests.length}`;
    sessions.add(token);
    return { status: 200, json: { auth: { client_token: token, lease_duration: 600 } } };
  }

  function kv(path: string): Answer {
    const mount = Object.keys(mounts).find((one) => path.startsWith(one));
    const engine = mounts[mount ?? ""];
    if (mount === undefined || engine?.type !== "kv") {
      return errors(404, `no handler for route "${path}"`);
    }
    const isSecond = engine.version === "2";
    const rest = path.slice(mount.length);
    if (isSecond && !rest.startsWith("data/")) return errors(404);
    const wanted = mount + (isSecond ? rest.slice("data/".length) : rest);
    if (fake.forbidden.has(wanted)) return errors(403, "permission denied");
    const found = fake.data.get(wanted);
    if (found === undefined) return errors(404);
    if (!isSecond) return { status: 200, json: { data: found } };
    const metadata = { deletion_time: found === null ? "2026-01-01T00:00:00Z" : "" };
    return { status: found === null ? 404 : 200, json: { data: { data: found, metadata } } };
  }

  function mountsOf(path: string): Answer {
    if (!fake.tellsMounts) return errors(403, "permission denied");
    const mount = Object.keys(mounts).find((one) => `${path}/`.startsWith(one));
    const engine = mounts[mount ?? ""];
    if (mount === undefined || engine === undefined) return errors(403, "preflight capability");
    const options = engine.version === null ? null : { version: engine.version };
    return { status: 200, json: { data: { path: mount, type: engine.type, options } } };
  }

  function judged(request: IncomingMessage, body: string): Answer {
    const path = decodeURIComponent((request.url ?? "").replace(/^\/v1\//, ""));
    if (fake.state === "sealed") return errors(503, "Vault is sealed");
    if (fake.state === "limited") return errors(429, "request path: rate limit quota exceeded");
    const { namespace } = fake;
    if (namespace !== null && request.headers["x-vault-namespace"] !== namespace) {
      return errors(404, "no handler for route");
    }
    if (path === "auth/approle/login") return login(body);
    const token = String(request.headers["x-vault-token"]);
    if (token !== fake.token && !sessions.has(token)) return errors(403, "permission denied");
    if (path === "auth/token/lookup-self") return { status: 200, json: { data: {} } };
    const preflight = "sys/internal/ui/mounts/";
    return path.startsWith(preflight) ? mountsOf(path.slice(preflight.length)) : kv(path);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    fake.requests.push(request.url ?? "");
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { status, json } = judged(request, body);
    const pause = status === 429 ? { "retry-after": "20" } : {};
    response
      .writeHead(status, { "content-type": "application/json", ...pause })
      .end(JSON.stringify(json));
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const fake: FakeVault = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: "hvs.canary-token",
    role,
    data: new Map(),
    forbidden: new Set(),
    state: "up",
    namespace: null,
    tellsMounts: true,
    requests: [],
    endSessions: () => {
      sessions.clear();
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
  return fake;
}
