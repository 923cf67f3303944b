// What schemas describe, as data that nobody may change.
import type { z } from "@hono/zod-openapi";

export type Immutable<T> = T extends readonly (infer One)[]
  ? readonly Immutable<One>[]
  : T extends object
    ? { readonly [K in keyof T]: Immutable<T[K]> }
    : T;

/** What a schema lets in. */
export type View<Schema extends z.ZodType> = Immutable<z.input<Schema>>;
