// Bitwarden Secrets Manager: everything that the access token may see comes in one answer, encrypted, and is decrypted
// here. `bws:<id>` or `bws:<key>`.
import { z } from "zod";
import { CapstanError } from "../../lib/errors.ts";
import type { HttpClient } from "../../lib/http.ts";
import { decryptText, parseAccessToken, symmetricKey, uuid } from "./bitwarden-crypto.ts";
import type { SymmetricKey } from "./bitwarden-crypto.ts";
import { jsonOf, refusal, send } from "./manager.ts";
import type { Found, SecretManager, Sending } from "./manager.ts";

export interface BitwardenOptions {
  readonly accessToken: string;
  /** BWS_SERVER_URL without a slash at its end; null: Bitwarden's own cloud. */
  readonly serverUrl: string | null;
  /** Told the token, its parts and every login, for the redactor. */
  readonly seen: (text: string) => void;
  readonly http: HttpClient;
  readonly now: () => number;
}

interface Login {
  readonly bearer: string;
  readonly organisation: string;
  readonly key: SymmetricKey;
  readonly untilMs: number;
}

interface Secret {
  readonly id: string;
  readonly key: string;
  readonly value: string;
}

const title = "Bitwarden Secrets Manager";
/** A login is made anew when it has less left. */
const spareMs = 60_000;

const loginAnswer = z.object({
  access_token: z.string(),
  expires_in: z.number(),
  encrypted_payload: z.string(),
});
const syncAnswer = z.object({
  secrets: z
    .object({
      data: z.array(z.object({ id: z.string(), key: z.string(), value: z.string() })),
    })
    .nullish(),
});

/** The organisation in a token of the server; it is only read, as the server judges it. */
function organisationOf(bearer: string): string | null {
  try {
    const payload = Buffer.from(bearer.split(".")[1] ?? "", "base64url").toString("utf8");
    const { organization } = z.object({ organization: z.string() }).parse(JSON.parse(payload));
    return uuid.test(organization) ? organization : null;
  } catch {
    return null;
  }
}

/** Throws `invalid` for a token that is none. */
export function createBitwarden({
  accessToken,
  serverUrl,
  seen: tell,
  http,
  now,
}: BitwardenOptions): SecretManager {
  const token = parseAccessToken(accessToken);
  if (token === null) {
    throw new CapstanError("invalid", "BWS_ACCESS_TOKEN is no access token", {
      hint: "copy it again from Bitwarden (Secrets Manager, Machine accounts, Access tokens); it begins with 0.",
    });
  }
  const own = token;
  // Its parts travel alone.
  for (const part of [accessToken, own.secret, accessToken.split(":")[1] ?? ""]) tell(part);
  const api = serverUrl === null ? "https://api.bitwarden.com" : `${serverUrl}/api`;
  const identity = serverUrl === null ? "https://identity.bitwarden.com" : `${serverUrl}/identity`;
  const sending: Sending = {
    http,
    now,
    title,
    addressHint: "check that this machine reaches it; BWS_SERVER_URL is its address",
    tokenHint: "make a new access token in Bitwarden and set it as BWS_ACCESS_TOKEN",
  };
  let login: Login | null = null;
  let seen: readonly Secret[] = [];

  async function signIn(): Promise<Login> {
    const body = new URLSearchParams({
      scope: "api.secrets",
      client_id: own.id,
      client_secret: own.secret,
      grant_type: "client_credentials",
    });
    const answer = await send(sending, {
      method: "POST",
      url: `${identity}/connect/token`,
      headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
      body: body.toString(),
    });
    if (answer.status === 400) {
      throw refusal(sending, { ...answer, status: 401 });
    }
    if (answer.status !== 200) throw refusal(sending, answer);
    const read = loginAnswer.safeParse(jsonOf(sending, answer));
    const organisation = read.success ? organisationOf(read.data.access_token) : null;
    if (!read.success || organisation === null) {
      throw new CapstanError("unavailable", `${title} does not answer a login as it should`, {
        hint: sending.addressHint,
      });
    }
    const payload = Buffer.from(decryptText(read.data.encrypted_payload, own.key)).toString("utf8");
    const key = symmetricKey(Buffer.from(keyIn(payload), "base64"));
    if (key === null) {
      throw new CapstanError("unsupported", `${title} sent a key of a kind that is not known`);
    }
    const { access_token: bearer, expires_in: seconds } = read.data;
    tell(bearer);
    return { bearer, organisation, key, untilMs: now() + seconds * 1_000 };
  }

  async function sync(): Promise<readonly Secret[]> {
    if (login === null || login.untilMs - now() < spareMs) login = await signIn();
    const { bearer, organisation, key } = login;
    const answer = await send(sending, {
      url: `${api}/organizations/${organisation}/secrets/sync`,
      headers: { authorization: `Bearer ${bearer}` },
    });
    if (answer.status === 401) login = null;
    if (answer.status !== 200) throw refusal(sending, answer);
    const read = syncAnswer.safeParse(jsonOf(sending, answer));
    if (!read.success || read.data.secrets === null || read.data.secrets === undefined) {
      throw new CapstanError("unavailable", `${title} does not answer with secrets`, {
        hint: sending.addressHint,
      });
    }
    const text = (cipher: string): string => Buffer.from(decryptText(cipher, key)).toString("utf8");
    return read.data.secrets.data.map((secret) => ({
      id: secret.id.toLowerCase(),
      key: text(secret.key),
      value: text(secret.value),
    }));
  }

  function find(name: string): Found {
    if (uuid.test(name)) return seen.find(({ id }) => id === name.toLowerCase())?.value ?? null;
    const found = seen.filter(({ key }) => key === name);
    if (found.length < 2) return found[0]?.value ?? null;
    const ids = found.map(({ id }) => `bws:${id}`).sort();
    return new CapstanError(
      "invalid",
      `${found.length} secrets in Bitwarden have the key ${name}`,
      {
        hint: `write ${ids.join(" or ")}`,
      },
    );
  }

  async function readAll(): Promise<void> {
    // One more try: a login may have ended before its time.
    const before = login;
    seen = await sync().catch((error: unknown) => {
      if (before === null || login !== null) throw error;
      return sync();
    });
  }

  return {
    prefix: "bws",
    title,
    async read(names) {
      await readAll();
      return new Map(names.map((name) => [name, find(name)]));
    },
    async check() {
      await readAll();
      return seen.length;
    },
    names: () => seen.map(({ key: name, id: alias }) => ({ name, alias })),
    refuses: () => null,
  };
}

function keyIn(payload: string): string {
  try {
    return z.object({ encryptionKey: z.string() }).parse(JSON.parse(payload)).encryptionKey;
  } catch {
    return "";
  }
}
