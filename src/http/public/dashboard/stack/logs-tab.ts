// What services print, as it comes: follow, search, wrap, choose a service, show times.
import { useEffect, useRef, useState } from "preact/hooks";
import type { StackDetail } from "../../../api/shapes/dashboard.ts";
import { useBrowser } from "../../browser.ts";
import { icon } from "../../components/icon.ts";
import { memo } from "../../components/memo.ts";
import { h, html } from "../../html.ts";
import { classes, counted } from "../../lib/words.ts";
import { useStream } from "../live/use-stream.ts";
import { emptyLog, gravity, pieces, searchLog, withLogMessage } from "./log-state.ts";
import type { LogLine } from "./log-state.ts";

export interface LogsTabProps {
  readonly stack: StackDetail;
  /** Null: all services. */
  readonly service: string | null;
  readonly onService: (service: string | null) => void;
}

interface Scrolled {
  scrollTop: number;
  readonly scrollHeight: number;
  readonly clientHeight: number;
}

interface LineProps {
  readonly line: LogLine;
  readonly wanted: string;
  readonly hasTime: boolean;
  readonly hasService: boolean;
}

function Line({ line, wanted, hasTime, hasService }: LineProps) {
  const browser = useBrowser();
  const { at, service, text } = line;
  return html`<li class=${classes("log-line", gravity(text))}>
    ${hasTime && at !== null && html`<time datetime=${at}>${browser.timeOfDay(Date.parse(at))}</time>`}
    ${hasService && html`<span class="log-service">${service}</span>`}
    <span class="log-text">
      ${pieces(text, wanted).map((piece, index) => (index % 2 === 0 ? piece : html`<mark key=${index}>${piece}</mark>`))}
    </span>
  </li>`;
}

const LogRow = memo(Line);

interface ValueEvent {
  readonly currentTarget: { readonly value: string };
}

function Switch({
  label,
  isOn,
  onToggle,
}: {
  readonly label: string;
  readonly isOn: boolean;
  readonly onToggle: () => void;
}) {
  return html`<button
    type="button"
    class="chip"
    aria-pressed=${isOn ? "true" : "false"}
    onClick=${onToggle}
  >
    ${label}
  </button>`;
}

const tailLines = 200;
/** So near to the end counts as at the end. */
const nearPx = 24;

export function LogsTab({ stack, service, onService }: LogsTabProps) {
  const [log, setLog] = useState(emptyLog);
  const [wanted, setWanted] = useState("");
  const [isFollowing, setFollowing] = useState(true);
  const [isWrapped, setWrapped] = useState(true);
  const [hasTime, setTime] = useState(true);
  const box = useRef<Scrolled | null>(null);
  const query = new URLSearchParams({ lines: String(tailLines) });
  if (service !== null) query.set("service", service);
  const path = `/api/v1/stacks/${encodeURIComponent(stack.name)}/logs?${query.toString()}`;
  // A connection that is made again begins with the last lines: those shown before would be there twice.
  const isNew = useRef(false);
  useEffect(() => setLog(emptyLog), [path]);
  const { connection, retry } = useStream(
    log.isEnded ? null : path,
    ["lines", "problem", "end"],
    (messages) => {
      setLog((before) => {
        const first = isNew.current ? emptyLog : before;
        isNew.current = false;
        return messages.reduce((state, { type, data }) => withLogMessage(state, type, data), first);
      });
    },
  );
  useEffect(() => {
    if (connection.is === "lost") isNew.current = true;
  }, [connection.is]);
  const shown = searchLog(log.lines, wanted);
  useEffect(() => {
    if (isFollowing && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [log.next, isFollowing, isWrapped, wanted]);
  const onScroll = (): void => {
    if (box.current === null) return;
    const { scrollTop, scrollHeight, clientHeight } = box.current;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < nearPx;
    if (isAtEnd !== isFollowing) setFollowing(isAtEnd);
  };
  const hasService = service === null && stack.services.length > 1;
  return html`<div class="logs">
    <div class="log-bar">
      ${
        stack.services.length > 1 &&
        html`<select
          aria-label="Service"
          value=${service ?? ""}
          onChange=${(event: ValueEvent) => onService(event.currentTarget.value === "" ? null : event.currentTarget.value)}
        >
          <option value="" selected=${service === null}>All services</option>
          ${stack.services.map((one) => html`<option key=${one.service} value=${one.service} selected=${one.service === service}>${one.name}</option>`)}
        </select>`
      }
      <div class="search">
        ${icon("search")}
        <input
          id="search"
          type="search"
          aria-label="Search the log"
          placeholder="Search the log"
          autocomplete="off"
          value=${wanted}
          onInput=${(event: ValueEvent) => setWanted(event.currentTarget.value)}
        />
        <kbd aria-hidden="true">/</kbd>
      </div>
      <div class="log-switches" role="group" aria-label="Show">
        ${h(Switch, { label: "Follow", isOn: isFollowing, onToggle: () => setFollowing(!isFollowing) })}
        ${h(Switch, { label: "Wrap", isOn: isWrapped, onToggle: () => setWrapped(!isWrapped) })}
        ${h(Switch, { label: "Times", isOn: hasTime, onToggle: () => setTime(!hasTime) })}
      </div>
    </div>
    ${
      log.problem !== null &&
      html`<p class="callout wait" role="status">${icon("alert")}<span>${log.problem}</span></p>`
    }
    <div
      class=${classes("log-box", isWrapped && "wrapped")}
      ref=${box}
      onScroll=${onScroll}
      tabindex="0"
      role="region"
      aria-label="Log"
    >
      <ol class="log-lines">
        ${shown.map((line) => h(LogRow, { key: line.number, line, wanted, hasTime, hasService }))}
      </ol>
      ${
        shown.length === 0 &&
        html`<p class="log-none">
          ${
            log.lines.length > 0
              ? `Nothing of ${counted(log.lines.length, "line")} has “${wanted}” in it.`
              : connection.is === "open"
                ? "No output yet. New lines appear here."
                : connection.is === "lost"
                  ? html`The log cannot be read.
                      <button type="button" class="link-button" onClick=${retry}>Try again</button>`
                  : "Reading the log…"
          }
        </p>`
      }
    </div>
    <p class="log-foot">
      <span
        >${wanted === "" ? counted(log.lines.length, "line") : `${shown.length} of ${counted(log.lines.length, "line")}`}</span
      >
      <span class=${connection.is === "open" && isFollowing ? "ok" : ""}>
        ${log.isEnded ? "ended" : connection.is === "open" ? (isFollowing ? "live" : "paused: scroll down to follow") : ""}
      </span>
    </p>
  </div>`;
}
