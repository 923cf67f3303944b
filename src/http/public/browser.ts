// All that components ask of the browser: time, network, address, keyboard. Components know this contract
// only, so that the server renders the very same files; `dom/` keeps it with the real browser.
import { createContext } from "preact";
import { useContext } from "preact/hooks";

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  /** `status` 0: nothing answered. `message` is for people. */
  | { readonly ok: false; readonly status: number; readonly message: string };

export interface Listener {
  /** `data` is JSON already read. */
  readonly onEvent: (type: string, data: unknown) => void;
  readonly onOpen?: () => void;
  /** The connection broke and is closed; it does not come back by itself. */
  readonly onLost: () => void;
}

export interface KeyPress {
  readonly key: string;
  /** A text field has the focus. */
  readonly isTyping: boolean;
  /** A dialog is open: it has the keyboard. */
  readonly isInDialog: boolean;
  readonly hasModifier: boolean;
  prevent(): void;
}

export type Theme = "light" | "dark" | "system";

export interface Browser {
  /** In ms, by the server's clock. */
  now(): number;
  /** The returned functions cancel; calling them again does nothing. */
  after(ms: number, run: () => void): () => void;
  every(ms: number, run: () => void): () => void;
  get<T>(path: string): Promise<Answer<T>>;
  send<T>(method: "POST" | "DELETE", path: string, body?: unknown): Promise<Answer<T>>;
  /** Server-sent events of the given types. */
  listen(path: string, types: readonly string[], listener: Listener): () => void;
  /** Path and query of the address. */
  readonly path: () => string;
  /** Changes the address without loading anything; `push` makes a step that "Back" undoes. */
  setPath(path: string, how: "replace" | "push"): void;
  onPath(run: () => void): () => void;
  /** Loads another page. */
  open(path: string): void;
  onKey(run: (press: KeyPress) => void): () => void;
  /** Runs on every click; `isInside` says whether it was in an element. */
  onPress(run: (isInside: (element: unknown) => boolean) => void): () => void;
  /** Runs when the machine is online again or the page is looked at again. */
  onWake(run: () => void): () => void;
  copy(text: string): Promise<boolean>;
  setTheme(theme: Theme): void;
  /** Moves the focus to the element with this id, when there is one. */
  focus(id: string): void;
  /** The id of the element that has the focus; empty without one. */
  focused(): string;
  setTitle(title: string): void;
  /** The time of day, in the reader's zone: `17:31:20`. */
  timeOfDay(ms: number): string;
  /** A day, in the reader's zone: `28 November 2026`. */
  date(ms: number): string;
  /** Date and time, in the reader's zone. */
  dateAndTime(ms: number): string;
}

const nothing = (): void => undefined;
const stop = () => nothing;
const never = <T>(): Promise<Answer<T>> => new Promise<Answer<T>>(nothing);
const isoOf = (ms: number): string => new Date(ms).toISOString();

/** On the server: time stands still, and nothing happens. */
export function stillBrowser(nowMs: number, path = "/"): Browser {
  return {
    now: () => nowMs,
    after: stop,
    every: stop,
    get: never,
    send: never,
    listen: stop,
    path: () => path,
    setPath: nothing,
    onPath: stop,
    open: nothing,
    onKey: stop,
    onPress: stop,
    onWake: stop,
    copy: async () => false,
    setTheme: nothing,
    focus: nothing,
    focused: () => "",
    setTitle: nothing,
    timeOfDay: (ms) => `${isoOf(ms).slice(11, 19)} UTC`,
    date: (ms) => isoOf(ms).slice(0, 10),
    dateAndTime: (ms) => `${isoOf(ms).slice(0, 19).replace("T", " ")} UTC`,
  };
}

export const BrowserContext = createContext<Browser>(stillBrowser(0));

export function useBrowser(): Browser {
  return useContext(BrowserContext);
}
