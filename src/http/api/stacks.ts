// Stacks, one stack, and its plan.
import { CapstanError } from "../../lib/errors.ts";
import { renderJson } from "../../plan/render/json.ts";
import { reads } from "./endpoint.ts";
import { listQuery, noQuery, planQuery } from "./input.ts";
import { plan as planShape } from "./shapes/answers.ts";
import { stackDetail } from "./shapes/dashboard.ts";
import { stackPage, stackPlan } from "./shapes/stack.ts";
import { planOf } from "./shared-plans.ts";
import { readStack } from "./stack-detail.ts";
import { findStack, listStacks } from "./stack-reads.ts";
import { planDocument } from "./views.ts";

const tag = "Stacks";

const list = reads({
  path: "/stacks",
  id: "listStacks",
  tag,
  summary: "All stacks, page by page",
  query: listQuery,
  answer: stackPage,
  handle: ({ query }, parts) => listStacks(query, parts),
});

const one = reads({
  path: "/stacks/:name",
  id: "getStack",
  tag,
  summary: "The whole of one stack",
  needs: "owner",
  query: noQuery,
  answer: stackDetail,
  handle: ({ param, person }, parts) => readStack(param("name"), person, parts),
});

const planOfOne = reads({
  path: "/stacks/:name/plan",
  id: "planStack",
  tag,
  summary: "What would change in a stack now, and why",
  description:
    "Made from Git and the server at each request; requests at the same time share one plan.",
  query: noQuery,
  answer: stackPlan,
  errors: [409, 502],
  async handle({ param }, { engine }) {
    const name = param("name");
    findStack(engine, name);
    const [found] = renderJson(await planOf(engine, name)).stacks;
    if (found !== undefined) return found;
    throw new CapstanError("conflict", `${name} cannot be planned: its manifest has a mistake`, {
      hint: "the problems name the file and the line",
    });
  },
});

const plan = reads({
  path: "/plan",
  id: "plan",
  tag,
  summary: "What would change now, and why",
  description: "Of all stacks, or of one. Stacks that change come first.",
  query: planQuery,
  answer: planShape,
  errors: [404, 502],
  async handle({ query: { stack, limit } }, { engine }) {
    if (stack !== undefined) findStack(engine, stack);
    return planDocument(await planOf(engine, stack ?? null), limit);
  },
});

export const stackRoutes = [list, one, planOfOne, plan];
