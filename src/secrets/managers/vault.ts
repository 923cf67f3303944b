// HashiCorp Vault and OpenBao: the KV engine over HTTP, in both of its versions. `vault:<mount>/<path>#<key>`.
// Each path is one request, however many keys of it are used.
import { z } from "zod";
import { CapstanError, isCapstanError } from "../../lib/errors.ts";
import type { HttpClient, HttpResponse } from "../../lib/http.ts";
import { jsonOf, refusal, send } from "./manager.ts";
import type { Found, SecretManager, Sending } from "./manager.ts";

export type VaultLogin =
  | { readonly kind: "token"; readonly token: string }
  /** Read anew each time: an agent keeps the token in it fresh. */
  | {
      readonly kind: "file";
      readonly path: string;
      readonly read: (path: string) => Promise<string>;
    }
  | { readonly kind: "approle"; readonly roleId: string; readonly secretId: string };

export interface VaultOptions {
  /** VAULT_ADDR without a slash at its end. */
  readonly url: string;
  readonly namespace: string | null;
  readonly login: VaultLogin;
  /** Told every token that is used. */
  readonly seen: (token: string) => void;
  readonly http: HttpClient;
  readonly now: () => number;
}

interface Mount {
  readonly path: string;
  readonly version: 1 | 2;
}

const title = "Vault";
/** A login is made anew when it has less left. */
const spareMs = 30_000;
const form = /^([A-Za-z0-9_][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]*)+)#([^#\s]+)$/;

const mountAnswer = z.object({
  data: z.object({
    path: z.string(),
    type: z.string(),
    options: z.object({ version: z.string().optional() }).nullish(),
  }),
});
const loginAnswer = z.object({
  auth: z.object({ client_token: z.string(), lease_duration: z.number() }),
});
const keys = z.record(z.string(), z.unknown());
const kv1 = z.object({ data: keys }).transform(({ data }) => data);
/** A version that was deleted has null. */
const kv2 = z
  .object({ data: z.object({ data: keys.nullable() }) })
  .transform(({ data }) => data.data);
const errorsAnswer = z.object({ errors: z.array(z.string()) });

const encoded = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

