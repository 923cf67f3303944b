// `capstan get builds`: the runs that build images, from a running controller; and their part of one stack.
import { z } from "zod";
import { isCapstanError } from "../../lib/errors.ts";
import type { Command, CommandContext } from "../context.ts";
import { createRemote, lostLine } from "./client.ts";
import { printer, readAs, shown, tableOf, timeText } from "./output.ts";
import type { OutputOptions } from "../output-option.ts";

export interface BuildsOptions extends OutputOptions {
  readonly watch?: boolean;
}

export const buildSchema = z.object({
  repository: z.string(),
  workflow: z.string().nullable(),
  stacks: z.array(z.string()),
  error: z.string().nullable(),
  runs: z.array(
    z.object({
      number: z.number(),
      workflow: z.string(),
      status: z.string(),
      title: z.string(),
      sha: z.string(),
      branch: z.string().nullable(),
      url: z.string(),
      started: z.string().nullable(),
    }),
  ),
});
const buildsSchema = z.object({ builds: z.array(buildSchema), total: z.number() });

type Build = z.infer<typeof buildSchema>;

/** Of each workflow; JSON and YAML hold more. */
const runsShown = 3;
/** A host's runs make no events of their own: they are looked at again and again. */
const watchEveryMs = 5_000;

const heading = [
  ..."REPOSITORY WORKFLOW RUN STATUS COMMIT BRANCH STARTED STACKS".split(" "),
  "WHERE, OR WHY NOT",
];

function buildsTable(value: unknown): string {
  const { builds, total } = readAs(buildsSchema, value);
  if (builds.length === 0) {
    return "No image has a known build: `rollout.after` of an application names one.\n";
  }
  const rows = builds.flatMap(({ repository, workflow, stacks, error, runs }) => {
    const by = stacks.join(",");
    const any = workflow ?? "any";
    const told = runs
      .slice(0, runsShown)
      .map((run) => [
        repository,
        run.workflow,
        `#${run.number}`,
        run.status,
        run.sha,
        run.branch ?? "-",
        timeText(run.started),
        by,
        run.url,
      ]);
    const why = error ?? (runs.length === 0 ? "no run is found" : null);
    return why === null
      ? told
      : [...told, [repository, any, "-", "unknown", "-", "-", "-", by, why]];
  });
  const rest = total - builds.length;
  const more = rest > 0 ? `${rest} more are not shown; see \`get stack NAME\`\n` : "";
  return tableOf([heading, ...rows]) + more;
}

/** Rows of a stack's section, the newest of each workflow first. */
export function buildRows(builds: readonly Build[]): readonly (readonly string[])[] {
  return builds.flatMap(({ repository, workflow, error, runs }) => [
    ...runs
      .slice(0, runsShown)
      .map((run) => [
        `  ${repository}`,
        `${run.workflow} #${run.number}`,
        run.status,
        run.sha,
        run.branch ?? "-",
        timeText(run.started),
        `${run.title} ${run.url}`,
      ]),
    ...(error === null && (runs.length > 0 || workflow === null)
      ? []
      : [[`  ${repository}`, workflow ?? "any", error ?? "no run is found"]]),
  ]);
}

/** Looks again until Ctrl-C; a controller that went away is waited for. */
async function watch(context: CommandContext, print: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const restore = context.onInterrupt(() => {
    stop.abort();
  });
  let isLost = false;
  try {
    for (;;) {
      await context.clock.sleep(watchEveryMs, stop.signal);
      if (stop.signal.aborted) return;
      try {
        await print();
        isLost = false;
      } catch (error) {
        if (!isCapstanError(error, "unavailable")) throw error;
        if (!isLost) context.io.err(lostLine(error));
        isLost = true;
      }
    }
  } finally {
    restore();
  }
}

export const getBuilds: Command<BuildsOptions> = async (context, options) => {
  const remote = createRemote(context);
  const print = printer(context.io, options.output, async () => {
    const value = await remote.get("/builds");
    return shown(value, options.output, () => buildsTable(value));
  });
  await print();
  if (options.watch === true) await watch(context, print);
  return 0;
};
