// The texts that this process writes into the lease: no two of them are equal, each is remembered before anybody can
// see it, and by them it knows its own tag again, also after a crash.
import type { Clock } from "../../lib/clock.ts";
import { leaseText, parseLeaseText } from "../../model/lease-text.ts";
import type { LeaseText } from "../../model/lease-text.ts";

/** What this process wrote, kept where its next start finds it: then a crash costs no waiting. */
export interface LeaseMemory {
  /** Texts of an earlier process that has ended. */
  earlier(): readonly string[];
  /** Called before a text is sent; never throws. */
  save(texts: readonly string[]): void;
}

export interface OwnTextsOptions {
  readonly ttlMs: number;
  readonly by: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  /** Unique for each start of each process. */
  readonly writer: string;
  readonly memory: LeaseMemory;
}

export interface OwnTexts {
  /** Whether this very process wrote it, or an earlier one that is known to have ended. */
  isOwn(text: string): boolean;
  /** From now on, texts of an earlier process with this memory are own as well. */
  recall(): void;
  /** `isRenewal`: the lease was held until now; otherwise it says that it is held since now. */
  held(isRenewal: boolean): string;
  free(): string;
  /** For a tag that nobody renews. It is not remembered: nobody, this process included, is to take it for its own. */
  broken(): string;
}

const rememberedTexts = 6;

function iso(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z$/, "Z");
}

export function createOwnTexts(clock: Clock, options: OwnTextsOptions): OwnTexts {
  const { by, host, pid, version, writer, ttlMs, memory } = options;
  let number = 0;
  let since = "";
  let earlier: ReadonlySet<string> | null = null;
  let texts: readonly string[] = [];

  function newText(state: LeaseText["state"], times: Pick<LeaseText, "since" | "until">): string {
    number += 1;
    return leaseText({ state, by, host, pid, version, writer, number, ttlMs, ...times });
  }

  function remember(text: string): string {
    texts = [...texts, text].slice(-rememberedTexts);
    memory.save(texts);
    return text;
  }

  return {
    isOwn(text) {
      const parsed = parseLeaseText(text);
      if (parsed === null || parsed.state === "broken") return false;
      return parsed.writer === writer || (earlier?.has(text) ?? false);
    },
    recall() {
      earlier ??= new Set(memory.earlier());
    },
    held(isRenewal) {
      const nowMs = clock.now();
      if (!isRenewal) since = iso(nowMs);
      return remember(newText("held", { since, until: iso(nowMs + ttlMs) }));
    },
    free() {
      const now = iso(clock.now());
      return remember(newText("free", { since: now, until: now }));
    },
    broken() {
      const nowMs = clock.now();
      return newText("broken", { since: iso(nowMs), until: iso(nowMs + ttlMs) });
    },
  };
}
