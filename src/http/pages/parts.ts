// What a page is made of, before the address and the time of a request are added to it.
import type { PageParts, WithClock } from "./document.ts";

export type Parts<T extends WithClock> = Omit<PageParts<T>, "data" | "path"> & {
  readonly data: Omit<T, keyof WithClock>;
};