/** What KV keeps of a key; Vault keeps JSON. */
function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function createVault(options: VaultOptions): SecretManager {
  const { url, namespace, login, http, now } = options;
  const sending: Sending = {
    http,
    now,
    title,
    addressHint:
      "check that this machine reaches it and that it is unsealed; VAULT_ADDR is its address",
    tokenHint: "the token of VAULT_TOKEN, VAULT_TOKEN_FILE or the AppRole needs `read` on the path",
  };
  const mounts = new Map<string, Mount>();
  let session: { readonly token: string; readonly untilMs: number } | null = null;

  async function token(): Promise<string> {
    const own = await ownToken();
    options.seen(own);
    return own;
  }

  async function ownToken(): Promise<string> {
    switch (login.kind) {
      case "token":
        return login.token;
      case "file":
        try {
          return (await login.read(login.path)).trim();
        } catch (error) {
          const code = (error as NodeJS.ErrnoException).code ?? "it cannot be opened";
          throw new CapstanError("unavailable", `VAULT_TOKEN_FILE cannot be read: ${code}`, {
            hint: "check path and rights, and that Vault's agent runs",
          });
        }
      case "approle": {
        if (session !== null && session.untilMs - now() > spareMs) return session.token;
        const answer = await send(sending, {
          method: "POST",
          url: `${url}/v1/auth/approle/login`,
          headers: { "content-type": "application/json", ...namespaceHeader() },
          body: JSON.stringify({ role_id: login.roleId, secret_id: login.secretId }),
        });
        // Vault answers a login that it refuses with 400.
        if (answer.status === 400) throw refusal(sending, { ...answer, status: 401 });
        if (answer.status !== 200) throw refusal(sending, answer);
        const read = loginAnswer.safeParse(jsonOf(sending, answer));
        if (!read.success) throw notAsExpected("a login");
        const { client_token: made, lease_duration: seconds } = read.data.auth;
        session = { token: made, untilMs: seconds === 0 ? Infinity : now() + seconds * 1_000 };
        return made;
      }
    }
  }

  const namespaceHeader = (): Record<string, string> =>
    namespace === null ? {} : { "x-vault-namespace": namespace };

  function notAsExpected(what: string): CapstanError {
    return new CapstanError("unavailable", `${title} does not answer ${what} as it should`, {
      hint: sending.addressHint,
    });
  }

  async function get(path: string): Promise<HttpResponse> {
    const answer = await send(sending, {
      url: `${url}/v1/${path}`,
      headers: {
        "x-vault-request": "true",
        "x-vault-token": await token(),
        ...namespaceHeader(),
      },
    });
    // A session may have been revoked before its time: the next request makes another one.
    if (answer.status === 403) session = null;
    return answer;
  }

  /** Which engine has the path. A token that may not ask is no obstacle: it is a KV of version 2 in most places. */
  async function mountOf(path: string): Promise<Mount> {
    const [first = ""] = path.split("/");
    for (const mount of mounts.values()) if (path.startsWith(mount.path)) return mount;
    const answer = await get(`sys/internal/ui/mounts/${encoded(path)}`);
    if (answer.status === 429 || answer.status >= 500) throw refusal(sending, answer);
    if (answer.status !== 200) return { path: `${first}/`, version: 2 };
    const read = mountAnswer.safeParse(jsonOf(sending, answer));
    if (!read.success) throw notAsExpected("for its engines");
    const { path: at, type, options: settings } = read.data.data;
    if (type !== "kv" && type !== "generic") {
      throw new CapstanError("invalid", `${at} is an engine of the kind ${type} in Vault`, {
        hint: "Capstan reads KV engines only",
      });
    }
    const mount: Mount = { path: at, version: settings?.version === "2" ? 2 : 1 };
    mounts.set(at, mount);
    return mount;
  }

  /** The keys of a path; null when Vault says that there is nothing. */
  async function readPath(path: string): Promise<Readonly<Record<string, unknown>> | null> {
    const { path: at, version } = await mountOf(path);
    const rest = encoded(path.slice(at.length));
    const answer = await get(
      version === 2
        ? `${encoded(at.slice(0, -1))}/data/${rest}`
        : `${encoded(at.slice(0, -1))}/${rest}`,
    );
    if (answer.status === 404) {
      const json = jsonOf(sending, answer);
      const told = errorsAnswer.safeParse(json);
      if (told.success && told.data.errors.length > 0) {
        throw new CapstanError("invalid", `Vault has no KV engine at ${at}`, {
          hint: "write vault:<mount>/<path>#<key>",
        });
      }
      return null;
    }
    if (answer.status !== 200) throw refusal(sending, answer);
    const json = jsonOf(sending, answer);
    const read = (version === 2 ? kv2 : kv1).safeParse(json);
    if (!read.success) throw notAsExpected(`for ${path}`);
    return read.data;
  }

  return {
    prefix: "vault",
    title,
    async read(names) {
      const found = new Map<string, Found>();
      const byPath = Map.groupBy(names, (name) => form.exec(name)?.[1] ?? "");
      let failures = 0;
      for (const [path, wanted] of byPath) {
        try {
          const data = await readPath(path);
          for (const name of wanted) {
            const key = form.exec(name)?.[2] ?? "";
            const has = data !== null && Object.hasOwn(data, key);
            found.set(name, has ? textOf(data[key]) : null);
          }
        } catch (error) {
          if (!isCapstanError(error)) throw error;
          // One path that may not be read says nothing of the others; of a Vault that is away, all is said.
          const isOnlyHere = error.code === "forbidden" || error.code === "invalid";
          if (!isOnlyHere) throw error;
          failures += 1;
          for (const name of wanted) found.set(name, error);
          const isToken = error.code === "forbidden" && failures === byPath.size;
          if (isToken && login.kind === "approle") session = null;
        }
      }
      return found;
    },
    async check() {
      const answer = await get("auth/token/lookup-self");
      if (answer.status !== 200) throw refusal(sending, answer);
      return null;
    },
    names: () => null,
    refuses: (name) =>
      form.test(name)
        ? null
        : { message: "does not say where in Vault", hint: "write vault:<mount>/<path>#<key>" },
  };
}
