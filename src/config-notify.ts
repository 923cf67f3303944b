// Where people are told of what happens, and how often, as the environment says.
import { z } from "zod";
import { between, interval } from "./config-values.ts";
import { parseTarget } from "./notify/target.ts";
import type { Target } from "./notify/target.ts";

export interface NotifyConfig {
  /** Empty: nobody is told. */
  readonly targets: readonly Target[];
  /** What happens within this time is one message. */
  readonly groupMs: number;
  /** The same is told again after this time at the earliest. */
  readonly repeatMs: number;
  /** A certificate that expires sooner is reported; 0: nobody looks. */
  readonly certificateDays: number;
}

const mostTargets = 50;

/** An address holds keys: a problem names it by its number alone. */
const targets = z.string().transform((value, context) => {
  const texts = value.split(/\s+/).filter((text) => text !== "");
  const found: Target[] = [];
  if (texts.length > mostTargets) {
    context.addIssue({ code: "custom", message: `must be ${mostTargets} addresses at most` });
    return z.NEVER;
  }
  for (const [index, text] of texts.entries()) {
    const parsed = parseTarget(text);
    if (parsed.ok) found.push(parsed.target);
    else {
      const message = `: address ${index + 1} ${parsed.problem}`;
      context.addIssue({ code: "custom", message });
    }
  }
  return found;
});

/** Rows of the table of variables. */
export const notifyVariables = {
  NOTIFY_URLS: targets.default([]),
  NOTIFY_GROUP: interval(1_000, "1s").default(30_000),
  NOTIFY_REPEAT: interval(60_000, "1m").default(4 * 3_600_000),
  NOTIFY_CERTIFICATE_DAYS: between(0, 365).default(14),
};

export type NotifyVariables = z.output<z.ZodObject<typeof notifyVariables>>;

export function notifyConfig(value: NotifyVariables): NotifyConfig {
  return {
    targets: value.NOTIFY_URLS,
    groupMs: value.NOTIFY_GROUP,
    repeatMs: value.NOTIFY_REPEAT,
    certificateDays: value.NOTIFY_CERTIFICATE_DAYS,
  };
}
