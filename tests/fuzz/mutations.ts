// Ways to spoil a real answer: as text, or at one place of its JSON.
import fc from "fast-check";

export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export type Mutation =
  /** The value at one place, counted through all places of the answer, becomes another one or goes. */
  | { readonly kind: "replace"; readonly at: number; readonly value: Json }
  | { readonly kind: "remove"; readonly at: number }
  | { readonly kind: "repeat"; readonly at: number }
  | { readonly kind: "cut"; readonly share: number }
  | { readonly kind: "insert"; readonly share: number; readonly text: string }
  | { readonly kind: "instead"; readonly text: string; readonly status: number }
  /** So much padding in a key that nobody reads, or around everything. */
  | { readonly kind: "huge"; readonly bytes: number; readonly valid: boolean };

const junkValue: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, false, 0, -1, 1.5, 1e308, "", [], {}, [null], [[]], { a: 1 }),
  fc.constantFrom<Json>("\u0000", "\ud800", "[capstan:1", "x".repeat(5_000), "__proto__"),
  fc.constantFrom<Json>({ constructor: { prototype: null } }, { length: 3 }, { then: 1 }),
);

const pages = [
  "<!doctype html><html>Sign in</html>",
  "",
  "null",
  "[]",
  "{}",
  "true",
  '"',
  "OK",
  "\u0000",
];

export const anyMutation: fc.Arbitrary<Mutation> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant("replace" as const), at: fc.nat(), value: junkValue }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("remove" as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("repeat" as const), at: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("cut" as const),
      share: fc.double({ min: 0, max: 0.999, noNaN: true }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("insert" as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      text: fc.constantFrom("}", "]", '"', ",", "\u0000", "<", "🙈", "\\u"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("instead" as const),
      text: fc.constantFrom(...pages),
      status: fc.constantFrom(200, 200, 204, 207, 302, 400, 404, 500, 502),
    }),
  },
);

/** Those after which no list can be read. */
export const deadlyMutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({
    kind: fc.constant("cut" as const),
    share: fc.double({ min: 0, max: 0.98, noNaN: true }),
  }),
  fc.record({
    kind: fc.constant("instead" as const),
    text: fc.constantFrom(...pages),
    status: fc.constantFrom(200, 207, 302, 502),
  }),
  fc.record({
    kind: fc.constant("huge" as const),
    bytes: fc.constantFrom(1_000_000, 5_000_000),
    valid: fc.constant(false),
  }),
);

/** How many places a value has: itself and all that is in it. */
function count(value: Json): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((sum: number, one: Json) => sum + count(one), 1);
}

type Change = (value: Json) => Json | undefined;

/** The value with its `at`-th place changed; undefined leaves the place out. */
function changeAt(value: Json, at: number, change: Change): Json | undefined {
  if (at === 0) return change(value);
  if (typeof value !== "object" || value === null) return value;
  let rest = at - 1;
  const entries = Object.entries(value).flatMap(([key, one]: [string, Json]) => {
    const size = count(one);
    const isHere = rest >= 0 && rest < size;
    const next = isHere ? changeAt(one, rest, change) : one;
    rest -= size;
    return next === undefined ? [] : ([[key, next]] as [string, Json][]);
  });
  return Array.isArray(value) ? entries.map(([, one]) => one) : Object.fromEntries(entries);
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

function spoilJson(body: string, at: number, change: Change): string {
  let parsed: Json;
  try {
    parsed = JSON.parse(body) as Json;
  } catch {
    return body;
  }
  const changed = changeAt(parsed, at % count(parsed), change);
  return changed === undefined ? "" : JSON.stringify(changed);
}

export function spoil({ status, body }: Answer, mutation: Mutation): Answer {
  switch (mutation.kind) {
    case "replace":
      return { status, body: spoilJson(body, mutation.at, () => mutation.value) };
    case "remove":
      return { status, body: spoilJson(body, mutation.at, () => undefined) };
    case "repeat":
      return { status, body: spoilJson(body, mutation.at, (value) => [value, value]) };
    case "cut":
      return { status, body: body.slice(0, Math.floor(body.length * mutation.share)) };
    case "insert": {
      const at = Math.floor(body.length * mutation.share);
      return { status, body: body.slice(0, at) + mutation.text + body.slice(at) };
    }
    case "instead":
      return { status: mutation.status, body: mutation.text };
    case "huge": {
      const padding = "x".repeat(mutation.bytes);
      if (!mutation.valid) return { status, body: padding };
      const more = { result: { data: { json: padding } } };
      const parsed = JSON.parse(body === "" ? "null" : body) as Json;
      const whole = Array.isArray(parsed)
        ? parsed.map((one: Json) => ({ ...(one as object), padding }))
        : { ...more, ...(parsed as object) };
      return { status, body: JSON.stringify(whole) };
    }
  }
}
