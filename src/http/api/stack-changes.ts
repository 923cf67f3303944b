// What operators ask of stacks: reconcile, redeploy, suspend, resume, approve a removal.
import { changes } from "./endpoint.ts";
import { approvalBody, noBody, noQuery, reconcileBody, redeployBody } from "./input.ts";
import { pruneApproved, reconcileAsked, redeployAsked, stackAsked } from "./shapes/answers.ts";
import { reconcilingView } from "./views.ts";

const tag = "Changes";

const reconcileAll = changes("POST", {
  path: "/reconcile",
  id: "reconcileAll",
  tag,
  summary: "Compare stacks with Git now, and correct them",
  description: "All stacks, or those that are named.",
  query: noQuery,
  body: reconcileBody,
  answer: reconcileAsked,
  errors: [404],
  async handle({ body: { stacks }, person }, { engine, links }) {
    const asked = reconcilingView(await engine.reconcileAll(stacks ?? null, person.name), links);
    const count = asked.stacks.length;
    const message = `${count === 1 ? "1 stack is" : `${count} stacks are`} being reconciled`;
    return { ...asked, message, by: person.name };
  },
});

const reconcile = changes("POST", {
  path: "/stacks/:name/reconcile",
  id: "reconcileStack",
  tag,
  summary: "Compare a stack with Git now, and correct it",
  description: "Passes over a closed sync window once.",
  query: noQuery,
  body: noBody,
  answer: stackAsked,
  handle({ param, person }, { engine }) {
    const stack = param("name");
    engine.reconcile(stack, person.name);
    return { stack, message: `${stack} is being reconciled`, by: person.name };
  },
});

const redeploy = changes("POST", {
  path: "/stacks/:name/redeploy",
  id: "redeployStack",
  tag,
  summary: "Deploy a stack again with no change in Git",
  description: "All of its services, or one.",
  query: noQuery,
  body: redeployBody,
  answer: redeployAsked,
  handle({ param, body: { service }, person }, { engine }) {
    const stack = param("name");
    const services = engine.redeploy(stack, service ?? null, person.name);
    return { stack, services, message: `${stack} is being deployed again`, by: person.name };
  },
});

const suspend = changes("POST", {
  path: "/stacks/:name/suspend",
  id: "suspendStack",
  tag,
  summary: "Write nothing to a stack until somebody resumes it",
  query: noQuery,
  body: noBody,
  answer: stackAsked,
  handle({ param, person }, { engine }) {
    const stack = param("name");
    engine.suspend(stack, person.name);
    const message = `${stack} is suspended: nothing is written to it until somebody resumes it`;
    return { stack, message, by: person.name };
  },
});

const resume = changes("POST", {
  path: "/stacks/:name/resume",
  id: "resumeStack",
  tag,
  summary: "Go on with a stack that somebody suspended",
  query: noQuery,
  body: noBody,
  answer: stackAsked,
  handle({ param, person }, { engine }) {
    const stack = param("name");
    const was = engine.resume(stack, person.name);
    const inGit = engine.desired().find(({ name }) => name === stack)?.suspend === true;
    const done = was ? `${stack} is resumed` : `${stack} was not suspended`;
    const still = `${stack} stays suspended: its manifest says \`suspend: true\``;
    return { stack, message: inGit ? still : done, by: person.name };
  },
});

const approvePrune = changes("POST", {
  path: "/approve-prune",
  id: "approvePrune",
  tag,
  summary: "Approve a removal that waits",
  description: "Exactly the one that this digest names; `GET /approvals` shows what would go.",
  query: noQuery,
  body: approvalBody,
  answer: pruneApproved,
  async handle({ body: { digest }, person }, { engine }) {
    const stacks = await engine.approvePrune(digest, person.name);
    return {
      digest,
      stacks,
      message: `the removals of ${digest} are approved, and begin now`,
      by: person.name,
    };
  },
});

export const changeRoutes = [reconcileAll, reconcile, redeploy, suspend, resume, approvePrune];
