// The lines of a log that is followed: bounded, and searched. Pure.

export interface LogLine {
  /** Grows by one with each line: the key of its row. */
  readonly number: number;
  readonly service: string;
  readonly at: string | null;
  readonly text: string;
}

export interface LogState {
  readonly lines: readonly LogLine[];
  readonly next: number;
  /** What the server said of lines that it could not read; null when all is well. */
  readonly problem: string | null;
  readonly isEnded: boolean;
}

interface LinesMessage {
  readonly service: string;
  readonly name: string;
  readonly lines: readonly { readonly at: string | null; readonly text: string }[];
}

export const emptyLog: LogState = { lines: [], next: 0, problem: null, isEnded: false };

/** Older ones are let go: what somebody reads is at the end. */
export const mostLines = 5_000;

/** Colours and the like of terminals. */

const escapes = /\u001b\[[0-9;?]*[ -/]*[@-~]|[\u0000-\u0008\u000b-\u001a\u001c-\u001f]/g;

/** By time where lines say it: each service tells its own by itself. Others stay behind the line before them. */
function inOrder(lines: readonly LogLine[]): readonly LogLine[] {
  let at = "";
  const timed = lines.map((line) => {
    at = line.at ?? at;
    return { line, at };
  });
  const isSorted = timed.every((one, index) => one.at >= (timed[index - 1]?.at ?? ""));
  if (isSorted) return lines;
  return timed.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).map(({ line }) => line);
}

export function withLogMessage(state: LogState, type: string, data: unknown): LogState {
  switch (type) {
    case "lines": {
      const { name, lines } = data as LinesMessage;
      const added = lines.map(({ at, text }, index) => ({
        number: state.next + index,
        service: name,
        at,
        text: text.replace(escapes, ""),
      }));
      return {
        lines: inOrder([...state.lines, ...added]).slice(-mostLines),
        next: state.next + added.length,
        problem: null,
        isEnded: false,
      };
    }
    case "problem":
      return { ...state, problem: (data as { readonly message: string }).message };
    case "end":
      return { ...state, problem: (data as { readonly message: string }).message, isEnded: true };
    default:
      return state;
  }
}

export function searchLog(lines: readonly LogLine[], text: string): readonly LogLine[] {
  const wanted = text.toLowerCase();
  if (wanted === "") return lines;
  return lines.filter((line) => line.text.toLowerCase().includes(wanted));
}

/** A text in pieces: every second one is what was searched for. */
export function pieces(text: string, wanted: string): readonly string[] {
  if (wanted === "") return [text];
  const [low, small] = [text.toLowerCase(), wanted.toLowerCase()];
  const found: string[] = [];
  let from = 0;
  for (let at = low.indexOf(small); at !== -1; at = low.indexOf(small, from)) {
    found.push(text.slice(from, at), text.slice(at, at + wanted.length));
    from = at + wanted.length;
  }
  return [...found, text.slice(from)];
}

/** Lines that most programs mark as errors or warnings. */
export function gravity(text: string): "bad" | "wait" | null {
  if (/\b(?:error|err|fatal|panic|critical|exception)\b/i.test(text.slice(0, 200))) return "bad";
  return /\b(?:warn|warning)\b/i.test(text.slice(0, 200)) ? "wait" : null;
}
