// What was opened, and how it is closed again: in reverse order, also when opening stops in the middle.

export interface Opened {
  /** Remembers how something is closed; used when it is open. */
  add(close: () => Promise<void> | void): void;
  /** The list reversed; may be called twice. */
  close(): Promise<void>;
}

function createOpened(): Opened {
  const closers: (() => Promise<void> | void)[] = [];
  let closing: Promise<void> | null = null;
  const closeAll = async (): Promise<void> => {
    for (const close of closers.reverse()) await close();
  };
  return {
    add: (close) => void closers.push(close),
    close: () => (closing ??= closeAll()),
  };
}

/** Closes what was opened so far when `build` fails. */
export async function unwinding<T>(build: (opened: Opened) => Promise<T>): Promise<T> {
  const opened = createOpened();
  try {
    return await build(opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}
