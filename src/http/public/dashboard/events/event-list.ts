// What happened, line by line, the newest first; a line a day between.
import { Fragment } from "preact";
import type { EventView } from "../../../api/shapes/dashboard.ts";
import { useBrowser } from "../../browser.ts";
import { icon } from "../../components/icon.ts";
import type { IconName } from "../../components/icon.ts";
import { memo } from "../../components/memo.ts";
import { TimeAgo } from "../../components/time-ago.ts";
import { h, html } from "../../html.ts";
import { classes, shortSha } from "../../lib/words.ts";
import { kindWords, personOf } from "./filter.ts";

const kindIcons: Readonly<Record<string, IconName>> = {
  revision: "commit",
  "source-error": "alert",
  "platform-error": "alert",
  problem: "file",
  "run-started": "play",
  action: "pen",
  rollout: "rocket",
  drift: "branch",
  outcome: "check",
  note: "info",
};

interface EventRowProps {
  readonly event: EventView;
  readonly hasStack: boolean;
  readonly index: number;
}

function Row({ event, hasStack, index }: EventRowProps) {
  const { kind, level, message, stack, revision, at } = event;
  const tone = level === "error" ? "bad" : level === "warn" ? "wait" : "quiet";
  const name = level === "error" ? "alert" : (kindIcons[kind] ?? "info");
  const person = personOf(event);
  return html`<li class=${classes("event", level)}>
    <span class=${`event-icon ${tone}`} title=${kindWords[kind] ?? kind}>
      ${icon(name)}<span class="unseen"
        >${level === "info" ? "" : `${level}, `}${kindWords[kind] ?? kind}</span
      >
    </span>
    <div class="event-text">
      ${
        hasStack &&
        stack !== null &&
        html`<a
          class="event-stack"
          id=${`row-${index}`}
          href=${`/stacks/${encodeURIComponent(stack)}?tab=events`}
          >${stack}</a
        >`
      }
      <span class="event-message">${message}</span>
    </div>
    <span class="event-meta">
      ${person !== null && html`<span class="event-person">${icon("user")}${person}</span>`}
      ${revision !== null && html`<a class="sha" href=${`/commits/${encodeURIComponent(revision)}`}>${shortSha(revision)}</a>`}
      ${h(TimeAgo, { at, isShort: true })}
    </span>
  </li>`;
}

const EventRow = memo(Row);

export interface EventListProps {
  readonly events: readonly EventView[];
  /** Each with the name of its stack. */
  readonly hasStack: boolean;
}

export function EventList({ events, hasStack }: EventListProps) {
  const browser = useBrowser();
  let day = "";
  return html`<ol class="events panel" aria-label="Events">
    ${events.map((event, index) => {
      const date = browser.date(Date.parse(event.at));
      const isNewDay = date !== day && index > 0;
      day = date;
      return h(
        Fragment,
        { key: event.id },
        isNewDay && html`<li class="day">${date}</li>`,
        h(EventRow, { event, hasStack, index }),
      );
    })}
  </ol>`;
}
