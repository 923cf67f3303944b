// What `capstan apply` is told, whoever does the work.
export interface ApplyOptions {
  readonly source?: string;
  readonly stack?: readonly string[];
  readonly prune?: boolean;
  readonly approve?: readonly string[];
}
