// Changes through Git: what they would do, proposals, removals. Nothing here writes to the server.
import { z } from "zod";
import { gitChanged } from "../../http/api/shapes/answers.ts";
import { connectionList, manifestPlan, openedProposal } from "../../http/api/shapes/proposal.ts";
import { stackPlan } from "../../http/api/shapes/stack.ts";
import { CapstanError } from "../../lib/errors.ts";
import { part, tool } from "../tool.ts";

const manifest = z.string().min(1).max(60_000).describe("YAML: a Stack, or several documents.");
const path = z
  .string()
  .max(300)
  .optional()
  .describe("The file; by default where the stack's manifest is, or `<name>.yaml`.");

const planned = z.object({
  plans: z.array(stackPlan).describe("What would change in each stack, field by field, and why."),
  line: z.string(),
  problems: manifestPlan.shape.problems,
  held: manifestPlan.shape.held,
  path: z.string().nullable().describe("The file that would hold the manifest."),
});

export const changeTools = [
  tool({
    name: "plan_stack",
    title: "Plan a stack",
    description:
      "What would change on the live server, and why: with `manifest` if that were in Git (needs the role deployer), with `name` for a stack as Git has it now (needs the role viewer). Writes nothing.",
    effect: "reads",
    input: z.object({ name: z.string().max(100).optional(), manifest: manifest.optional(), path }),
    output: planned,
    async call(given, ask) {
      if (given.manifest !== undefined) {
        const body = { manifest: given.manifest, path: given.path };
        const plan = manifestPlan.parse(await ask({ method: "POST", path: "/v1/plan", body }));
        return { ...planned.parse(plan), path: plan.path };
      }
      if (given.name === undefined) {
        throw new CapstanError("invalid", "give a manifest, or the name of a stack");
      }
      const asked = `/v1/stacks/${part(given.name)}/plan`;
      const plan = stackPlan.parse(await ask({ method: "GET", path: asked }));
      const count = plan.actions.length;
      const line = count === 0 ? "Nothing would change" : `${count} actions: ${plan.change}`;
      return { plans: [plan], line, problems: [], held: null, path: null };
    },
  }),
  tool({
    name: "propose_manifest",
    title: "Propose a manifest",
    description:
      "Opens a pull request with the manifest and answers with its address and its plan; Capstan comments the plan there as well. A manifest with mistakes is refused with all of them. Its merge carries it out. Needs the role deployer.",
    effect: "adds",
    input: z.object({
      manifest,
      path,
      title: z.string().max(200).optional().describe("Of the pull request, in the imperative."),
      reason: z.string().max(5_000).optional().describe("Why, for whoever reviews it."),
    }),
    output: openedProposal,
    call: async (body, ask) =>
      openedProposal.parse(await ask({ method: "POST", path: "/v1/proposals", body })),
  }),
  tool({
    name: "remove_stack",
    title: "Remove a stack",
    description:
      "Takes a stack's manifest out of Git, by a commit or a pull request as the portal is set up. Capstan then removes its services from the server; a large removal waits for an operator. For the stack's owner, and operators.",
    effect: "removes",
    idempotent: false,
    input: z.object({ name: z.string().min(1).max(100) }),
    output: gitChanged,
    call: async (given, ask) =>
      gitChanged.parse(
        await ask({ method: "DELETE", path: `/v1/stacks/${part(given.name)}`, body: {} }),
      ),
  }),
  tool({
    name: "test_api_connections",
    title: "Test connections",
    description:
      "Whether Dokploy, Git, the Git host and all else that is set up can be reached and used, each with what to do if not. Needs the role viewer.",
    effect: "reads",
    input: z.object({}),
    output: connectionList,
    call: async (_, ask) =>
      connectionList.parse(await ask({ method: "GET", path: "/v1/connections" })),
  }),
];
