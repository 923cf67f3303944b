// A value that came with the page and is asked for again when something has changed: soon, but once for
// many changes.
import { useEffect, useRef, useState } from "preact/hooks";
import { useBrowser } from "../../browser.ts";

const pauseMs = 400;

export interface Fresh<T> {
  readonly value: T;
  /** Asks again soon. */
  readonly refresh: () => void;
  /** What the server said instead: the value shown is an older one. */
  readonly refusal: { readonly status: number; readonly message: string } | null;
}

export function useFresh<T>(first: T, path: string): Fresh<T> {
  const browser = useBrowser();
  const [value, setValue] = useState(first);
  const [refusal, setRefusal] = useState<Fresh<T>["refusal"]>(null);
  const cancel = useRef<(() => void) | null>(null);
  const isAsking = useRef(false);
  const isAskedAgain = useRef(false);
  const isGone = useRef(false);

  const ask = async (): Promise<void> => {
    cancel.current = null;
    if (isAsking.current) {
      isAskedAgain.current = true;
      return;
    }
    isAsking.current = true;
    const answer = await browser.get<T>(path);
    isAsking.current = false;
    if (isGone.current) return;
    if (answer.ok) setValue(answer.value);
    setRefusal(answer.ok ? null : answer);
    if (isAskedAgain.current) refresh();
    isAskedAgain.current = false;
  };
  function refresh(): void {
    cancel.current ??= browser.after(pauseMs, () => void ask());
  }
  useEffect(
    () => () => {
      isGone.current = true;
      cancel.current?.();
    },
    [],
  );
  return { value, refresh, refusal };
}
