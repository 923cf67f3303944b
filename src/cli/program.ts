// The command line: names, options and help of all commands, and the one place where a failure of any
// of them becomes a line, a hint and an exit code. A command is loaded when it runs: most need much code.
import { Command as Program, CommanderError, InvalidArgumentError, Option } from "commander";
import type { AdoptOptions } from "./adopt-options.ts";
import type { ApplyOptions } from "./apply-options.ts";
import type { CommandContext } from "./context.ts";
import type { DemoOptions } from "./demo.ts";
import type { DoctorOptions } from "./doctor.ts";
import { addDnsCommands } from "./dns-program.ts";
import type { ExportOptions } from "./export-options.ts";
import type { LeaseCommandOptions } from "./lease.ts";
import type { McpOptions } from "./mcp.ts";
import type { NotifyOptions } from "./notify.ts";
import type { PlanOptions } from "./plan.ts";
import type { PromoteOptions } from "./promote.ts";
import { addRemoteCommands } from "./remote/program.ts";
import type { Execute } from "./remote/program.ts";
import type { RunOptions } from "./run.ts";
import { outputOption } from "./output-option.ts";
import { sayError } from "./say.ts";
import type { SecretsOptions } from "./secrets.ts";
import type { SimulatorOptions } from "./simulator.ts";

const examples = `
Examples:
  capstan demo                   all of it on this machine, nothing to configure
  capstan init my-stacks         a new repository of stacks
  capstan export --out stacks    manifests for what a server runs already
  capstan validate stacks        checks manifests without a server
  capstan plan --source stacks   what would change, and why
  capstan apply --source stacks  makes it so, once
  capstan run                    keeps it so

Everything else comes from the environment: DOKPLOY_URL, DOKPLOY_API_TOKEN,
GIT_URL and more; .env.example lists all of it.
`;

const sourceOption = () =>
  new Option("--source <dir>", "read the stacks from a local folder instead of Git");

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

function portNumber(value: string): number {
  const port = Number(value);
  if (/^\d+$/.test(value) && port <= 65_535) return port;
  throw new InvalidArgumentError("A port is a number from 0 to 65535.");
}

