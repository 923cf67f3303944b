// Says that nobody is signed in any more, and leads back to the same page.
import { useBrowser } from "../browser.ts";
import { html } from "../html.ts";
import { icon } from "./icon.ts";

export function SessionEnded() {
  const browser = useBrowser();
  const signIn = `/sign-in?to=${encodeURIComponent(browser.path())}`;
  return html`<div class="connection-bar wait">
    ${icon("key")}
    <p>Your session has ended. Sign in again to go on.</p>
    <a class="button small" href=${signIn}>Sign in</a>
  </div>`;
}
