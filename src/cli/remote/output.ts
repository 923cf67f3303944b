// How answers of a controller are shown: tables for people, the answer as it came for programs.
import { stringify } from "yaml";
import type { z } from "zod";
import { CapstanError } from "../../lib/errors.ts";
import { columns } from "../../plan/render/paint.ts";
import { oneLineOf } from "../../plan/render/words.ts";
import type { Io } from "../context.ts";
import type { OutputFormat } from "../output-option.ts";

/** `value` as it came, or what `table` makes of it. Ends with a newline, or is empty. */
export function shown(
  value: unknown,
  format: OutputFormat | undefined,
  table: () => string,
): string {
  switch (format ?? "table") {
    case "json":
      return `${JSON.stringify(value, null, 2)}\n`;
    case "yaml":
      return stringify(value, { lineWidth: 0 });
    case "table":
      return table();
  }
}

/** One after another: JSON a line each, YAML a document each. */
export function streamed(
  value: unknown,
  format: OutputFormat | undefined,
  line: () => string,
): string {
  switch (format ?? "table") {
    case "json":
      return `${JSON.stringify(value)}\n`;
    case "yaml":
      return `---\n${stringify(value, { lineWidth: 0 })}`;
    case "table":
      return line();
  }
}

/** Only the fields that a table shows are read, so that a newer controller may tell more. */
export function readAs<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join(".") ?? "";
  throw new CapstanError("unavailable", `the controller's answer has an unexpected ${field}`, {
    hint: "it may be of another version; -o json shows the answer as it is",
  });
}

const colours = /\u001b\[[0-9;]*m/g;

/** A text of unknown origin that can do nothing to a terminal; tabs and colours are dropped. */
export function plain(text: string): string {
  return oneLineOf(text.replaceAll(colours, "").replaceAll("\t", "    "));
}

/** Columns as wide as their widest cell; the last one as it is. */
export function tableOf(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  const clean = rows.map((row) => row.map(plain));
  for (const row of clean) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, columns(cell));
    }
  }
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) =>
        index === row.length - 1 ? cell : cell + " ".repeat((widths[index] ?? 0) - columns(cell)),
      )
      .join("  ")
      .trimEnd();
  return clean.map((row) => `${line(row)}\n`).join("");
}

/** `2026-03-29 06:00:01` of an ISO time, in UTC as the log has it. */
export function timeText(iso: string | null): string {
  return iso === null ? "-" : iso.slice(0, 19).replace("T", " ");
}

/** Prints what `make` makes: at first, and then whenever it differs from what was printed last. */
export function printer(
  io: Pick<Io, "out">,
  format: OutputFormat | undefined,
  make: () => Promise<string>,
): () => Promise<void> {
  let last: string | null = null;
  return async () => {
    const text = await make();
    if (text === last) return;
    io.out(last === null ? text : `${format === "yaml" ? "---" : ""}\n${text}`);
    last = text;
  };
}
