// All stacks: what needs a person first, the rest in quiet lines below.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { StackStateName } from "../../../api/shapes/stack.ts";
import { useBrowser } from "../../browser.ts";
import { Empty } from "../../components/empty.ts";
import { Shell } from "../../components/shell.ts";
import { useRowKeys } from "../../components/use-keys.ts";
import { h, html } from "../../html.ts";
import { allLabels } from "../../lib/labels.ts";
import { counted } from "../../lib/words.ts";
import { Approvals } from "../approvals.ts";
import type { StacksData } from "../data.ts";
import { useLive } from "../live/use-live.ts";
import {
  countsOf,
  everything,
  filterOf,
  firstRows,
  held,
  isEverything,
  passes,
  pathOf,
  sorted,
} from "./filter.ts";
import type { Filter } from "./filter.ts";
import { DokployBar } from "./dokploy-bar.ts";
import { StackRow } from "./stack-row.ts";
import { SummaryBar } from "./summary-bar.ts";
import { Toolbar } from "./toolbar.ts";

function useFilter() {
  const browser = useBrowser();
  const [filter, setFilter] = useState(() => filterOf(browser.path()));
  useEffect(() => browser.onPath(() => setFilter(filterOf(browser.path()))), []);
  const change = (more: Partial<Filter>): void => {
    const next = { ...filter, ...more };
    setFilter(next);
    // Letters of a search are no steps of their own.
    browser.setPath(pathOf(next), more.text === undefined ? "push" : "replace");
  };
  return { filter, change };
}

function Sentence({ total, isReady }: { readonly total: number; readonly isReady: boolean }) {
  if (total === 0) return null;
  return html`<p class="page-lead">
    ${isReady && total > 1 ? `All ${total} stacks are ready.` : counted(total, "stack")}
  </p>`;
}

function Nothing({ filter, onClear }: { readonly filter: Filter; readonly onClear: () => void }) {
  if (isEverything(filter)) {
    return h(
      Empty,
      { icon: "layers", title: "No stacks yet" },
      html`<p>Push a manifest to the repository, or <a href="/">create one in the portal</a>.</p>`,
    );
  }
  return h(
    Empty,
    { icon: "search", title: "No stack matches" },
    html`<button type="button" class="button" onClick=${onClear}>Show all stacks</button>`,
  );
}

/** Rows stay in their places while somebody points at the list or walks through it. */
function useOrder(stacks: StacksData["stacks"], filter: Filter, isHeld: boolean) {
  const order = useRef<readonly string[]>([]);
  const heldFilter = useRef(filter);
  const fresh = useMemo(
    () =>
      sorted(
        stacks.filter((stack) => passes(stack, filter)),
        filter.sort,
      ),
    [stacks, filter],
  );
  const rows = isHeld && heldFilter.current === filter ? held(order.current, fresh) : fresh;
  order.current = rows.map(({ name }) => name);
  heldFilter.current = filter;
  return rows;
}

/** So many new rows are drawn at once: more than a screen shows. */
const rowsAtOnce = 80;
const pauseMs = 20;

/** Rows that are new come in portions, so that a key press never waits for a thousand of them. */
function useGradual(rows: StacksData["stacks"]): StacksData["stacks"] {
  const browser = useBrowser();
  // The server has drawn all of them.
  const drawn = useRef<ReadonlySet<string> | null>(null);
  const [, setRound] = useState(0);
  const shown = drawn.current === null ? rows : firstRows(rows, drawn.current, rowsAtOnce);
  useEffect(() => {
    drawn.current = new Set(shown.map(({ name }) => name));
    if (shown.length === rows.length) return undefined;
    return browser.after(pauseMs, () => setRound((round) => round + 1));
  }, [shown, rows]);
  return shown;
}

export function StacksPage({ data }: { readonly data: StacksData }) {
  const page = useLive(data);
  const { live } = page;
  const { filter, change } = useFilter();
  const browser = useBrowser();
  const [isPointed, setPointed] = useState(false);
  const [isWalked, setWalked] = useState(false);
  const stacks = useMemo(() => [...live.stacks.values()], [live.stacks]);
  const rows = useOrder(stacks, filter, isPointed || isWalked);
  const shown = useGradual(rows);
  useRowKeys(shown.length);
  const counts = useMemo(() => countsOf(stacks), [stacks]);
  const toggle = (state: StackStateName): void => {
    const isOn = filter.states.includes(state);
    change({
      states: isOn ? filter.states.filter((one) => one !== state) : [...filter.states, state],
    });
  };
  return h(
    Shell,
    { page: "stacks", theme: data.theme, overview: live.overview, stream: page },
    html`<div class="page-head">
      <h1>Stacks</h1>
      ${h(Sentence, { total: stacks.length, isReady: counts.every(([state]) => state === "ready") })}
    </div>`,
    h(Approvals, { approvals: live.overview.approvals }),
    stacks.length > 0 &&
      html`<div class="list-head">
        ${h(DokployBar, {
          dokploys: live.overview.dokploys,
          chosen: filter.dokploy,
          onChoose: (dokploy: string) => change({ dokploy }),
        })}
        ${h(SummaryBar, { counts, chosen: filter.states, onToggle: toggle })}
        ${h(Toolbar, {
          filter,
          labels: allLabels(stacks),
          onChange: change,
          onLeave: () => {
            if (filter.text !== "") change({ text: "" });
            browser.focus("row-0");
          },
        })}
      </div>`,
    rows.length === 0
      ? h(Nothing, { filter, onClear: () => change(everything) })
      : html`<ul
          class="rows panel"
          aria-label="Stacks"
          onMouseEnter=${() => setPointed(true)}
          onMouseLeave=${() => setPointed(false)}
          onFocusIn=${() => setWalked(true)}
          onFocusOut=${() => setWalked(false)}
        >
          ${shown.map((stack, index) => h(StackRow, { key: stack.name, stack, index }))}
        </ul>`,
    html`<p class="unseen" role="status">
      ${isEverything(filter) ? "" : `${counted(rows.length, "stack")} shown`}
    </p>`,
  );
}
