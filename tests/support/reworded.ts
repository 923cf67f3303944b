// Other words for every sentence that Capstan makes: what decides by one of them decides differently then.
// Used in factories of `vi.mock`; `rewording.isOn` switches between Capstan's words and the others.

export const rewording = { isOn: false };

const shifted = (first: number, count: number, code: number): string =>
  String.fromCharCode(first + ((code - first + 1) % count));

/** Each letter and digit is the next one: nothing begins, ends or reads as it did, digests included. */
export function reword(text: string): string {
  if (!rewording.isOn) return text;
  const moved = text
    .replace(/[a-z]/g, (letter) => shifted(97, 26, letter.charCodeAt(0)))
    .replace(/[A-Z]/g, (letter) => shifted(65, 26, letter.charCodeAt(0)))
    .replace(/\d/g, (digit) => shifted(48, 10, digit.charCodeAt(0)));
  return `~ ${moved}`;
}

/** A module whose functions' texts are reworded: of all, or of those that are named. */
export function rewordedModule<T extends object>(module: T, only?: readonly (keyof T)[]): T {
  const entries = Object.entries(module).map(([name, value]: [string, unknown]) => {
    if (typeof value !== "function" || only?.includes(name as keyof T) === false) {
      return [name, value];
    }
    const call = value as (...given: unknown[]) => unknown;
    const reworded = (...given: unknown[]): unknown => {
      const answer = call(...given);
      return typeof answer === "string" ? reword(answer) : answer;
    };
    return [name, reworded];
  });
  return Object.fromEntries(entries) as T;
}

/** The same with its `message` reworded. */
export function withReworded<T extends object>(told: T): T {
  if (!("message" in told) || typeof told.message !== "string" || told.message === "") return told;
  return { ...told, message: reword(told.message) };
}
