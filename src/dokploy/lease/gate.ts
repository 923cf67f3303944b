// What every write to the server passes, so that none starts without its lease.

/** What asks before a write is sent. */
export interface LeaseGate {
  /** Makes sure that there is time for a write. Throws `conflict` when this process may not write. */
  enter(procedure: string): Promise<void>;
  /** Asked again in the moment of sending. */
  isOpen(): boolean;
  /** There is work: the lease goes on. */
  busy(): void;
}
