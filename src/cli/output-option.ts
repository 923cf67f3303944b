// The option that says how an answer is printed.
import { Option } from "commander";

export type OutputFormat = "table" | "json" | "yaml";

export interface OutputOptions {
  readonly output?: OutputFormat;
}

export const outputOption = (): Option =>
  new Option("-o, --output <format>", "how to print").choices(["table", "json", "yaml"]);
