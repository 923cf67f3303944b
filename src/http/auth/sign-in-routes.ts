// Signing in with a token or at a provider, and signing out. Errors are pages with a way on, never a stack.
import { Hono } from "hono";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Clock } from "../../lib/clock.ts";
import { describeError } from "../../lib/errors.ts";
import type { Logger } from "../../lib/logger.ts";
import type { Person } from "../../model/person.ts";
import { tokenPerson } from "./bearer.ts";
import type { TokenBook } from "./bearer.ts";
import { createCookie } from "./cookies.ts";
import type { OidcClient, SignInFailure } from "./oidc-client.ts";
import type { OidcVerdict, Claims } from "./oidc-person.ts";
import { senderOf } from "./origin.ts";
import { returnPath } from "./return-path.ts";
import { createSeal } from "./seal.ts";
import type { Sessions } from "./sessions.ts";
import { noticeBody, signInBody } from "./sign-in-page.ts";
import type { Notice, PageShell, SignInMethods } from "./sign-in-page.ts";

export interface OidcSignIn {
  readonly client: OidcClient;
  /** Where the provider sends people back to. */
  readonly redirectUri: string;
  /** For people. */
  readonly provider: string;
  readonly personOf: (claims: Claims) => OidcVerdict;
  /** What a session that began with these settings stands on. */
  readonly proof: string;
}

export interface SignInDeps {
  readonly identify: (request: Request) => Promise<Person | null>;
  readonly book: TokenBook;
  /** Null where nothing keeps sessions. */
  readonly sessions: Sessions | null;
  readonly oidc: OidcSignIn | null;
  readonly secret: Uint8Array;
  readonly secure: boolean;
  readonly publicUrl: string | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly page: PageShell;
}

/** So long people may take at the provider's page. */
const attemptTtlMs = 10 * 60_000;

const down: Notice = {
  title: "The sign-in service does not answer",
  text: "Capstan cannot reach the identity provider. Nothing is wrong with your account; try again in a moment.",
  action: null,
};

const failures: Readonly<Record<SignInFailure, readonly [status: 400 | 403 | 502 | 503, Notice]>> =
  {
    "provider down": [503, down],
    denied: [
      403,
      { title: "You were not signed in", text: "The identity provider said no.", action: null },
    ],
    stale: [
      400,
      {
        title: "This sign-in has expired",
        text: "It was used already, or it took too long.",
        action: null,
      },
    ],
    "not believed": [
      502,
      {
        title: "The sign-in failed",
        text: "The identity provider sent an answer that cannot be trusted. An operator finds the reason in Capstan's log.",
        action: null,
      },
    ],
  };

const elsewhere: Notice = {
  title: "This came from another site",
  text: "For your safety, signing in and out works only from Capstan's own pages.",
  action: { label: "Go to the sign-in page", href: "/sign-in" },
};

