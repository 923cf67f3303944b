// What people see when they sign in, or cannot. Bodies only: the shell around them is the pages' own.
import { html } from "hono/html";

export interface SignInPage {
  /** Where to go afterwards; safe already. */
  readonly to: string;
  readonly methods: SignInMethods;
  /** One sentence; null without. */
  readonly error: string | null;
  readonly isSignedOut: boolean;
}

export interface SignInMethods {
  readonly token: boolean;
  /** The provider's host, for people; null without one. */
  readonly provider: string | null;
}

export interface ShellPage {
  readonly title: string;
  readonly body: string;
  /** What asked for it: its reader may have chosen a theme. */
  readonly request: Request;
}

/** A whole page around a body. */
export type PageShell = (page: ShellPage) => string;

export const plainShell: PageShell = ({ title, body }) =>
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${written(html`${title}`)}</title>
<link rel="stylesheet" href="/static/app.css">
</head>
<body>
<main class="card">
${body}
</main>
</body>
</html>
`;

/** Pieces of ours are never promises, so that they are whole at once. */
function written(piece: ReturnType<typeof html>): string {
  if (piece instanceof Promise) throw new TypeError("a piece of a page that is not there yet");
  return piece.toString();
}

function providerLink(to: string, provider: string): string {
  const address = `/auth/start?${new URLSearchParams({ to }).toString()}`;
  return written(
    html`<p><a class="button primary" href="${address}">Sign in with ${provider}</a></p>`,
  );
}

function tokenForm(to: string, isOnly: boolean): string {
  return written(
    html`<form class="sign-in" method="post" action="/sign-in">
      <input type="hidden" name="to" value="${to}" />
      <label for="token">${isOnly ? "Token" : "Or with a token"}</label>
      <input
        id="token"
        name="token"
        type="password"
        autocomplete="off"
        spellcheck="false"
        required
      />
      <p class="hint">
        An operator makes one with <code>capstan token NAME --role deployer</code>.
      </p>
      <button class="${isOnly ? "button primary" : "button"}" type="submit">Sign in</button>
    </form>`,
  );
}

export function signInBody({ to, methods, error, isSignedOut }: SignInPage): string {
  const { provider } = methods;
  const parts = [written(html`<h1>Sign in</h1>`)];
  if (error !== null) parts.push(written(html`<p class="error" role="alert">${error}</p>`));
  if (isSignedOut) parts.push(written(html`<p role="status">You are signed out.</p>`));
  if (provider !== null) parts.push(providerLink(to, provider));
  if (methods.token) parts.push(tokenForm(to, provider === null));
  if (provider === null && !methods.token) {
    parts.push(
      written(
        html`<p>
          Nobody can sign in yet. Set <code>API_TOKENS</code> or <code>PORTAL_AUTH=oidc</code>; for
          this machine alone, <code>HOST=127.0.0.1</code>.
        </p>`,
      ),
    );
  }
  return parts.join("\n");
}

export interface Notice {
  readonly title: string;
  readonly text: string;
  readonly action: { readonly label: string; readonly href: string } | null;
}

export function noticeBody({ title, text, action }: Notice): string {
  const link =
    action === null
      ? ""
      : written(html`<p><a class="button" href="${action.href}">${action.label}</a></p>`);
  return `${written(html`<h1>${title}</h1>`)}\n${written(html`<p role="alert">${text}</p>`)}\n${link}`;
}
