// The table of commands names every option of every command of the program, and no other; and each of them is typed by
// `command-table.slow.test.ts`, or left out with a reason.
import type { Command } from "commander";
import { expect, test } from "vitest";
import { createProgram } from "../../src/cli/program.ts";
import { createStage } from "../cli/support.ts";
import { alone, beside, served, untyped } from "./command-lines.ts";
import { commandRows } from "./command-rows.ts";

interface ProgramCommand {
  readonly name: string;
  /** Each under the names that it has: `-o` and `--output`. */
  readonly options: readonly (readonly string[])[];
}

/** Those that run something, subcommands under their whole name. */
function commandsOf(command: Command, above: readonly string[] = []): readonly ProgramCommand[] {
  return command.commands.flatMap((one) => {
    const path = [...above, one.name()];
    if (one.commands.length > 0) return commandsOf(one, path);
    const options = one.options.map(({ short, long }) => [short ?? [], long ?? []].flat());
    return [{ name: path.join(" "), options }];
  });
}

const program = commandsOf(createProgram(createStage().context, async () => undefined));
const inTable = new Map(
  commandRows.flatMap(({ commands, shared }) =>
    commands.map(({ name, options }) => [name, [...options, ...shared]] as const),
  ),
);

/** The lines of one command; a line may begin with settings. */
function linesOf(name: string): readonly string[] {
  const lines = [...alone, ...beside, ...served].map(([line]) =>
    line.replace(/^(?:[A-Z_]+=\S* )*/, ""),
  );
  return lines.filter((line) => `${line} `.startsWith(`${name} `));
}

test("the table of commands names every option of each command, and no other", () => {
  expect(program.length).toBeGreaterThan(20);
  const missing = program.flatMap(({ name, options }) =>
    options
      .filter((names) => !names.some((one) => inTable.get(name)?.includes(one)))
      .map((names) => `${name} ${names.join(", ")}`),
  );
  expect(missing).toEqual([]);
  const known = new Map(program.map(({ name, options }) => [name, options.flat()]));
  const strange = [...inTable].flatMap(([name, options]) =>
    options.filter((one) => known.get(name)?.includes(one) !== true).map((one) => `${name} ${one}`),
  );
  expect(strange).toEqual([]);
});

test("each command and each option of the table is typed, or left out with a reason", () => {
  const left = untyped.map(([line]) => line);
  const named = commandRows.flatMap(({ commands, shared }) => [
    ...commands.flatMap(({ name, options }) => [
      { what: name, isTyped: linesOf(name).length > 0 },
      ...options.map((option) => ({
        what: `${name} ${option}`,
        isTyped: linesOf(name).some((line) => line.split(" ").includes(option)),
      })),
    ]),
    // What all commands of a row have, one of them shows.
    ...shared.map((option) => ({
      what: `${commands.map(({ name }) => name).join(", ")} ${option}`,
      isTyped: commands.some(({ name }) =>
        linesOf(name).some((line) => line.split(" ").includes(option)),
      ),
    })),
  ]);
  expect(named.filter(({ isTyped }) => !isTyped).map(({ what }) => what)).toEqual(left);
  for (const [line, why] of untyped) expect(why.length, line).toBeGreaterThan(20);
});
