// Changes of manifests through Git: remove a stack, return to an earlier revision.
import type { Change } from "../../engine/portal/git-changes.ts";
import { CapstanError } from "../../lib/errors.ts";
import { renderJson } from "../../plan/render/json.ts";
import { changes, reads } from "./endpoint.ts";
import { noBody, noQuery, revisionBody, revisionQuery } from "./input.ts";
import { portalOf } from "./portal.ts";
import { gitChanged } from "./shapes/answers.ts";
import { stackPlan } from "./shapes/stack.ts";
import { findStack } from "./stack-reads.ts";
import type { ApiParts } from "./parts.ts";
import type { Person } from "../../model/person.ts";

function changed(stack: string, change: Change, what: string, person: Person, { links }: ApiParts) {
  const isCommit = change.kind === "committed";
  return {
    stack,
    sha: isCommit ? change.sha : null,
    review: isCommit ? null : { number: change.number, url: change.url },
    url: isCommit ? links.commit(change.sha) : change.url,
    message: isCommit ? `${what}; the next run does it` : `${what} once its pull request is merged`,
    by: person.name,
  };
}

const remove = changes("DELETE", {
  path: "/stacks/:name",
  id: "removeStack",
  tag: "Changes",
  summary: "Take a stack's manifest out of Git",
  description:
    "By a commit or a pull request, as PORTAL_MODE says; the stack is removed from the server when that is on the branch. For whoever made it in the portal, and for operators. Asking again while the removal is on its way is accepted, and changes nothing: no second commit, and the same pull request. A stack that is gone answers 404.",
  needs: "portal",
  query: noQuery,
  body: noBody,
  answer: gitChanged,
  async handle({ param, person }, parts) {
    const name = param("name");
    findStack(parts.engine, name);
    const change = await portalOf(parts).remove(name, person);
    return changed(name, change, `the removal of ${name} is in Git`, person, parts);
  },
});

const revert = changes("POST", {
  path: "/stacks/:name/revert",
  id: "revertStack",
  tag: "Changes",
  summary: "Return a stack to its manifest of an earlier revision",
  description: "By a commit or a pull request, as PORTAL_MODE says.",
  query: noQuery,
  body: revisionBody,
  answer: gitChanged,
  async handle({ param, body: { revision }, person }, parts) {
    const name = param("name");
    findStack(parts.engine, name);
    const change = await portalOf(parts).revert(name, revision, person);
    const what = `${name} returns to ${revision.slice(0, 12)}`;
    return changed(name, change, what, person, parts);
  },
});

const preview = reads({
  path: "/stacks/:name/revert",
  id: "previewRevert",
  tag: "Changes",
  summary: "What returning to an earlier revision would change",
  query: revisionQuery,
  answer: stackPlan,
  errors: [409, 502],
  async handle({ param, query: { revision } }, parts) {
    const name = param("name");
    findStack(parts.engine, name);
    const plans = renderJson(await portalOf(parts).revertPreview(name, revision)).stacks;
    const found = plans.find((plan) => plan.name === name);
    if (found !== undefined) return found;
    throw new CapstanError("conflict", `${name} at ${revision.slice(0, 12)} cannot be planned`, {
      hint: "its manifest had a mistake there",
    });
  },
});

export const manifestRoutes = [remove, preview, revert];
