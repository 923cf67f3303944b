// Many jobs of a test side by side, with a limit.

/** Runs `job` for all items, `atOnce` at a time; results come in the order of the items. */
export async function inParallel<T, R>(
  items: readonly T[],
  atOnce: number,
  job: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let index = next++; index < items.length; index = next++) {
        results[index] = await job(items[index]!);
      }
    }),
  );
  return results;
}
