// A real OpenID provider in the test's process, on loopback. It lets in whoever the test names, without a form.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";
import type { Adapter, AdapterPayload, Configuration } from "oidc-provider";

export const clientId = "capstan";
export const clientSecret = "the-clients-secret-of-capstan";

export interface TestProvider {
  readonly issuer: string;
  /** What the provider knows of its people, by subject. */
  readonly people: Map<string, Readonly<Record<string, unknown>>>;
  /** Who signs in next; null: the provider says no. */
  next: string | null;
  /** What was asked of it, as `METHOD /path`. */
  readonly asked: string[];
  close(): Promise<void>;
}

const signingKey = async () => {
  const { privateKey } = await crypto.subtle.generateKey(
    { name: "ECDSA", namedCurve: "P-256" },
    true,
    ["sign", "verify"],
  );
  const jwk = await crypto.subtle.exportKey("jwk", privateKey);
  return { kty: "EC", crv: "P-256", x: jwk.x!, y: jwk.y!, d: jwk.d!, alg: "ES256", use: "sig" };
};

/** What the provider remembers: sessions, codes and grants. */
function memory(): (model: string) => Adapter {
  const kept = new Map<string, AdapterPayload>();
  return (model) => {
    const find = async (wanted: (payload: AdapterPayload) => boolean) =>
      [...kept].find(([key, payload]) => key.startsWith(`${model} `) && wanted(payload))?.[1];
    return {
      upsert: async (id, payload) => void kept.set(`${model} ${id}`, payload),
      find: async (id) => kept.get(`${model} ${id}`),
      findByUid: (uid) => find((payload) => payload.uid === uid),
      findByUserCode: (code) => find((payload) => payload.userCode === code),
      async consume(id) {
        const payload = kept.get(`${model} ${id}`);
        if (payload !== undefined) payload.consumed = 1;
      },
      destroy: async (id) => void kept.delete(`${model} ${id}`),
      async revokeByGrantId(grantId) {
        for (const [key, payload] of kept) if (payload.grantId === grantId) kept.delete(key);
      },
    };
  };
}

export async function startProvider(redirectUri: string): Promise<TestProvider> {
  const people = new Map<string, Readonly<Record<string, unknown>>>();
  const asked: string[] = [];
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const configuration: Configuration = {
    adapter: memory(),
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [redirectUri],
        id_token_signed_response_alg: "ES256",
      },
    ],
    jwks: { keys: [await signingKey()] },
    enabledJWA: { idTokenSigningAlgValues: ["ES256"] },
    cookies: { keys: ["only for this test"] },
    claims: {
      openid: ["sub"],
      profile: ["name", "preferred_username", "roles", "realm_access"],
      email: ["email", "email_verified"],
    },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    ttl: { Session: 600, Interaction: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: async () => ({ ...people.get(sub), sub }),
    }),
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({
        clientId: oidc.client!.clientId,
        accountId: oidc.session!.accountId!,
      });
      grant.addOIDCScope("openid profile email");
      await grant.save();
      return grant;
    },
  };
  const provider = new Provider(issuer, configuration);
  const answer = provider.callback();
  const world: TestProvider = {
    issuer,
    people,
    next: null,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on("request", (request, response) => {
    asked.push(`${request.method ?? ""} ${new URL(request.url ?? "/", issuer).pathname}`);
    if (request.url?.startsWith("/interaction/") !== true) {
      void answer(request, response);
      return;
    }
    const result =
      world.next === null
        ? { error: "access_denied", error_description: "<b>no</b>" }
        : { login: { accountId: world.next } };
    void provider.interactionFinished(request, response, result);
  });
  return world;
}
