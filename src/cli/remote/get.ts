// `capstan get stacks` and `capstan get stack NAME`: how stacks are, from a running controller.
import { queryOf } from "../../lib/query.ts";
import { pullTitle } from "../../model/preview-name.ts";
import { isJobKey } from "../../model/rollout-job.ts";
import { serviceTitle } from "../../plan/render/words.ts";
import { z } from "zod";
import type { Command, CommandContext } from "../context.ts";
import { buildRows, buildSchema } from "./builds.ts";
import { createRemote } from "./client.ts";
import type { Remote } from "./client.ts";
import { followEvents } from "./events.ts";
import { printer, readAs, shown, tableOf, timeText } from "./output.ts";
import type { OutputOptions } from "../output-option.ts";

export interface GetOptions extends OutputOptions {
  readonly watch?: boolean;
}

const summarySchema = z.object({
  name: z.string(),
  ready: z.boolean(),
  reason: z.string(),
  /** A controller of an older version tells none. */
  stateText: z.string().optional(),
  message: z.string(),
  revision: z.string().nullable(),
  urls: z.array(z.string()),
  lastRun: z.string().nullable(),
  /** Absent from an older controller. */
  preview: z
    .object({
      /** Null, or absent from an older controller: that of the stacks. */
      repository: z.string().nullable().default(null),
      ...{ pull: z.number(), url: z.string(), stack: z.string(), until: z.string() },
    })
    .nullish(),
});
const pageSchema = z.object({ stacks: z.array(z.unknown()), next: z.string().nullable() });
const detailSchema = summarySchema.extend({
  project: z.string().nullable(),
  conditions: z.array(
    z.object({ type: z.string(), status: z.string(), reason: z.string(), message: z.string() }),
  ),
  services: z.array(
    z.object({
      name: z.string(),
      // Absent from an older controller.
      server: z.string().nullish(),
      service: z.string().optional(),
      running: z.number().nullable(),
      wanted: z.number().nullable(),
      image: z.string().nullable(),
      commit: z.string().nullable().default(null),
      digest: z.string().nullable().default(null),
    }),
  ),
  notes: z.array(z.object({ message: z.string() })),
  plan: z
    .object({ actions: z.array(z.object({ title: z.string(), reason: z.string() })) })
    .nullable(),
  history: z.array(
    z.object({
      at: z.string(),
      outcome: z.string(),
      message: z.string(),
      actions: z.array(z.object({ title: z.string(), status: z.string(), reason: z.string() })),
    }),
  ),
  /** A controller of an older version tells none. */
  jobs: z
    .array(
      z.object({
        service: z.string(),
        kind: z.string(),
        name: z.string(),
        lastRun: z.object({ status: z.string(), at: z.string() }).nullable(),
      }),
    )
    .nullable()
    .default([]),
  builds: z.array(buildSchema).default([]),
  lastDeploys: z.array(z.object({ service: z.string(), reason: z.string(), at: z.string() })),
});

/** JSON and YAML hold more. */
const runsShown = 3;
/** More pages than a server could have stacks. */
const mostPages = 100;

/** All stacks, page by page. */
export async function allStacks(remote: Remote): Promise<readonly unknown[]> {
  const stacks: unknown[] = [];
  let after: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const { stacks: some, next } = readAs(
      pageSchema,
      await remote.get(`/stacks${queryOf({ after })}`),
    );
    stacks.push(...some);
    if (next === null) break;
    after = next;
  }
  return stacks;
}

function stacksTable(stacks: readonly unknown[]): string {
  if (stacks.length === 0) return "There are no stacks.\n";
  const rows = stacks.map((one) => {
    const stack = readAs(summarySchema, one);
    const { name, ready, reason, stateText, message, revision, urls, preview } = stack;
    const of = preview ? `preview of ${pullTitle(preview)}: ` : "";
    const what = `${of}${ready ? (urls[0] ?? "") : message}`;
    return [name, ready ? "yes" : "no", stateText ?? reason, revision?.slice(0, 12) ?? "-", what];
  });
  return tableOf([["NAME", "READY", "STATE", "REVISION", "WHY, OR WHERE"], ...rows]);
}

