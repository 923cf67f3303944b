// Brings a page alive: the component that the server has rendered takes over what stands in the document.
import { h, hydrate } from "preact";
import type { ComponentType } from "preact";
import { BrowserContext } from "../browser.ts";
import { createBrowser } from "./browser-dom.ts";

function required(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the document has no #${id}`);
  return element;
}

// The page and its data are of one type.
/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters */
/** `data` is what the server rendered the page from; it stands in the document as JSON. */
export function start<T>(page: ComponentType<{ readonly data: T }>): void {
  const read: unknown = JSON.parse(required("data").textContent);
  const data = read as T & { readonly now: string };
  const browser = createBrowser(Date.parse(data.now) - Date.now());
  const tree = h(BrowserContext.Provider, { value: browser }, h(page, { data }));
  hydrate(tree, required("app"));
  // For tests, and for styles of what works with scripts only.
  document.documentElement.dataset.alive = "yes";
}