/** All commands with their options; what a line asks for is handed to `execute`. */
export function createProgram(context: CommandContext, execute: Execute): Program {
  const { io } = context;
  const program = new Program("capstan")
    .description("Keeps a Dokploy server in sync with a Git repository.")
    .option("-V, --version", "print the version, with commit and schema")
    .on("option:version", () => {
      io.out(`${context.describeVersion()}\n`);
      throw new CommanderError(0, "commander.version", "");
    })
    .helpOption("-h, --help", "print help")
    .addHelpText("after", examples.replaceAll("  capstan ", `  ${context.program} `))
    .showHelpAfterError(`(${context.program} --help lists all commands and options)`)
    .configureOutput({
      writeOut: (text) => {
        io.out(text);
      },
      writeErr: (text) => {
        io.err(text);
      },
      getOutHelpWidth: () => io.width,
      getErrHelpWidth: () => io.width,
    })
    .exitOverride();

  program
    .command("validate [dir]")
    .description("check manifests without a server (STACKS_PATH when no folder is named)")
    .option("--json", "problems as JSON")
    .action((folder: string | undefined, options: { json?: boolean }) =>
      execute(async () => (await import("./validate.ts")).validate, {
        ...options,
        ...(folder === undefined ? {} : { folder }),
      }),
    );
  program
    .command("plan")
    .description("show what would change, and why; writes nothing")
    .addOption(sourceOption())
    .option("--stack <name>", "only this stack; may be repeated", collect)
    .option("--json", "the plan as JSON")
    .option("--markdown", "the plan as Markdown")
    .option("--exit-code", "exit with 2 when something would change")
    .action((options: PlanOptions) =>
      execute(async () => (await import("./plan.ts")).plan, options),
    );
  program
    .command("apply")
    .description("bring the server in sync with Git once, and follow the rollouts to their end")
    .addOption(sourceOption())
    .option("--stack <name>", "only this stack; may be repeated", collect)
    .option("--prune", "remove what is no longer in Git")
    .option("--approve <digest>", "approve a large removal, as `plan` names it", collect)
    .action((options: ApplyOptions) =>
      execute(async () => (await import("./apply.ts")).apply, options),
    );
  program
    .command("export [projects...]")
    .description(
      "write manifests for what a server has, to standard output or a folder; changes nothing on the server",
    )
    .option("--out <dir>", "write files into this folder, and the secrets' values into secrets.env")
    .addOption(
      new Option("--secrets <which>", "which values are taken out")
        .choices(["detected", "all"])
        .default("detected"),
    )
    .option("--age <recipient>", "encrypt the secrets for this age key; may be repeated", collect)
    .option("--templates", "write stacks that are alike as one template and small stacks")
    .option("--check", "prove it: plan the result against the server, which must deploy nothing")
    .option("--from-compose <dir>", "instead of a server: the compose files of a folder's folders")
    .option("--url <url>", "another server than DOKPLOY_URL")
    .option("--token-file <file>", "the file with that server's API key")
    .action((projects: readonly string[], options: Omit<ExportOptions, "projects">) =>
      execute(async () => (await import("./export.ts")).exportCommand, { ...options, projects }),
    );
  program
    .command("adopt [stacks...]")
    .description(
      "take over what runs as its manifest says: writes markers alone, and refuses what would change",
    )
    .addOption(sourceOption())
    .action((stacks: readonly string[], options: Omit<AdoptOptions, "stacks">) =>
      execute(async () => (await import("./adopt.ts")).adopt, { ...options, stacks }),
    );
  program
    .command("run")
    .description(
      "the controller: keeps the server in sync with Git, and serves portal, dashboard, API and webhooks on PORT",
    )
    .addOption(sourceOption())
    .option("--dry-run", "plan and report, write nothing")
    .action((options: RunOptions) => execute(async () => (await import("./run.ts")).run, options));
  program
    .command("promote <stack>")
    .description(
      "propose for one Dokploy, or environment, the images of another: a pull request of a controller, or changed files with --source",
    )
    .requiredOption("--from <place>", "what has the new version")
    .requiredOption("--to <place>", "what is to get it")
    .option("--field <pattern>", "promote these fields too: env.MODE, resources.*", collect)
    .addOption(sourceOption())
    .option("--dry-run", "say what would change, and change nothing")
    .action((stack: string, options: Omit<PromoteOptions, "stack">) =>
      execute(async () => (await import("./promote.ts")).promote, { ...options, stack }),
    );
  addRemoteCommands(program, execute);
  addDnsCommands(program, execute);
  program
    .command("doctor")
    .description(
      "look for what is misconfigured: Dokploy, Git, the Git host and all else; changes nothing",
    )
    .option("--json", "what was found as JSON")
    .option("--try", "also deploy a scratch project on the server, and remove it again")
    .option("--image <image>", "what --try runs", "nginx:alpine")
    .action((options: DoctorOptions) =>
      execute(async () => (await import("./doctor.ts")).doctor, options),
    );
  program
    .command("lease")
    .description("show which process writes to this server (only one does at a time)")
    .option(
      "--break <code>",
      "take it away from the process that has it; `capstan lease` shows the code",
    )
    .option("--json", "as JSON")
    .action((options: LeaseCommandOptions) =>
      execute(async () => (await import("./lease.ts")).lease, options),
    );
  program
    .command("mcp")
    .description(
      "answer a coding agent on standard input and output: beside a controller (CAPSTAN_URL, CAPSTAN_TOKEN), or as one of its own",
    )
    .addOption(sourceOption())
    .option("--dry-run", "without CAPSTAN_URL: plan and report, write nothing")
    .action((options: McpOptions) => execute(async () => (await import("./mcp.ts")).mcp, options));
  program
    .command("secrets")
    .description(
      "show which secrets there are, where they stand and who uses them; no values (of a controller where CAPSTAN_URL names one)",
    )
    .addOption(sourceOption())
    .addOption(outputOption())
    .action((options: SecretsOptions) =>
      execute(async () => (await import("./secrets.ts")).secrets, options),
    );
  program
    .command("notify")
    .description("where notifications go (NOTIFY_URLS)")
    .option("--test", "send a message to each, and say how it went")
    .action((options: NotifyOptions) =>
      execute(async () => (await import("./notify.ts")).notify, options),
    );
  program
    .command("init [dir]")
    .description("write the files of a new repository of stacks; overwrites nothing")
    .action((folder: string | undefined) =>
      execute(async () => (await import("./init.ts")).init, folder === undefined ? {} : { folder }),
    );
  program
    .command("schema [name]")
    .description("print the JSON Schema of manifests, or write it for editors")
    .option("--write <dir>", "write into this folder instead")
    .action((name: string | undefined, options: { write?: string }) =>
      execute(async () => (await import("./schema.ts")).schema, {
        ...options,
        ...(name === undefined ? {} : { name }),
      }),
    );
  program
    .command("log-ingest")
    .description("take the events of stacks on PORT, and send them to Loki")
    .action(() => execute(async () => (await import("./log-ingest.ts")).logIngest, {}));
  program
    .command("simulator")
    .description("a Dokploy to play with, on this machine only")
    .requiredOption("--port <number>", "where it listens; 0: any free port", portNumber)
    .option("--api-key <key>", "the key that it accepts", "simulator")
    .option("--example", "with projects that somebody made by hand, to try `export` with")
    .action((options: SimulatorOptions) =>
      execute(async () => (await import("./simulator.ts")).simulator, options),
    );
  program
    .command("demo")
    .description("a guided tour with a simulated server and a Git repository of its own")
    .option("--exit-after-tour", "end instead of waiting for Ctrl-C")
    .action((options: DemoOptions) =>
      execute(async () => (await import("./demo.ts")).demo, options),
    );
  return program;
}

/** Runs one command; `args` are those after the program's name. Never throws. */
export async function runProgram(
  context: CommandContext,
  args: readonly string[],
): Promise<number> {
  let code = 0;
  const program = createProgram(context, async (load, options) => {
    const command = await load();
    code = await command(context, options);
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    // Commander has told it already, help and version included.
    if (error instanceof CommanderError) return error.exitCode;
    sayError(context, error);
    return 1;
  }
}
