// Spans as the rest of this folder makes them; `otlp.ts` sends them. Attributes are names, states and numbers.

export type Attributes = Readonly<Record<string, string | number | boolean>>;

export type Ended = "ok" | "error" | "unset";

export interface Span {
  /** Something happened while it was open. */
  note(name: string, atMs: number, attributes?: Attributes): void;
  /** Once. */
  end(atMs: number, ended: Ended, attributes?: Attributes): void;
}

export interface NewSpan {
  readonly name: string;
  /** Null: it begins a trace. */
  readonly parent: Span | null;
  /** `client`: a request to another program. */
  readonly kind: "internal" | "client";
  readonly atMs: number;
  readonly attributes: Attributes;
}

export interface Tracer {
  start(span: NewSpan): Span;
}
