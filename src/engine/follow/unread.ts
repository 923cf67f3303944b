// Services whose branch can be seen, but not what its newest commit changes. They wait for the next look at the repository,
// and have another try then; what does not fail again until the look after that is over. Pure.

export interface Unread {
  /** Why; null: nothing is amiss. */
  error(key: string, stack: string, service: string): string | null;
  isWaiting(key: string, stack: string, service: string): boolean;
  failed(key: string, stack: string, service: string, error: string): void;
  /** The repository was looked at. The stacks that have another try. */
  looked(key: string): readonly string[];
}

interface One {
  readonly stack: string;
  readonly error: string;
  isWaiting: boolean;
}

export function createUnread(): Unread {
  const all = new Map<string, Map<string, One>>();
  const find = (key: string, stack: string, service: string): One | undefined =>
    all.get(key)?.get(`${stack} ${service}`);
  return {
    error: (key, stack, service) => find(key, stack, service)?.error ?? null,
    isWaiting: (key, stack, service) => find(key, stack, service)?.isWaiting === true,
    failed(key, stack, service, error) {
      const services = all.get(key) ?? new Map<string, One>();
      all.set(key, services.set(`${stack} ${service}`, { stack, error, isWaiting: true }));
    },
    looked(key) {
      const again = new Set<string>();
      const services = all.get(key) ?? new Map<string, One>();
      for (const [name, one] of services) {
        if (!one.isWaiting) services.delete(name);
        else again.add(one.stack);
        one.isWaiting = false;
      }
      if (services.size === 0) all.delete(key);
      return [...again];
    },
  };
}