/** Which of them it is, where the name says it only in part. */
function builtText({ commit, digest }: { commit: string | null; digest: string | null }): string {
  const built = commit ?? digest;
  return built === null ? "" : ` (${built})`;
}

function stackText(value: unknown): string {
  const stack = readAs(detailSchema, value);
  const head = [
    ["name", stack.name],
    ["project", stack.project ?? "-"],
    ["revision", stack.revision ?? "-"],
    ["checked", timeText(stack.lastRun)],
    ...(stack.preview
      ? [
          [
            "preview",
            `of ${stack.preview.stack} until ${timeText(stack.preview.until)}: ${stack.preview.url}`,
          ],
        ]
      : []),
    ...stack.urls.map((url) => ["url", url]),
    ...stack.conditions.map(({ type, status, reason, message }) => [
      type.toLowerCase(),
      `${status} ${reason}${message === "" ? "" : `: ${message}`}`,
    ]),
  ];
  const services = stack.services.map((one) => [
    `  ${one.name}`,
    isJobKey(one.service ?? "") ? "job" : `${one.running ?? "?"}/${one.wanted ?? "?"}`,
    `${one.image ?? "not in Git"}${builtText(one)}`,
    ...(typeof one.server === "string" ? [`on ${one.server}`] : []),
  ]);
  const actions = (stack.plan?.actions ?? []).map(({ title, reason }) => [`  ${title}`, reason]);
  const deploys = stack.lastDeploys.map(({ service, reason, at }) => [
    `  ${serviceTitle(service)}`,
    timeText(at),
    reason,
  ]);
  const history = stack.history
    .slice(0, runsShown)
    .flatMap(({ at, outcome, message, actions }) => [
      [`  ${timeText(at)}`, outcome, message],
      ...actions.map(({ title, status, reason }) => ["", status, `${title}: ${reason}`]),
    ]);
  const jobs = (stack.jobs ?? []).map(({ service, kind, name, lastRun }) => [
    `  ${service.slice(service.indexOf("/") + 1)}`,
    `${kind === "volumeBackup" ? "volume backup" : kind} ${name}`,
    lastRun === null ? "has not run yet" : `${lastRun.status}, ${timeText(lastRun.at)}`,
  ]);
  const notes = stack.notes.map(({ message }) => [`  ${message}`]);
  const section = (title: string, rows: readonly (readonly string[])[]): string =>
    rows.length === 0 ? "" : `\n${title}\n${tableOf(rows)}`;
  return [
    tableOf(head),
    section("services", services),
    section("deployed last, and why", deploys),
    section("done by the clock, and the last run", jobs),
    section("builds of its images, the newest first", buildRows(stack.builds)),
    section("planned by the last run", actions),
    section("notes", notes),
    section("history, the newest first", history),
  ].join("");
}

/** Prints, and with `watch` again whenever something happened that changed what is to be seen. */
async function show(
  context: CommandContext,
  options: GetOptions,
  remote: Remote,
  stack: string | undefined,
  print: () => Promise<string>,
): Promise<number> {
  const again = printer(context.io, options.output, print);
  await again();
  if (options.watch !== true) return 0;
  await followEvents(context, remote, `/events${queryOf({ stack })}`, again, again);
  return 0;
}

export const getStacks: Command<GetOptions> = async (context, options) => {
  const remote = createRemote(context);
  return show(context, options, remote, undefined, async () => {
    const stacks = await allStacks(remote);
    return shown({ stacks }, options.output, () => stacksTable(stacks));
  });
};

export const getStack: Command<GetOptions & { readonly name: string }> = async (
  context,
  options,
) => {
  const remote = createRemote(context);
  return show(context, options, remote, options.name, async () => {
    const value = await remote.get(`/stacks/${encodeURIComponent(options.name)}`);
    return shown(value, options.output, () => stackText(value));
  });
};
