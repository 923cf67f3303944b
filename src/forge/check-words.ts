// What each host calls the states of a check, and how long its description may be: one row a host.
import { CapstanError } from "../lib/errors.ts";
import type { Check, CheckState, ForgeKind } from "../model/forge.ts";
import { cutText } from "../lib/short-text.ts";

interface CheckWords {
  readonly states: Readonly<Record<CheckState, string>>;
  /** Characters of a description. */
  readonly longest: number;
  /** Characters of an address; a longer one is left out. */
  readonly longestUrl: number;
}

// Gitea before 1.25 and Forgejo have no `skipped`; `warning` is in both, and blocks no merge.
const gitea: CheckWords = {
  states: {
    pending: "pending",
    success: "success",
    failure: "failure",
    attention: "warning",
    neutral: "warning",
  },
  longest: 1_000,
  longestUrl: 2_000,
};

const rows: Readonly<Record<ForgeKind, CheckWords>> = {
  gitea,
  forgejo: gitea,
  github: {
    states: {
      pending: "pending",
      success: "success",
      failure: "failure",
      attention: "failure",
      neutral: "success",
    },
    longest: 140,
    longestUrl: 2_000,
  },
  gitlab: {
    states: {
      pending: "pending",
      success: "success",
      failure: "failed",
      attention: "failed",
      neutral: "canceled",
    },
    longest: 255,
    longestUrl: 255,
  },
};

/** The body of the request that all four hosts understand; GitLab takes `context` as the check's name. */
export function checkBody(kind: ForgeKind, check: Check): Readonly<Record<string, string>> {
  const { states, longest, longestUrl } = rows[kind];
  const link = check.url !== null && check.url.length <= longestUrl ? check.url : null;
  return {
    state: states[check.state],
    context: check.context,
    description: cutText(check.description.replaceAll(/\s+/g, " ").trim(), longest),
    ...(link === null ? {} : { target_url: link }),
  };
}

/** A check as a host answers it. */
export interface HostCheck {
  readonly context: string;
  readonly state: string;
  readonly description: string;
}

/** Whether the first of that name says what `check` says, in the host's words; `rows` are the newest first. */
export function saysSame(kind: ForgeKind, rows: readonly HostCheck[], check: Check): boolean {
  const { context = "", state, description } = checkBody(kind, check);
  // GitHub does not tell capitals from small letters.
  const newest = rows.find((row) => row.context.toLowerCase() === context.toLowerCase());
  return newest !== undefined && newest.state === state && newest.description === description;
}

/** `1a2b3c4d5e6f` for people. */
export function shortSha(sha: string): string {
  return sha.slice(0, 12);
}

/** Throws `invalid` for what is no whole id of a commit. */
export function checkSha(sha: string): void {
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(sha)) return;
  throw new CapstanError(
    "invalid",
    `${JSON.stringify(sha.slice(0, 80))} is not the id of a commit`,
  );
}
