// Names, options and help of the commands for DNS records.
import type { Command as Program } from "commander";
import { outputOption } from "./output-option.ts";
import type { OutputOptions } from "./output-option.ts";
import type { Execute } from "./remote/program.ts";

const nameHelp = `
NAME is a name below STACK_DOMAIN_SUFFIX (alice), a full name (alice.ai.example.com),
'*' for all names below the suffix, or @ for the zone itself.
`;

export function addDnsCommands(program: Program, execute: Execute): void {
  const dns = program
    .command("dns")
    .description("records of the stacks' zone, at Hetzner or a name server that takes updates")
    .addHelpText("after", nameHelp);
  dns
    .command("list")
    .description("all records of the zone, and which of them Capstan made")
    .addOption(outputOption())
    .action((options: OutputOptions) =>
      execute(async () => (await import("./dns.ts")).listRecords, options),
    );
  dns
    .command("check <name>")
    .description("whether a name leads to Traefik, at the zone's own name servers")
    .addOption(outputOption())
    .addHelpText("after", nameHelp)
    .action((name: string, options: OutputOptions) =>
      execute(async () => (await import("./dns.ts")).checkRecord, { ...options, name }),
    );
  dns
    .command("create <name>")
    .description("make an A or AAAA record, or move one that Capstan made")
    .option("--target <ip>", "where it points to (TRAEFIK_IP when left out)")
    .addOption(outputOption())
    .addHelpText("after", nameHelp)
    .action((name: string, options: OutputOptions & { target?: string }) =>
      execute(async () => (await import("./dns.ts")).createOne, { ...options, name }),
    );
  dns
    .command("remove <name>")
    .description("remove a record that Capstan made")
    .option("--value <value>", "remove this value, whoever made the record")
    .addOption(outputOption())
    .addHelpText("after", nameHelp)
    .action((name: string, options: OutputOptions & { value?: string }) =>
      execute(async () => (await import("./dns.ts")).removeOne, { ...options, name }),
    );
}
