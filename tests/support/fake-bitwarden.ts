// A little Bitwarden Secrets Manager: logins of one machine account, one organisation, secrets encrypted as the real
// one does (bitwarden/sdk-internal: access_token.rs, enc_string/symmetric.rs), its limit of requests and its outages.
import { createCipheriv, createHmac, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseAccessToken } from "../../src/secrets/managers/bitwarden-crypto.ts";

export interface FakeBitwarden {
  readonly url: string;
  readonly accessToken: string;
  /** By id: key and value; as people edit them. */
  readonly secrets: Map<string, { key: string; value: string }>;
  /** `down`: 502 with a proxy's page; `limited`: 429; `revoked`: the login is refused. */
  state: "up" | "down" | "limited" | "revoked";
  /** Paths of all requests. */
  readonly requests: string[];
  /** All bearers that it gave are worth nothing from now on. */
  endSessions(): void;
  close(): Promise<void>;
}

const organisation = "5b1b6a0c-3f5d-4d27-9a1e-2f6d4c0b7a11";
const accessToken =
  "0.ec2c1d46-6a4b-4751-a310-af9601317f2d.C2IgxjjLF7qSshsbwe8JGcbM075YXw:X8vbvA0bduihIDe/qrzIQQ==";

function encrypted(text: string, key: { encryption: Uint8Array; mac: Uint8Array }): string {
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-256-cbc", key.encryption, iv);
  const data = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  const mac = createHmac("sha256", key.mac).update(iv).update(data).digest();
  return `2.${[iv, data, mac].map((part) => part.toString("base64")).join("|")}`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body;
}

export async function startFakeBitwarden(): Promise<FakeBitwarden> {
  const account = parseAccessToken(accessToken);
  if (account === null) throw new Error("the token of the test is one");
  const ofOrganisation = randomBytes(64);
  const key = { encryption: ofOrganisation.subarray(0, 32), mac: ofOrganisation.subarray(32) };
  const bearers = new Set<string>();
  let logins = 0;

  function login(body: URLSearchParams): { status: number; json: unknown } {
    const isOurs =
      body.get("client_id") === account?.id &&
      body.get("client_secret") === account.secret &&
      body.get("scope") === "api.secrets" &&
      body.get("grant_type") === "client_credentials";
    if (account === null || !isOurs || fake.state === "revoked") {
      return { status: 400, json: { error: "invalid_client" } };
    }
    logins += 1;
    const claims = Buffer.from(JSON.stringify({ organization: organisation, logins }));
    const bearer = `e30.${claims.toString("base64url")}.sig`;
    bearers.add(bearer);
    const payload = JSON.stringify({ encryptionKey: ofOrganisation.toString("base64") });
    const json = {
      access_token: bearer,
      expires_in: 3_600,
      token_type: "Bearer",
      encrypted_payload: encrypted(payload, account.key),
    };
    return { status: 200, json };
  }

  function sync(authorization: string): { status: number; json: unknown } {
    if (!bearers.has(authorization.replace("Bearer ", ""))) return { status: 401, json: {} };
    const data = [...fake.secrets].map(([id, secret]) => ({
      object: "secret",
      id,
      organizationId: organisation,
      key: encrypted(secret.key, key),
      value: encrypted(secret.value, key),
      note: encrypted("", key),
      revisionDate: "2026-01-01T00:00:00Z",
    }));
    return { status: 200, json: { hasChanges: true, secrets: { object: "list", data } } };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    fake.requests.push(path);
    const body = await bodyOf(request);
    if (fake.state === "down") {
      response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad Gateway</h1>");
      return;
    }
    if (fake.state === "limited") {
      response.writeHead(429, { "retry-after": "30" }).end("{}");
      return;
    }
    const { status, json } =
      path === "/identity/connect/token"
        ? login(new URLSearchParams(body))
        : path === `/api/organizations/${organisation}/secrets/sync`
          ? sync(request.headers.authorization ?? "")
          : { status: 404, json: {} };
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const fake: FakeBitwarden = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accessToken,
    secrets: new Map(),
    state: "up",
    requests: [],
    endSessions: () => {
      bearers.clear();
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
