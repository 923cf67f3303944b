// What a page is made of, before the address and the time of a request are added to it.
import type { Theme } from "../public/browser.ts";
import type { PageParts } from "./document.ts";

/** What every page's data has. */
export interface WithClock {
  readonly now: string;
  readonly theme: Theme;
}

export type Parts<T extends WithClock> = Omit<PageParts<T>, "data" | "path"> & {
  readonly data: Omit<T, keyof WithClock>;
};
