// Those who want to hear of something: called in the order in which they came.

export interface Listeners<T> {
  tell(news: T): void;
  /** The returned function ends that, and may be called twice. */
  add(listener: (news: T) => void): () => void;
}

export function createListeners<T>(): Listeners<T> {
  const all = new Set<(news: T) => void>();
  return {
    tell(news) {
      for (const listener of [...all]) listener(news);
    },
    add(listener) {
      all.add(listener);
      return () => {
        all.delete(listener);
      };
    },
  };
}
