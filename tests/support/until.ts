// Waits for a condition of the world, never for a time: polls until `read` gives a value that is not
// null, undefined or false. Its limit is there for what hangs, never for what is slow.

const pollMs = 10;

export async function until<T>(
  what: string,
  read: () => T | Promise<T>,
  withinMs = 60_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await read();
    if (value !== null && value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
