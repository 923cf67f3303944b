// The ids of events: `<process>-<number>`, so that whoever reads them can go on where it stopped, also in what
// earlier processes recorded.

export interface EventId {
  readonly epoch: string;
  /** Counts within the process, from 1. */
  readonly number: number;
}

/** Of events that were recorded before they had ids: the number of their row follows. */
export const recordedEpoch = "h";

export function epochOf(startedAtMs: number): string {
  return Math.round(startedAtMs).toString(36);
}

/** When the process of an epoch started, in ms. */
export function startOf(epoch: string): number {
  return parseInt(epoch, 36);
}

export function eventId(epoch: string, number: number): string {
  return `${epoch}-${number}`;
}

/** Null for what is no id. */
export function parseEventId(id: string): EventId | null {
  const [, epoch, digits] = /^([0-9a-z]{1,12})-(\d{1,15})$/.exec(id) ?? [];
  return epoch === undefined ? null : { epoch, number: Number(digits) };
}
