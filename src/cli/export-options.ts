// What `capstan export` is told.
export interface ExportOptions {
  /** By name or id; none: all that are nobody's. */
  readonly projects: readonly string[];
  readonly out?: string;
  readonly secrets?: "detected" | "all";
  readonly age?: readonly string[];
  readonly templates?: boolean;
  readonly check?: boolean;
  readonly url?: string;
  readonly tokenFile?: string;
  readonly fromCompose?: string;
}
