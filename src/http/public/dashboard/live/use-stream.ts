// One connection for server-sent events that is made again when it breaks: after one second, then two, then
// four. Messages come in batches, so that a thousand of them are drawn once.
import { useEffect, useRef, useState } from "preact/hooks";
import { useBrowser } from "../../browser.ts";
import type { Message } from "./live.ts";

export type Connection =
  | { readonly is: "connecting" }
  | { readonly is: "open" }
  | {
      readonly is: "lost";
      /** When it is tried again. */
      readonly retryAtMs: number;
      /** When something was heard last. */
      readonly heardMs: number;
    }
  /** The session has ended: somebody has to sign in again. */
  | { readonly is: "signed-out" };

export interface Stream {
  readonly connection: Connection;
  /** Tries again at once. */
  readonly retry: () => void;
}

const batchMs = 60;
const firstWaitMs = 1_000;
const longestWaitMs = 15_000;

/** `path` null: nothing to listen to. */
export function useStream(
  path: string | null,
  types: readonly string[],
  onMessages: (messages: readonly Message[]) => void,
): Stream {
  const browser = useBrowser();
  const [connection, setConnection] = useState<Connection>({ is: "connecting" });
  const listener = useRef(onMessages);
  listener.current = onMessages;
  const retryNow = useRef<() => void>(() => undefined);

  useEffect(() => {
    if (path === null) return undefined;
    let stop = (): void => undefined;
    let cancelWait = (): void => undefined;
    let cancelBatch: (() => void) | null = null;
    let waiting: Message[] = [];
    let failures = 0;
    let heardMs = browser.now();
    let isOver = false;

    const flush = (): void => {
      cancelBatch = null;
      const batch = waiting;
      waiting = [];
      listener.current(batch);
    };
    const connect = (): void => {
      stop = browser.listen(path, types, {
        onOpen: () => {
          failures = 0;
          heardMs = browser.now();
          setConnection({ is: "open" });
        },
        onEvent: (type, data) => {
          heardMs = browser.now();
          waiting.push({ type, data });
          cancelBatch ??= browser.after(batchMs, flush);
        },
        onLost: lose,
      });
    };
    const ask = async (): Promise<void> => {
      // A stream does not say why it was refused.
      const answer = await browser.get("/api/v1/overview");
      if (isOver) return;
      if (answer.ok) connect();
      else if (answer.status === 401 || answer.status === 403) setConnection({ is: "signed-out" });
      else lose();
    };
    function lose(): void {
      if (isOver) return;
      const waitMs = Math.min(firstWaitMs * 2 ** failures, longestWaitMs);
      failures += 1;
      setConnection({ is: "lost", retryAtMs: browser.now() + waitMs, heardMs });
      cancelWait = browser.after(waitMs, () => void ask());
    }
    retryNow.current = () => {
      cancelWait();
      void ask();
    };
    const sleep = browser.onWake(() => {
      if (failures > 0) retryNow.current();
    });
    connect();
    return () => {
      isOver = true;
      stop();
      sleep();
      cancelWait();
      cancelBatch?.();
    };
  }, [path]);

  return { connection, retry: () => retryNow.current() };
}
