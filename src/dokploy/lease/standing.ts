// How this process stands to the lease: whether it leads, goes unguarded or waits for somebody. When another process
// has taken the lease with which this one led, its listener is told once.
import { CapstanError } from "../../lib/errors.ts";
import type { Logger } from "../../lib/logger.ts";
import { leaseWords, parseLeaseText } from "../../model/lease-text.ts";
import type { LeaseStanding } from "../../ports-lease.ts";
import type { Known } from "./known.ts";
import type { LeaseStep } from "./machine.ts";
import type { OwnTexts } from "./own-texts.ts";

export interface Standing {
  /**
   * Does step after step until it is held, or nothing can be done but to wait; where it only looks, until it is known
   * how things stand.
   */
  settle(onlyLooks?: boolean): Promise<LeaseStanding>;
  /** Tags are forbidden to the key, and every write is sent. */
  isUnguarded(): boolean;
  /** Call when something new is known: leads no more when somebody else is seen to. */
  noticeLoss(): void;
  /** Leads no more; tells why. */
  lose(why: string): void;
  /** Leads no more, by itself. Returns the tag to give back, where there is one of its own. */
  resign(): string | null;
  onLost(lost: (why: string) => void): void;
}

export interface StandingOptions {
  readonly known: Known;
  readonly texts: Pick<OwnTexts, "isOwn">;
  readonly logger: Logger;
}

const mostSteps = 12;
/** What takes it, or is on the way there. */
const takes: ReadonlySet<LeaseStep["do"]> = new Set(["create", "remove"]);

function waitsFor({ holder, forMs }: Extract<LeaseStep, { do: "wait" }>): LeaseStanding {
  return {
    kind: "waits",
    why: leaseWords(holder?.text ?? null),
    text: holder?.text ?? "",
    forMs,
  };
}

export function createStanding({ known, texts, logger }: StandingOptions): Standing {
  /** Taken, and neither lost nor given back since; it may have lapsed. */
  let leads = false;
  let isUnguarded = false;
  let onLost: (why: string) => void = () => undefined;

  function lose(why: string): void {
    leads = false;
    onLost(why);
  }

  function goUnguarded(): LeaseStanding {
    if (!isUnguarded) {
      logger.warn(
        { reason: "the key may not write tags" },
        "no lease guards this server: run one Capstan for each instance name",
      );
    }
    isUnguarded = true;
    leads = true;
    return { kind: "unguarded" };
  }

  return {
    async settle(onlyLooks = false) {
      for (let steps = 0; steps < mostSteps; steps++) {
        const step = known.nextStep();
        if (onlyLooks && takes.has(step.do)) return { kind: "free" };
        switch (step.do) {
          case "hold":
            leads = true;
            isUnguarded = false;
            return { kind: "held" };
          case "go-unguarded":
            return goUnguarded();
          case "wait":
            isUnguarded = false;
            return waitsFor(step);
          case "look":
            await known.look();
            break;
          case "create":
            await known.create();
            break;
          case "stamp":
            await known.stamp(step.row);
            break;
          case "remove":
            await known.remove(step.row);
            break;
        }
      }
      throw new CapstanError("unavailable", "the lease of this server could not be taken", {
        hint: "Dokploy refuses to make its tag: look at the tags in Dokploy's settings, and at its log",
      });
    },
    isUnguarded: () => isUnguarded,
    noticeLoss() {
      const row = known.state().seen?.row;
      if (!leads || known.isHeld() || row === undefined || texts.isOwn(row.text)) return;
      if (parseLeaseText(row.text)?.state === "free") return;
      lose(leaseWords(row.text));
    },
    lose,
    resign() {
      const row = known.state().seen?.row;
      const isOurs = leads && row !== undefined && texts.isOwn(row.text);
      leads = false;
      isUnguarded = false;
      return isOurs ? row.tagId : null;
    },
    onLost(lost) {
      onLost = lost;
    },
  };
}
