// W12 for what is said of commits: a process that only waits for another one says nothing.
import type { Observer } from "./commit-checks.ts";

/** `isLeading` is asked at each call. */
export function whileLeading(observer: Observer, isLeading: () => boolean): Observer {
  const told =
    <T extends readonly unknown[]>(tell: (...said: T) => void) =>
    (...said: T): void => {
      if (isLeading()) tell(...said);
    };
  return {
    began: observer.began,
    seen: told(observer.seen),
    loaded: told(observer.loaded),
    looked: told(observer.looked),
    ended: told(observer.ended),
  };
}
