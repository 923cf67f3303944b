// A change of policies in words: what changes, and which stacks it would forbid.
import type { PolicyChange, PolicyChanges } from "../model/policy-changes.ts";
import { listed, plural } from "./render/words.ts";

const verbs: Readonly<Record<PolicyChange["change"], string>> = {
  added: "adds",
  changed: "changes",
  removed: "removes",
  broken: "leaves unreadable",
};

function policies(count: number): string {
  return count === 1 ? "1 policy" : `${count} policies`;
}

/** Stacks that it would forbid; each once. */
function forbiddenStacks({ forbids }: PolicyChanges): readonly string[] {
  return [...new Set(forbids.flatMap(({ stack }) => stack ?? []))].sort();
}

/** `changes 1 policy, which would forbid 2 stacks`: for the line of a check. */
export function policySummary(changes: PolicyChanges): string {
  const count = changes.policies.length;
  const forbidden = forbiddenStacks(changes).length;
  const { unjudged } = changes;
  const which = count === 1 ? "which" : "and";
  const removed = changes.policies.every(({ change }) => change === "removed");
  const means = [
    ...(forbidden === 0 ? [] : [`would forbid ${plural(forbidden, "stack")}`]),
    ...(unjudged.length === 0
      ? []
      : [`would leave ${plural(unjudged.length, "stack")} without any`]),
  ];
  const what = `${removed ? "removes" : "changes"} ${policies(count)}`;
  return means.length === 0 ? what : `${what}, ${which} ${means.join(" and ")}`;
}

/** P9: a proposal is not judged by what it says of policies itself. */
const sinceWhen: Readonly<Record<PolicyChange["change"], string>> = {
  added: "which judges once this is merged",
  changed: "whose new words judge once this is merged",
  removed: "which judges until this is merged",
  broken: "and the stacks that it may be about would stay as they are",
};

/** One sentence a line, without a full stop. */
export function policyLines(changes: PolicyChanges): readonly string[] {
  const lines = changes.policies.map(
    ({ name, file, change }) =>
      `it ${verbs[change]} the policy ${name} (${file}), ${sinceWhen[change]}`,
  );
  const forbidden = forbiddenStacks(changes);
  if (forbidden.length > 0) {
    lines.push(
      `that would forbid ${plural(forbidden.length, "stack")}, which would stay as they are: ${listed(forbidden)}`,
    );
  }
  const { allows, unjudged } = changes;
  if (allows.length > 0) {
    lines.push(`that would allow what the policies of now refuse: ${listed(allows)}`);
  }
  if (unjudged.length > 0) lines.push(`no policy would judge any more: ${listed(unjudged)}`);
  return lines;
}