export function signInRoutes(deps: SignInDeps): Hono {
  const { identify, book, sessions, oidc, clock, logger, publicUrl } = deps;
  const app = new Hono();
  const attempts = createCookie("capstan_attempt", deps.secure);
  const seal = createSeal(deps.secret, "attempt", clock);
  const methods: SignInMethods = {
    token: sessions !== null && !book.isEmpty,
    provider: sessions === null ? null : (oidc?.provider ?? null),
  };

  function notice(
    context: Context,
    status: ContentfulStatusCode,
    what: Notice,
    to = "/",
  ): Response {
    const again = {
      label: "Try again",
      href: `/sign-in?${new URLSearchParams({ to }).toString()}`,
    };
    const body = noticeBody({ ...what, action: what.action ?? again });
    return context.html(deps.page({ title: what.title, body, request: context.req.raw }), status);
  }

  function form(
    context: Context,
    status: ContentfulStatusCode,
    to: string,
    error: string | null,
  ): Response {
    const isSignedOut = context.req.query("signed-out") !== undefined && error === null;
    const body = signInBody({ to, methods, error, isSignedOut });
    return context.html(deps.page({ title: "Sign in", body, request: context.req.raw }), status);
  }

  async function signIn(
    context: Context,
    current: Sessions,
    person: Person,
    how: { readonly proof: string; readonly to: string },
  ): Promise<Response> {
    try {
      const cookie = await current.begin(context.req.raw.headers, person, how.proof);
      context.header("Set-Cookie", cookie, { append: true });
    } catch (error) {
      logger.error({ error: describeError(error) }, "a session cannot be kept");
      const text = "Capstan cannot keep your session now. An operator finds the reason in its log.";
      return notice(context, 503, { title: "The sign-in failed", text, action: null }, how.to);
    }
    logger.info({ person: person.id, role: person.role }, "signed in");
    return context.redirect(how.to, 303);
  }

  app.get("/sign-in", async (context) => {
    const to = returnPath(context.req.query("to"));
    if ((await identify(context.req.raw)) !== null) return context.redirect(to, 303);
    return form(context, 200, to, null);
  });

  app.post("/sign-in", async (context) => {
    const { req } = context;
    if (senderOf(req.raw, publicUrl) !== "own") return notice(context, 403, elsewhere);
    const isForm = /^application\/x-www-form-urlencoded *(?:;|$)/i.test(
      req.header("content-type") ?? "",
    );
    if (!isForm) return form(context, 415, "/", "Use the form on this page.");
    const given = new URLSearchParams(await req.text());
    const to = returnPath(given.get("to"));
    if (sessions === null || !methods.token) return form(context, 403, to, null);
    const token = book.owner((given.get("token") ?? "").trim());
    if (token === null) {
      logger.warn({}, "a sign-in with a wrong token");
      return form(context, 401, to, "This token is not known. Copy it again, all of it.");
    }
    return signIn(context, sessions, tokenPerson(token), { proof: `token:${token.hash}`, to });
  });

  app.get("/auth/start", async (context) => {
    const to = returnPath(context.req.query("to"));
    if (oidc === null || sessions === null) return form(context, 404, to, null);
    try {
      const { url, attempt } = await oidc.client.start(oidc.redirectUri);
      const sealed = await seal.seal({ ...attempt, to }, attemptTtlMs);
      context.header("Set-Cookie", attempts.write(sealed, attemptTtlMs), { append: true });
      return context.redirect(url, 303);
    } catch (error) {
      logger.warn({ error: describeError(error) }, "the identity provider cannot be reached");
      context.header("Retry-After", "5");
      return notice(context, 503, down, to);
    }
  });

  app.get("/auth/callback", async (context) => {
    const { req } = context;
    if (oidc === null || sessions === null) return form(context, 404, "/", null);
    const sealed = attempts.read(req.raw.headers);
    const attempt = sealed === null ? null : await seal.open(sealed);
    context.header("Set-Cookie", attempts.clear(), { append: true });
    const { state, nonce, verifier, to } = attempt ?? {};
    const isWhole = state !== undefined && nonce !== undefined && verifier !== undefined;
    if (!isWhole || req.query("state") !== state) {
      // Of two tabs that signed in at once the second one ends here.
      if ((await identify(req.raw)) !== null) return context.redirect("/", 303);
      return notice(context, ...failures.stale);
    }
    const back = returnPath(to);
    const { search } = new URL(req.url);
    const callback = new URL(`${oidc.redirectUri}${search}`);
    const end = await oidc.client.finish(callback, { state, nonce, verifier });
    if (end.kind === "failed") {
      const { failure, detail } = end;
      logger.warn({ failure, error: detail }, "a sign-in failed");
      return notice(context, ...failures[failure], back);
    }
    const verdict = oidc.personOf(end.claims);
    if (verdict.kind === "refused") {
      logger.warn({ reason: verdict.reason }, "a sign-in was refused");
      const text = "Your account is not allowed to use Capstan. Ask an operator for a role.";
      return notice(context, 403, { title: "No access", text, action: null }, back);
    }
    return signIn(context, sessions, verdict.person, { proof: oidc.proof, to: back });
  });

  app.post("/sign-out", async (context) => {
    const { req } = context;
    if (senderOf(req.raw, publicUrl) !== "own") return notice(context, 403, elsewhere);
    if (sessions !== null) {
      try {
        const cookie = await sessions.end(req.raw.headers);
        context.header("Set-Cookie", cookie, { append: true });
      } catch (error) {
        logger.error({ error: describeError(error) }, "a session cannot be ended");
        const text = "You are still signed in: Capstan cannot write its store. Try again.";
        return notice(context, 503, { title: "Not signed out", text, action: null });
      }
    }
    return context.redirect("/sign-in?signed-out", 303);
  });

  return app;
}
