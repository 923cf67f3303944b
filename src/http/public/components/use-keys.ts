// The keyboard of the dashboard: search, rows, and the pages by two keys.
import { useEffect, useRef } from "preact/hooks";
import { useBrowser } from "../browser.ts";

const pages: Readonly<Record<string, string>> = {
  s: "/stacks",
  c: "/commits",
  e: "/events",
  p: "/problems",
};
const secondKeyMs = 1_200;

export interface Keys {
  readonly onHelp: () => void;
}

export function useKeys({ onHelp }: Keys): void {
  const browser = useBrowser();
  const goneUntil = useRef(0);
  useEffect(
    () =>
      browser.onKey((press) => {
        const { key, isTyping, isInDialog, hasModifier } = press;
        if (hasModifier || isInDialog || isTyping) return;
        const isSecond = browser.now() < goneUntil.current;
        goneUntil.current = 0;
        const page = pages[key];
        if (isSecond && page !== undefined) {
          press.prevent();
          browser.open(page);
        } else if (key === "g") goneUntil.current = browser.now() + secondKeyMs;
        else if (key === "?") {
          press.prevent();
          onHelp();
        } else if (key === "/") {
          press.prevent();
          browser.focus("search");
        }
      }),
    [],
  );
}

/** Moves the focus among rows with `j` and `k`; each has the id `row-<index>`. */
export function useRowKeys(count: number): void {
  const browser = useBrowser();
  const rows = useRef(count);
  rows.current = count;
  useEffect(
    () =>
      browser.onKey((press) => {
        const { key, isTyping, isInDialog, hasModifier } = press;
        if (hasModifier || isInDialog || (key !== "j" && key !== "k")) return;
        if (isTyping || rows.current === 0) return;
        const at = /^row-(\d+)$/.exec(browser.focused())?.[1];
        const step = key === "j" ? 1 : -1;
        const next = at === undefined ? 0 : Number(at) + step;
        press.prevent();
        browser.focus(`row-${Math.min(Math.max(next, 0), rows.current - 1)}`);
      }),
    [],
  );
}
