// What there is, how it is and why.
import { z } from "zod";
import { eventList, logs as logsShape } from "../../http/api/shapes/answers.ts";
import { stackDetail } from "../../http/api/shapes/dashboard.ts";
import { explanation } from "../../http/api/shapes/proposal.ts";
import { stackPage, stackState } from "../../http/api/shapes/stack.ts";
import { isCapstanError } from "../../lib/errors.ts";
import { queryOf } from "../../lib/query.ts";
import { part, tool } from "../tool.ts";

const name = z.string().min(1).max(100).describe("The stack's name.");
const historyShown = 5;
const revisionsShown = 5;
/** Whole answers are bounded too: see the server. */
const longestManifest = 60_000;

const described = stackDetail.extend({
  logs: logsShape.shape.logs.describe("The last lines of each service."),
  missing: z.array(z.string()).describe("What could not be read now, and why."),
});

export const stackTools = [
  tool({
    name: "list_stacks",
    title: "List stacks",
    description:
      "All stacks with their state, reason and addresses. What needs a person comes first with sort `attention`. Needs the role viewer.",
    effect: "reads",
    input: z.object({
      q: z.string().max(200).optional().describe("Part of a name, project, address, label…"),
      state: z.array(stackState).max(20).optional(),
      label: z.array(z.string().max(300)).max(20).optional().describe("`team=sales`, or `team`."),
      sort: z.enum(["name", "attention", "changed"]).default("attention"),
      limit: z.number().int().min(1).max(200).default(50),
      after: z.string().max(100).optional().describe("`next` of the page before."),
    }),
    output: stackPage,
    call: async (given, ask) =>
      stackPage.parse(await ask({ method: "GET", path: `/v1/stacks${queryOf(given)}` })),
  }),
  tool({
    name: "get_stack",
    title: "Look at a stack",
    description:
      "The whole of one stack: conditions with reasons, its resources as a tree, what would change and why, rollouts, history, its manifest in Git and the last lines of its logs.",
    effect: "reads",
    input: z.object({
      name,
      lines: z.number().int().min(1).max(200).default(20).describe("Of each service's log."),
    }),
    output: described,
    async call({ name: stack, lines }, ask) {
      const path = `/v1/stacks/${part(stack)}`;
      const detail = stackDetail.parse(await ask({ method: "GET", path }));
      const missing: string[] = [];
      const logs = await ask({ method: "GET", path: `${path}/logs${queryOf({ lines })}` }).then(
        (answer) => logsShape.parse(answer).logs,
        (error: unknown) => {
          if (!isCapstanError(error)) throw error;
          missing.push(`logs: ${error.message}`);
          return [];
        },
      );
      const { manifest } = detail;
      const length = manifest?.text.length ?? 0;
      if (length > longestManifest) {
        missing.push(
          `the end of the manifest: ${longestManifest} of its ${length} characters are here, the resource capstan://stacks/${part(stack)}/manifest has all`,
        );
      }
      return {
        ...detail,
        history: detail.history.slice(0, historyShown),
        revisions: detail.revisions.slice(0, revisionsShown),
        manifest:
          manifest === null ? null : { ...manifest, text: manifest.text.slice(0, longestManifest) },
        logs,
        missing,
      };
    },
  }),
  tool({
    name: "explain_failure",
    title: "Explain a failure",
    description:
      "Everything that tells why a stack is not as it should be, in one answer: rollouts with the end of the build's log, containers with docker's errors, the last lines of logs, the last events, the commit it goes by and mistakes in its manifest.",
    effect: "reads",
    input: z.object({ name }),
    output: explanation,
    call: async (given, ask) =>
      explanation.parse(
        await ask({ method: "GET", path: `/v1/stacks/${part(given.name)}/explanation` }),
      ),
  }),
  tool({
    name: "list_events",
    title: "List events",
    description: "What happened, the newest last. Needs the role viewer.",
    effect: "reads",
    input: z.object({
      stack: z.string().max(100).optional(),
      level: z
        .array(z.enum(["info", "warn", "error"]))
        .max(3)
        .optional(),
      since: z.string().max(40).optional().describe("A time such as 2026-03-29T06:00:00Z."),
      limit: z.number().int().min(1).max(200).default(50),
    }),
    output: eventList,
    call: async (given, ask) =>
      eventList.parse(await ask({ method: "GET", path: `/v1/events${queryOf(given)}` })),
  }),
];
