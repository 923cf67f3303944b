// Repositories whose branches can be seen, but not what their commits change. Who waits for that is let go on with the
// next look, and heard again when it fails again: an error is told once, and its end once. Pure.

export interface Unread {
  isWaiting(key: string, stack: string, service: string): boolean;
  /** Comparing failed for a service. Whether that is news. */
  failed(key: string, stack: string, service: string, error: string): boolean;
  /** The repository was looked at: the stacks that waited go on. `isOver`: none has failed since the last look. */
  looked(key: string): { readonly again: readonly string[]; readonly isOver: boolean };
}

export function createUnread(): Unread {
  const all = new Map<string, { error: string; waiting: Map<string, Set<string>> }>();
  return {
    isWaiting: (key, stack, service) => all.get(key)?.waiting.get(stack)?.has(service) === true,
    failed(key, stack, service, error) {
      const one = all.get(key) ?? { error: "", waiting: new Map<string, Set<string>>() };
      all.set(key, one);
      const isNews = one.error !== error;
      one.error = error;
      const services = one.waiting.get(stack) ?? new Set<string>();
      one.waiting.set(stack, services.add(service));
      return isNews;
    },
    looked(key) {
      const one = all.get(key);
      const again = [...(one?.waiting.keys() ?? [])];
      const isOver = one !== undefined && again.length === 0;
      if (isOver) all.delete(key);
      else one?.waiting.clear();
      return { again, isOver };
    },
  };
}
