// Says when the page is older than it looks, and what is done about it.
import { useEffect, useState } from "preact/hooks";
import { useBrowser } from "../browser.ts";
import type { Stream } from "../dashboard/live/use-stream.ts";
import { h, html } from "../html.ts";
import { icon } from "./icon.ts";
import { SessionEnded } from "./session-ended.ts";

function Lost({ connection, retry }: Stream) {
  const browser = useBrowser();
  const [, setSeconds] = useState(0);
  const isLost = connection.is === "lost";
  const retryAtMs = isLost ? connection.retryAtMs : 0;
  const left = (): number => Math.max(0, Math.ceil((retryAtMs - browser.now()) / 1_000));
  useEffect(() => {
    if (!isLost) return undefined;
    return browser.every(250, () => setSeconds(left()));
  }, [retryAtMs]);
  if (connection.is !== "lost") return null;
  const seconds = left();
  return html`<div class="connection-bar wait">
    ${icon("alert")}
    <p>
      Connection lost, trying
      again${" "}${seconds === 0 ? "now" : html`<span aria-hidden="true">in ${seconds} s</span>`}.
      What you see is from ${browser.timeOfDay(connection.heardMs)}.
    </p>
    <button type="button" class="button small" onClick=${retry}>Try now</button>
  </div>`;
}

export function ConnectionBar(stream: Stream) {
  const { connection } = stream;
  return html`<div role="status">
    ${connection.is === "lost" && h(Lost, stream)}
    ${connection.is === "signed-out" && h(SessionEnded, {})}
  </div>`;
}
