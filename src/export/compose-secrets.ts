// Secrets inside a compose file. No reference works there, so that a manifest says the file with variables in their
// place; and as that is another file than the server's, the server's own is left alone until a person lets it go.
import { isScalar, parseDocument } from "yaml";
import { isMap } from "../model/compose-file.ts";
import type { ComposeFile, Plain } from "../model/compose-file.ts";
import { composeText } from "./kinds/compose.ts";
import { isSecretName, looksSecret } from "./secret-signs.ts";

export interface MaskedFile {
  readonly file: ComposeFile;
  /** What the variables that it uses instead stand for. */
  readonly variables: Readonly<Record<string, string>>;
}

/** `A=b` of a list of variables. */
const assignment = /^([A-Za-z_][A-Za-z0-9_]*)=([^]*)$/;

/** The file with variables where it holds secrets; null where it holds none. `taken`: names of variables in use. */
export function withoutSecrets(file: ComposeFile, taken: ReadonlySet<string>): MaskedFile | null {
  const variables = new Map<string, string>();

  /** In the file a dollar of a value is written twice. */
  const valueOf = (text: string): string => text.replaceAll("$$", "$");

  function variableFor(words: readonly string[], text: string): string {
    const value = valueOf(text);
    const base = words
      .join("_")
      .toUpperCase()
      .replaceAll(/[^A-Z0-9]+/g, "_")
      .replaceAll(/^_+|_+$/g, "");
    // A name cannot begin with a digit.
    const first = /^[A-Z]/.test(base) ? base : `X_${base}`;
    let name = first;
    for (let count = 2; taken.has(name) || (variables.get(name) ?? value) !== value; count += 1) {
      name = `${first}_${count}`;
    }
    variables.set(name, value);
    return `\${${name}}`;
  }

  /** A text that already holds variables is no secret of the file's own, unless its rest reads like one. */
  function masked(text: string, name: string | null, path: readonly string[]): string {
    const isNamed = name !== null && isSecretName(name, text);
    if (!isNamed && !looksSecret(text)) return text;
    return variableFor(name === null ? path.slice(-2) : [...path.slice(1, 2), name], text);
  }

  function walk(value: Plain, path: readonly string[], isEnv: boolean): Plain {
    if (typeof value === "string") {
      const own = isEnv ? assignment.exec(value) : null;
      if (own !== null) {
        const [, name = "", text = ""] = own;
        return `${name}=${masked(text, name, path)}`;
      }
      return masked(value, isEnv ? (path.at(-1) ?? null) : null, path);
    }
    if (Array.isArray(value)) {
      return (value as readonly Plain[]).map((one, index) =>
        walk(one, [...path, String(index)], isEnv),
      );
    }
    if (!isMap(value)) {
      // A password of digits alone is a number to YAML.
      const text = isEnv && typeof value === "number" ? String(value) : null;
      return text === null
        ? value
        : unchanged(masked(text, path.at(-1) ?? null, path), text, value);
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => {
        const isVariables = key === "environment" || key === "args";
        return [key, walk(one, [...path, key], isVariables || isEnv)];
      }),
    );
  }

  const result = walk(file, [], false);
  return variables.size === 0 || !isMap(result)
    ? null
    : { file: result, variables: Object.fromEntries(variables) };
}

function unchanged(text: string, before: string, value: Plain): Plain {
  return text === before ? value : text;
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Anchors and merged keys: one text stands for several places. */
const aliased = /(?:^|[\s:[{,-])[&*][A-Za-z0-9_-]+/m;

/** The text with other values in some places, and everything else as it was written, comments included. */
export function edited(text: string, before: ComposeFile, after: ComposeFile): string {
  if (aliased.test(text)) return composeText(after);
  const document = parseDocument(text);
  const edits: Edit[] = [];
  const walk = (was: Plain, is: Plain, path: readonly (string | number)[]): void => {
    if (Array.isArray(was) && Array.isArray(is)) {
      for (const [index, one] of (was as readonly Plain[]).entries()) {
        walk(one, (is as readonly Plain[])[index] ?? null, [...path, index]);
      }
    } else if (isMap(was) && isMap(is)) {
      for (const [key, one] of Object.entries(was)) walk(one, is[key] ?? null, [...path, key]);
    } else if (was !== is) {
      const node = document.getIn(path, true);
      const range = isScalar(node) ? node.range : null;
      if (range === null || range === undefined) return;
      const end = text[range[1] - 1] === "\n" ? "\n" : "";
      edits.push({ from: range[0], to: range[1], text: `${JSON.stringify(is)}${end}` });
    }
  };
  walk(before, after, []);
  // From the end, so that places stay where they are.
  return edits
    .sort((a, b) => b.from - a.from)
    .reduce((all, { from, to, text: own }) => all.slice(0, from) + own + all.slice(to), text);
}
