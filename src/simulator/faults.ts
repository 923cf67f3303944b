/**
 * Faults of the transport: rules that say which requests they hit, and when. What they do to a
 * request is carried out in requests.ts.
 */
import { z } from "zod";
import { createRandom, type Random } from "./random.ts";
import type { LoggedRequest } from "./requestLog.ts";

const ruleSchema = z.strictObject({
  kind: z.enum([
    "latency",
    "reset",
    "answerLost",
    "lateWrite",
    "status500",
    "html502",
    "ratelimit401",
    "filteredList",
    "emptyList",
    "truncated",
    "wrongShape",
    "junk",
    "batchRefused",
    "halfBatch",
    "shortBatch",
    "strangeItem",
    "hang",
  ]),
  /** A glob over procedure names (`application.*`); a batch is hit when one of its items is. */
  procedure: z.string().default("*"),
  /** Only the nth matching request, counted from 1 since the rule was added. */
  nth: z.number().int().min(1).optional(),
  /** How many requests are hit before the rule is spent. `"always"` stays until removed. */
  times: z.union([z.number().int().min(1), z.literal("always")]).default(1),
  /** Of the requests that match otherwise, this share is hit. */
  probability: z.number().min(0).max(1).default(1),
  seed: z.number().default(1),
  /** `latency` and `lateWrite`: simulated milliseconds. */
  ms: z.number().min(0).default(300),
  /** `filteredList`: the share of the projects that is shown. */
  keep: z.number().min(0).max(1).default(0.5),
  /** `batchRefused`: what a refused batch is answered with. */
  status: z.number().int().default(404),
  /** `status500`, `html502`, `junk`, `hang`: the write is carried out all the same. */
  applied: z.boolean().default(false),
});

/** They hit a batch of at least two. */
const ofSeveral: ReadonlySet<string> = new Set(["halfBatch", "shortBatch", "strangeItem"]);

export type FaultRule = z.input<typeof ruleSchema>;
export type Fault = z.output<typeof ruleSchema>;
export type FaultKind = Fault["kind"];

export interface FaultRules {
  /** Returns what removes the rule again. */
  add(rule: FaultRule): () => void;
  clear(): void;
  /** The faults that this request is hit by; counts the request for every rule that it matches. */
  hits(request: LoggedRequest): Fault[];
  list(): Fault[];
}

interface Armed {
  fault: Fault;
  pattern: RegExp;
  random: Random;
  seen: number;
  left: number;
}

export function parseRule(value: unknown): Fault {
  return ruleSchema.parse(value);
}

export function createFaultRules(): FaultRules {
  let armed: Armed[] = [];
  return {
    add: (rule) => {
      const fault = ruleSchema.parse(rule);
      const one: Armed = {
        fault,
        pattern: globPattern(fault.procedure),
        random: createRandom(fault.seed),
        seen: 0,
        left: fault.times === "always" ? Infinity : fault.times,
      };
      armed.push(one);
      return () => {
        armed = armed.filter((other) => other !== one);
      };
    },
    clear: () => {
      armed = [];
    },
    list: () => armed.map((one) => one.fault),
    hits: (request) => {
      const hits = armed.filter((one) => strikes(one, request));
      for (const one of hits) one.left--;
      armed = armed.filter((one) => one.left > 0);
      return hits.map((one) => one.fault);
    },
  };
}

function strikes(one: Armed, request: LoggedRequest): boolean {
  if (!request.procedures.some((name) => one.pattern.test(name))) return false;
  if (one.fault.kind === "batchRefused" && request.transport !== "trpc") return false;
  if (ofSeveral.has(one.fault.kind) && request.batchSize < 2) return false;
  one.seen++;
  if (one.fault.nth !== undefined && one.seen !== one.fault.nth) return false;
  return one.fault.probability >= 1 || one.random.next() < one.fault.probability;
}

function globPattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^(?:${escaped})$`);
}
