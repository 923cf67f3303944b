// The contract of `browser.ts`, kept with the real browser.
import { sentence } from "../lib/words.ts";
import type { Answer, Browser, KeyPress, Listener, Theme } from "../browser.ts";

interface ProblemDetails {
  readonly detail?: unknown;
  readonly hint?: unknown;
  readonly error?: unknown;
}

/** The sentence of an RFC 9457 answer; a plain one when there is none. */
function sentenceOf(body: ProblemDetails | null, status: number): string {
  const said = body?.detail ?? body?.error;
  const text = typeof said === "string" && said !== "" ? said : `the server answered ${status}`;
  const hint = typeof body?.hint === "string" ? ` ${hintSentence(body.hint)}` : "";
  return `${sentence(text)}${hint}`;
}

/** Hints begin with what to do, never with a name. */
function hintSentence(hint: string): string {
  return sentence(hint.slice(0, 1).toUpperCase() + hint.slice(1));
}

async function request<T>(path: string, init: RequestInit): Promise<Answer<T>> {
  let answer: Response;
  try {
    answer = await fetch(path, { ...init, credentials: "same-origin" });
  } catch {
    return { ok: false, status: 0, message: "No connection to the server." };
  }
  const text = await answer.text().catch(() => "");
  let body: unknown = null;
  try {
    body = text === "" ? null : JSON.parse(text);
  } catch {
    body = null;
  }
  if (answer.ok) return { ok: true, value: body as T };
  const details = typeof body === "object" ? (body as ProblemDetails | null) : null;
  return { ok: false, status: answer.status, message: sentenceOf(details, answer.status) };
}

function listen(path: string, types: readonly string[], listener: Listener): () => void {
  const source = new EventSource(path);
  const end = (): void => {
    source.close();
    window.removeEventListener("pagehide", end);
  };
  const tell = (event: Event): void => {
    // An event named "error" shares its name with the browser's own, which carries no data.
    const { data } = event as MessageEvent<unknown>;
    if (typeof data !== "string") return;
    try {
      listener.onEvent(event.type, JSON.parse(data));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  };
  for (const type of types) source.addEventListener(type, tell);
  source.addEventListener("open", () => listener.onOpen?.());
  source.addEventListener("error", (event) => {
    if (event instanceof MessageEvent) return;
    end();
    listener.onLost();
  });
  // A page that is left must not report a lost connection.
  window.addEventListener("pagehide", end);
  return end;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.matches("input, textarea, select, [contenteditable]");
}

function onKey(run: (press: KeyPress) => void): () => void {
  const heard = (event: KeyboardEvent): void => {
    run({
      key: event.key,
      isTyping: isTyping(event.target),
      isInDialog: document.querySelector("dialog[open]") !== null,
      hasModifier: event.ctrlKey || event.metaKey || event.altKey,
      prevent: () => event.preventDefault(),
    });
  };
  document.addEventListener("keydown", heard);
  return () => document.removeEventListener("keydown", heard);
}

function onPress(run: (isInside: (element: unknown) => boolean) => void): () => void {
  const heard = ({ target }: MouseEvent): void => {
    run((element) => element instanceof Node && target instanceof Node && element.contains(target));
  };
  document.addEventListener("click", heard);
  return () => document.removeEventListener("click", heard);
}

function onWake(run: () => void): () => void {
  const seen = (): void => {
    if (document.visibilityState === "visible") run();
  };
  window.addEventListener("online", run);
  document.addEventListener("visibilitychange", seen);
  return () => {
    window.removeEventListener("online", run);
    document.removeEventListener("visibilitychange", seen);
  };
}

/** The old way works where the clipboard's own interface is closed: on plain HTTP. */
function copyBySelection(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "off-screen";
  // In an open dialog nothing outside it can be selected.
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else works without HTTPS
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

async function copy(text: string): Promise<boolean> {
  const clipboard = (navigator as { readonly clipboard?: Clipboard }).clipboard;
  if (clipboard === undefined) return copyBySelection(text);
  return clipboard.writeText(text).then(
    () => true,
    () => copyBySelection(text),
  );
}

const yearInSeconds = 365 * 24 * 3600;

function setTheme(theme: Theme): void {
  const { dataset } = document.documentElement;
  if (theme === "system") delete dataset.theme;
  else dataset.theme = theme;
  const age = theme === "system" ? 0 : yearInSeconds;
  document.cookie = `theme=${theme}; path=/; max-age=${age}; samesite=lax`;
}

/** `aheadMs`: how far the server's clock is ahead of this machine's. */
export function createBrowser(aheadMs: number): Browser {
  return {
    now: () => Date.now() + aheadMs,
    after(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    every(ms, run) {
      const timer = setInterval(run, ms);
      return () => clearInterval(timer);
    },
    get: (path) => request(path, { headers: { Accept: "application/json" } }),
    send: (method, path, body) =>
      request(path, {
        method,
        headers: { Accept: "application/json", "Content-Type": "application/json" },
        body: JSON.stringify(body ?? {}),
      }),
    listen,
    path: () => `${location.pathname}${location.search}`,
    setPath(path, how) {
      if (path === `${location.pathname}${location.search}`) return;
      if (how === "push") history.pushState(null, "", path);
      else history.replaceState(history.state, "", path);
    },
    onPath(run) {
      window.addEventListener("popstate", run);
      return () => window.removeEventListener("popstate", run);
    },
    open: (path) => location.assign(path),
    onKey,
    onPress,
    onWake,
    copy,
    setTheme,
    focus(id) {
      const element = document.getElementById(id);
      element?.focus();
      element?.scrollIntoView({ block: "nearest" });
    },
    focused: () => document.activeElement?.id ?? "",
    setTitle(title) {
      document.title = title;
    },
    timeOfDay: (ms) => new Date(ms).toLocaleTimeString(undefined, { hourCycle: "h23" }),
    date: (ms) => new Date(ms).toLocaleDateString(undefined, { dateStyle: "long" }),
    dateAndTime: (ms) => new Date(ms).toLocaleString(undefined, { hourCycle: "h23" }),
  };
}
