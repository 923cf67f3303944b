// Stacks from a template, by their names: the tools that users of the former portal know.
import { z } from "zod";
import {
  deployAnswer,
  deploymentList,
  deploymentState,
  nameCheck,
} from "../../http/api/shapes/portal.ts";
import { queryOf } from "../../lib/query.ts";
import { part, tool } from "../tool.ts";

const name = z.string().min(1).max(100).describe("The stack's name: a-z, 0-9 and -.");

export const portalTools = [
  tool({
    name: "deploy_stack",
    title: "Deploy a stack",
    description:
      "Asks for a personal stack from a template. It is written to Git, and Capstan makes it run; follow it with check_deployment_status. Asking again for one that is under way gives the same deployment. Needs the role deployer.",
    effect: "adds",
    idempotent: true,
    input: z.object({
      name,
      template: z.string().max(100).optional().describe("By default the portal's own."),
      parameters: z
        .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
        .optional()
        .describe("Parameters of the template."),
    }),
    output: deployAnswer,
    call: async (body, ask) =>
      deployAnswer.parse(await ask({ method: "POST", path: "/deploy", body })),
  }),
  tool({
    name: "check_deployment_status",
    title: "Check a deployment",
    description:
      "How far a deployment is: its steps, how many per cent are done, its address once it runs, and the error with the last lines of the log if it failed. Ask again every few seconds until the status is completed or failed.",
    effect: "reads",
    input: z.object({ deploymentId: z.string().min(1).max(200) }),
    output: deploymentState,
    call: async ({ deploymentId }, ask) =>
      deploymentState.parse(await ask({ method: "GET", path: `/status/${part(deploymentId)}` })),
  }),
  tool({
    name: "list_deployments",
    title: "List deployments",
    description:
      "The newest deployments, the newest first: your own, or everybody's with the role operator.",
    effect: "reads",
    input: z.object({ limit: z.number().int().min(1).max(100).default(20) }),
    output: deploymentList,
    call: async ({ limit }, ask) =>
      deploymentList.parse(
        await ask({ method: "GET", path: `/v1/deployments${queryOf({ limit })}` }),
      ),
  }),
  tool({
    name: "check_name_availability",
    title: "Check a name",
    description: "Whether a stack of this name may be made, and why not.",
    effect: "reads",
    input: z.object({ name }),
    output: nameCheck,
    call: async (given, ask) =>
      nameCheck.parse(await ask({ method: "GET", path: `/check/${part(given.name)}` })),
  }),
];
