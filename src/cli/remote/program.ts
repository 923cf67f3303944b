// Names, options and help of the commands that talk to a running controller.
import { InvalidArgumentError, Option } from "commander";
import type { Command as Program } from "commander";
import { roles } from "../../model/person.ts";
import type { Role } from "../../model/person.ts";
import type { Command } from "../context.ts";
import type { BuildsOptions } from "./builds.ts";
import type { events, logs } from "./events.ts";
import type { GetOptions } from "./get.ts";
import { outputOption } from "../output-option.ts";
import type { OutputOptions } from "../output-option.ts";

type EventsOptions = Parameters<typeof events>[1];
type LogsOptions = Parameters<typeof logs>[1];

/** `load` imports the command. */
export type Execute = <Options>(
  load: () => Promise<Command<Options>>,
  options: Options,
) => Promise<void>;

const most = 1_000;

function count(value: string): number {
  const number = Number(value);
  if (/^\d{1,6}$/.test(value) && number >= 1 && number <= most) return number;
  throw new InvalidArgumentError(`It is a number from 1 to ${most}.`);
}

export function addRemoteCommands(program: Program, execute: Execute): void {
  const get = program
    .command("get")
    .description("stacks and builds of a running controller (CAPSTAN_URL, CAPSTAN_TOKEN)");
  get
    .command("stacks")
    .description("all stacks: whether they are ready, and why not")
    .addOption(outputOption())
    .option("-w, --watch", "print again after each change")
    .action((options: GetOptions) =>
      execute(async () => (await import("./get.ts")).getStacks, options),
    );
  get
    .command("stack <name>")
    .description("one stack: conditions, services, builds, plan, and why it was deployed last")
    .addOption(outputOption())
    .option("-w, --watch", "print again after each change")
    .action((name: string, options: GetOptions) =>
      execute(async () => (await import("./get.ts")).getStack, { ...options, name }),
    );
  get
    .command("builds")
    .description("the runs that build images, the newest first")
    .addOption(outputOption())
    .option("-w, --watch", "print again after each change")
    .action((options: BuildsOptions) =>
      execute(async () => (await import("./builds.ts")).getBuilds, options),
    );
  program
    .command("events")
    .description("events of a running controller, newest last")
    .option("--stack <name>", "only of this stack")
    .option("--limit <number>", "at most this many", count)
    .option("--before <id>", "only what is older than this event")
    .option("-w, --watch", "keep printing new ones")
    .addOption(outputOption())
    .action((options: EventsOptions) =>
      execute(async () => (await import("./events.ts")).events, options),
    );
  program
    .command("logs <name>")
    .description("the last lines that the services of a stack printed")
    .option("--service <name>", "only of this service")
    .option("--lines <number>", "this many of each service", count)
    .addOption(outputOption())
    .action((name: string, options: Omit<LogsOptions, "name">) =>
      execute(async () => (await import("./events.ts")).logs, { ...options, name }),
    );
  const asks = [
    ["reconcile", "compare a stack with Git and correct it now, even outside its sync windows"],
    ["suspend", "write nothing to a stack until somebody resumes it"],
    ["resume", "resume a suspended stack"],
  ] as const;
  for (const [name, description] of asks) {
    program
      .command(`${name} <stack>`)
      .description(description)
      .addOption(outputOption())
      .action((stack: string, options: OutputOptions) =>
        execute(async () => (await import("./ask.ts"))[name], { ...options, name: stack }),
      );
  }
  program
    .command("redeploy <stack>")
    .description("deploy a stack again without a change in Git")
    .option("--service <name>", "only this service")
    .addOption(outputOption())
    .action((stack: string, options: OutputOptions & { service?: string }) =>
      execute(async () => (await import("./ask.ts")).redeploy, { ...options, name: stack }),
    );
  program
    .command("approve-prune <digest>")
    .description("approve a waiting removal, by the digest that the plan shows")
    .addOption(outputOption())
    .action((digest: string, options: OutputOptions) =>
      execute(async () => (await import("./ask.ts")).approvePrune, { ...options, digest }),
    );
  program
    .command("token <name>")
    .description("create an API token and its entry for API_TOKENS")
    .addOption(new Option("--role <role>", "what it may do").choices(roles).default("viewer"))
    .action((name: string, options: { role: Role }) =>
      execute(async () => (await import("../token.ts")).token, { ...options, name }),
    );
}
