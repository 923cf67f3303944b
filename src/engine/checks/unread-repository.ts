// A repository whose pull requests cannot be read: put off longer each time, and told once.
import { backoffMs } from "../../lib/backoff.ts";
import type { BackoffPolicy } from "../../lib/backoff.ts";
import type { Clock } from "../../lib/clock.ts";
import { toCapstanError } from "../../lib/errors.ts";

export interface UnreadRepository {
  /** It is left alone for now. */
  isPutOff(): boolean;
  failed(error: unknown): void;
  /** It was read. */
  done(): void;
}

const policy: BackoffPolicy = { firstMs: 60_000, maxMs: 15 * 60_000, jitter: 0 };

/** What a person can do about it, in place of what would help with the stacks' own repository. */
const hints: Readonly<Record<string, string>> = {
  "not-found":
    "FORGE_TOKEN's account may not see it, or it is another host's that a provider of Dokploy reads: let it read there",
  forbidden: "let FORGE_TOKEN's account read pull requests there, and comment on them",
};

function wordsOf(error: unknown): string {
  const { code, message, hint } = toCapstanError(error);
  const help = hints[code] ?? hint;
  return help === undefined ? message : `${message} (${help})`;
}

/** `tell`: what is wrong, when it begins and when it is another thing; null when it is over. */
export function createUnreadRepository(
  clock: Pick<Clock, "now">,
  tell: (error: string | null) => void,
): UnreadRepository {
  let unread: { readonly tries: number; readonly dueAtMs: number; readonly words: string } | null =
    null;
  return {
    isPutOff: () => unread !== null && unread.dueAtMs > clock.now(),
    failed(error) {
      const words = wordsOf(error);
      const isNews = unread?.words !== words;
      const tries = (unread?.tries ?? 0) + 1;
      unread = { tries, dueAtMs: clock.now() + backoffMs(policy, tries, 0), words };
      if (isNews) tell(words);
    },
    done() {
      if (unread === null) return;
      unread = null;
      tell(null);
    },
  };
}
