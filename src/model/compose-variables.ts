// The variables in the texts of a compose file: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:?message}`,
// `${NAME:+other}`; `$$` is a dollar.
import type { Plain } from "./compose-file.ts";
import { isMap } from "./compose-file.ts";

export interface Variable {
  readonly name: string;
  /** `-`, `:-`, `?`, `:?`, `+` or `:+`; empty: its value, or nothing. */
  readonly how: string;
  /** What follows the operator. */
  readonly rest: string;
}

type Piece = string | Variable;

const nameAt = /[A-Za-z_][A-Za-z0-9_]*/y;
const operatorAt = /:?[-?+]/y;

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

/** The index of the brace that closes the one before `at`; -1 where none does. */
function closing(text: string, at: number): number {
  let depth = 1;
  for (let index = at; index < text.length; index += 1) {
    if (text[index] === "{" && text[index - 1] === "$") depth += 1;
    if (text[index] === "}") depth -= 1;
    if (depth === 0) return index;
  }
  return -1;
}

/** The pieces of a text; null where docker refuses its form. */
function piecesOf(text: string): readonly Piece[] | null {
  const pieces: Piece[] = [];
  let at = 0;
  while (at < text.length) {
    const dollar = text.indexOf("$", at);
    if (dollar === -1) break;
    pieces.push(text.slice(at, dollar));
    const next = text[dollar + 1];
    if (next === "$") {
      pieces.push("$");
      at = dollar + 2;
      continue;
    }
    const isBraced = next === "{";
    const start = dollar + (isBraced ? 2 : 1);
    const name = matchAt(nameAt, text, start);
    if (name === null) return null;
    const afterName = start + name.length;
    if (!isBraced) {
      pieces.push({ name, how: "", rest: "" });
      at = afterName;
      continue;
    }
    const end = closing(text, start);
    if (end === -1) return null;
    const how = matchAt(operatorAt, text, afterName) ?? "";
    if (how === "" && afterName !== end) return null;
    pieces.push({ name, how, rest: text.slice(afterName + how.length, end) });
    at = end + 1;
  }
  pieces.push(text.slice(at));
  return pieces;
}

type Values = Readonly<Record<string, string>>;

function valueOf(values: Values, name: string, how: string): string | null {
  const value = Object.hasOwn(values, name) ? (values[name] ?? null) : null;
  return value === "" && how.startsWith(":") ? null : value;
}

export type VariableProblem =
  | { readonly kind: "form" }
  /** Docker would put nothing in its place. */
  | { readonly kind: "unset"; readonly name: string }
  /** Docker would refuse the file. */
  | { readonly kind: "required"; readonly name: string };

/** What docker stumbles on in one text, nested defaults included. */
export function variableProblems(text: string, values: Values): readonly VariableProblem[] {
  const pieces = piecesOf(text);
  if (pieces === null) return [{ kind: "form" }];
  return pieces.flatMap((piece): readonly VariableProblem[] => {
    if (typeof piece === "string") return [];
    const { name, how, rest } = piece;
    const isSet = valueOf(values, name, how) !== null;
    switch (how.at(-1)) {
      case "-":
        return isSet ? [] : variableProblems(rest, values);
      case "+":
        return isSet ? variableProblems(rest, values) : [];
      case "?":
        return isSet ? [] : [{ kind: "required", name }];
      default:
        return isSet ? [] : [{ kind: "unset", name }];
    }
  });
}

/** The text with its variables filled in; what is not set is empty. */
export function interpolate(text: string, values: Values): string {
  const filled = (piece: Piece): string => {
    if (typeof piece === "string") return piece;
    const { name, how, rest } = piece;
    const value = valueOf(values, name, how);
    switch (how.at(-1)) {
      case "-":
        return value ?? interpolate(rest, values);
      case "+":
        return value === null ? "" : interpolate(rest, values);
      default:
        return value ?? "";
    }
  };
  return (piecesOf(text) ?? [text]).map(filled).join("");
}

/** A value with the variables of all its texts filled in; keys stay as they are, as docker leaves them. */
export function filledIn(value: Plain, values: Values): Plain {
  if (typeof value === "string") return interpolate(value, values);
  if (Array.isArray(value)) return (value as readonly Plain[]).map((one) => filledIn(one, values));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, filledIn(one, values)]),
  );
}
