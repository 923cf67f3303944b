// One tool for agents: what it is called, what it takes and answers, what it may change, and the questions to
// the API that it consists of. Tools hold no rules of their own: who may do what is the API's matter.
import type { z } from "zod";
import { CapstanError } from "../lib/errors.ts";
import type { AskApi } from "../ports-api.ts";

export type Effect =
  | "reads"
  | "adds" // something new; nothing that exists is changed
  | "removes";

const annotationsOf: Readonly<Record<Effect, ToolAnnotations>> = {
  reads: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  adds: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
  removes: { readOnlyHint: false, destructiveHint: true, openWorldHint: false },
};

export interface ToolAnnotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint?: boolean;
  readonly idempotentHint?: boolean;
  /** Whether it speaks to the world beyond the controller. */
  readonly openWorldHint: boolean;
}

export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  readonly annotations: ToolAnnotations;
  /** `given` has passed `input`. The answer passes `output`. Throws CapstanError. */
  readonly call: (given: never, ask: AskApi) => Promise<object>;
}

interface Described<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly effect: Effect;
  /** Asking twice has the effect of asking once. Reading always is. */
  readonly idempotent?: boolean;
  readonly input: Input;
  readonly output: Output;
  readonly call: (given: z.output<Input>, ask: AskApi) => Promise<z.output<Output>>;
}

export function tool<Input extends z.ZodObject, Output extends z.ZodObject>(
  one: Described<Input, Output>,
): Tool {
  const { name, title, description, effect, idempotent, input, output, call } = one;
  const annotations = {
    ...annotationsOf[effect],
    ...(idempotent === undefined ? {} : { idempotentHint: idempotent }),
  };
  return { name, title, description, input, output, annotations, call };
}

/** A name as one part of a path. Throws `not-found` for what would name another path. */
export function part(name: string): string {
  if (name === "." || name === "..") {
    throw new CapstanError("not-found", `there is nothing named ${name}`);
  }
  return encodeURIComponent(name);
}
