// Rollouts as timelines: attempt, queue, build, containers, stable; each with its own time, to scale.
import { useEffect, useState } from "preact/hooks";
import type { StackDetail } from "../../../api/shapes/dashboard.ts";
import type { Rollout } from "../../../api/shapes/stack.ts";
import { useBrowser } from "../../browser.ts";
import { Empty } from "../../components/empty.ts";
import { icon } from "../../components/icon.ts";
import { mark } from "../../components/mark.ts";
import type { Look } from "../../components/states.ts";
import { TimeAgo } from "../../components/time-ago.ts";
import { h, html } from "../../html.ts";
import { duration, timeOf } from "../../lib/time.ts";

const looks: Readonly<Record<Rollout["state"], Look>> = {
  active: { word: "Rolling out", shape: "turning", tone: "busy" },
  healthy: { word: "Healthy", shape: "check", tone: "ok" },
  failed: { word: "Failed", shape: "cross", tone: "bad" },
  superseded: { word: "Replaced by a newer one", shape: "minus", tone: "quiet" },
};

const phaseWords: Readonly<Record<string, string>> = {
  queue: "Queue",
  build: "Build",
  containers: "Containers",
  stable: "Stable",
};

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Where a phase lies in its rollout, in thousandths. */
export function share(
  { from, to }: Span,
  whole: Span,
): { readonly x: number; readonly width: number } {
  const total = Math.max(1, whole.to - whole.from);
  const x = Math.round(((from - whole.from) / total) * 1_000);
  const width = Math.round(((to - from) / total) * 1_000);
  // What was too short to be drawn to scale is a line still.
  return { x: Math.min(x, 992), width: Math.max(8, Math.min(width, 1_000 - Math.min(x, 992))) };
}

function Phases({ rollout, nowMs }: { readonly rollout: Rollout; readonly nowMs: number }) {
  const from = timeOf(rollout.startedAt) ?? nowMs;
  const whole = { from, to: timeOf(rollout.endedAt) ?? nowMs };
  return html`<ol class="phases">
    ${rollout.phases.map(({ name, startedAt, endedAt, detail }, index) => {
      const span = { from: timeOf(startedAt) ?? from, to: timeOf(endedAt) ?? whole.to };
      const { x, width } = share(span, whole);
      const isLast = index === rollout.phases.length - 1;
      const tone = endedAt === null ? "busy" : isLast && rollout.state === "failed" ? "bad" : "ok";
      return html`<li key=${name}>
        <span class="phase-name">${phaseWords[name] ?? name}</span>
        <svg
          class=${`phase-bar ${tone}`}
          viewBox="0 0 1000 10"
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          <rect class="bar-track" x="0" y="0" width="1000" height="10" />
          <rect class="bar" x=${x} y="0" width=${width} height="10" />
        </svg>
        <span class="phase-time">${duration(span.to - span.from)}</span>
        ${detail !== "" && html`<span class="phase-detail">${detail}</span>`}
      </li>`;
    })}
  </ol>`;
}

/** Redraws every second while something goes on. */
function useNow(isMoving: boolean): number {
  const browser = useBrowser();
  const [now, setNow] = useState(browser.now());
  useEffect(() => {
    if (!isMoving) return undefined;
    return browser.every(1_000, () => setNow(browser.now()));
  }, [isMoving]);
  return isMoving ? Math.max(now, browser.now()) : now;
}

export interface RolloutTabProps {
  readonly stack: StackDetail;
  readonly service: string | null;
}

export function RolloutTab({ stack, service }: RolloutTabProps) {
  const rollouts = stack.rollouts.filter((one) => service === null || one.service === service);
  const nowMs = useNow(rollouts.some(({ state }) => state === "active"));
  if (rollouts.length === 0) {
    return h(
      Empty,
      { icon: "rocket", title: "No rollouts yet" },
      html`<p>Each deployment appears here, with the time that each phase took.</p>`,
    );
  }
  return html`<ol class="rollouts">
    ${rollouts.map((rollout) => {
      const { name, attempt, state, startedAt, endedAt, reason, log } = rollout;
      const from = timeOf(startedAt) ?? nowMs;
      return html`<li key=${`${rollout.service} ${startedAt}`} class="rollout">
        <div class="rollout-head">
          ${mark(looks[state])}
          <strong>${name}</strong>
          <span class=${looks[state].tone}>${looks[state].word}</span>
          ${attempt !== null && html`<span class="hint">attempt ${attempt}</span>`}
          <span class="rollout-time">
            ${duration((timeOf(endedAt) ?? nowMs) - from)} · ${h(TimeAgo, { at: startedAt })}
          </span>
        </div>
        ${reason !== "" && html`<p class="hint">${reason}</p>`} ${h(Phases, { rollout, nowMs })}
        ${
          log.length > 0 &&
          html`<details class="last-lines" open=${state === "failed"}>
            <summary class="fold">${icon("chevron")}<span>Last lines of the log</span></summary>
            <pre tabindex="0" aria-label="Log">${log.join("\n")}</pre>
          </details>`
        }
      </li>`;
    })}
  </ol>`;
}
