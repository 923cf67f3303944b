// What `capstan adopt` is told.
export interface AdoptOptions {
  /** Names of stacks; none: all that say `adopt`. */
  readonly stacks: readonly string[];
  readonly source?: string;
}
