// A server whose people sign in at a real OpenID provider, for the tests of one file.
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import type { SignInSettings } from "../../../src/http/auth/auth.ts";
import { clientId, clientSecret, startProvider } from "./provider.ts";
import type { TestProvider } from "./provider.ts";
import { cookieLine, createAuthWorld, keepCookies, site } from "./support.ts";
import type { AuthWorld, AuthWorldOptions, Browser } from "./support.ts";

type OidcSettings = NonNullable<SignInSettings["oidc"]>;

export interface OidcHarness {
  /** The provider that runs now. Ann signs in next, unless a test says otherwise. */
  readonly provider: () => TestProvider;
  /** The provider on another port; the one before must be closed. */
  readonly startAnother: () => Promise<TestProvider>;
  readonly settings: (more?: Partial<OidcSettings>) => OidcSettings;
  /** A server on the provider, closed after the test. */
  readonly world: (more?: Partial<OidcSettings>, options?: AuthWorldOptions) => AuthWorld;
}

export function useOidc(): OidcHarness {
  let provider: TestProvider;
  const worlds: AuthWorld[] = [];
  const start = async (): Promise<TestProvider> =>
    (provider = await startProvider(`${site}/auth/callback`));
  beforeAll(async () => {
    await start();
  });
  afterAll(() => provider.close());
  afterEach(() => {
    for (const world of worlds.splice(0)) world.close();
  });
  beforeEach(() => {
    provider.people.clear();
    provider.people.set("ann", {
      name: "Ann Smith",
      email: "ann@example.com",
      email_verified: true,
      roles: ["staff", "operator"],
      realm_access: { roles: ["viewer"] },
    });
    provider.people.set("ben", { preferred_username: "ben" });
    provider.next = "ann";
  });

  const settings: OidcHarness["settings"] = (more = {}) => ({
    issuer: provider.issuer,
    clientId,
    clientSecret,
    scopes: "openid profile email",
    rolesClaim: null,
    operators: [],
    defaultRole: "deployer",
    ...more,
  });
  return {
    provider: () => provider,
    startAnother: start,
    settings,
    world(more = {}, options = {}) {
      const made = createAuthWorld({ portalAuth: "oidc", oidc: settings(more), ...options });
      worlds.push(made);
      return made;
    },
  };
}

/** Who the portal takes the browser's owner for, or the status of its refusal. */
export async function personOf(browser: Browser): Promise<unknown> {
  const answer = await browser.ask("/api/portal-person");
  return answer.status === 200 ? answer.json() : answer.status;
}

/** The provider's answer to a sign-in that somebody began, before Capstan has seen it. */
export async function callbackOf(browser: Browser): Promise<URL> {
  const other = new Map<string, string>();
  const started = await browser.ask("/auth/start?to=/stacks");
  let url = started.headers.get("location") ?? "";
  for (let hops = 0; hops < 10 && !url.startsWith(site); hops++) {
    const headers = { cookie: cookieLine(other) };
    const answer = await fetch(url, { redirect: "manual", headers });
    keepCookies(other, answer);
    url = new URL(answer.headers.get("location") ?? "", url).href;
  }
  return new URL(url);
}
