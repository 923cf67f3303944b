// What people do with the lease: see who holds it, and take it away.
import { CapstanError } from "../../lib/errors.ts";
import { holderWords, leaseWords, parseLeaseText } from "../../model/lease-text.ts";
import type { LeaseReport } from "../../ports-lease.ts";
import type { Row } from "./machine.ts";
import type { OwnTexts } from "./own-texts.ts";
import type { LeaseTags } from "./tags.ts";

/** Names one lease as long as its holder has it. */
function codeOf({ tagId }: Row): string {
  return tagId.slice(0, 8);
}

/** As `Lease.report`. */
export async function reportLease(tags: LeaseTags): Promise<LeaseReport | null> {
  const row = await tags.read();
  if (row === null) return null;
  const state = parseLeaseText(row.text)?.state ?? "unreadable";
  return { holder: holderWords(row.text), says: leaseWords(row.text), state, code: codeOf(row) };
}

function wentWrong(what: string): CapstanError {
  return new CapstanError("uncertain", `the lease may not be broken: ${what}`, {
    hint: "look at it again with `capstan lease`",
  });
}

/** As `Lease.break`. */
export async function breakLease(
  tags: LeaseTags,
  texts: Pick<OwnTexts, "broken">,
  code: string,
): Promise<void> {
  const row = await tags.read();
  if (row === null || codeOf(row) !== code) {
    throw new CapstanError("conflict", "this is not the lease of now: nothing was broken", {
      hint: "look at it again with `capstan lease`",
    });
  }
  const gone = await tags.remove(row.tagId);
  if (gone !== "done" && gone !== "gone") throw wentWrong("Dokploy did not remove its tag");
  // Nobody renews this one: whoever waits, or comes later, waits until its time is over, and so does the
  // process that had it.
  const { kind } = await tags.create(texts.broken());
  if (kind !== "done") throw wentWrong("somebody took it in the same moment");
}
